"""Any value of any type that events and standing records are made of."""

from dataclasses import fields
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from ledger.core.amounts import PARTS_MAX
from ledger.core.texts import Text

NUMBERS = st.integers(-PARTS_MAX, PARTS_MAX)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.builds(Text.of, WORDS, st.binary(min_size=16, max_size=16))


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if hint is Text:
        return TEXTS
    if hint in {int, str, bool}:
        return {int: NUMBERS, str: WORDS, bool: st.booleans()}[hint]
    if hint == int | None:
        return st.none() | NUMBERS
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        if others == [...]:
            return st.lists(values(first), max_size=3).map(tuple)
        return st.tuples(*(values(one) for one in (first, *others)))
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return st.builds(hint, **{name: values(one) for name, one in get_type_hints(hint).items()})


def records(record: type) -> st.SearchStrategy[Any]:
    """Any record of a class."""
    hints = get_type_hints(record)
    names = getattr(record, "_fields", ()) or [field.name for field in fields(record)]
    return st.builds(record, **{name: values(hints[name]) for name in names})
