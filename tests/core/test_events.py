import sys
import typing

from ledger.core import events as ev
from ledger.core import records
from ledger.core.effects import EFFECTS


def test_event__each_has_an_effect():
    """R4: whatever an entry can say, applying it is defined."""
    assert set(typing.get_args(ev.Event)) == set(EFFECTS)


def _parts(kind: object) -> set[object]:
    """The classes that a field's type is made of, inside tuples and alternatives too."""
    inner = typing.get_args(kind)
    return set().union(*(_parts(each) for each in inner)) if inner else {kind}


def test_event__records_of_few_kinds():
    """R47: events are records of numbers, strings, enumerations, records and tuples only: one codec serves all."""
    for event in typing.get_args(ev.Event):
        assert vars(sys.modules[event.__module__])["dataclass"] is records.dataclass
        for kind in typing.get_type_hints(event).values():
            unusual = _parts(kind) - {int, str, bool, type(None), Ellipsis}
            assert all(hasattr(each, "_fields") or hasattr(each, "__members__") for each in unusual)
