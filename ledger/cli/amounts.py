"""Amounts as they are typed: `0.25 USD`, `"0.25 USD, 800 tokens"`, `0.25 USD 800 tokens`, or a number alone."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from ledger.cli.problems import Complaint, ExitCode

_GLUED: Final = re.compile(r"(?<!\S)([0-9.]+)(?![eE]\d+(?!\S))([A-Za-z]\w*)(?!\S)")


def read_amounts(words: Sequence[str]) -> tuple[str | Decimal, ...]:
    """What the SDK takes: texts of a number and a unit, or one bare number where the organization has one unit.

    Raises:
        Complaint: The words are no amounts.
    """
    pieces = _GLUED.sub(r"\1 \2", " ".join(words).replace(",", " ")).split()
    if len(pieces) == 1:
        return (_number(pieces[0]),)
    if len(pieces) % 2:
        raise _misread(f"{' '.join(words)!r} is no amount: write a number and a unit, as in 0.25 USD")
    found = []
    for number, unit in zip(pieces[::2], pieces[1::2], strict=True):
        _number(number)
        if not unit[0].isalpha():
            raise _misread(f"{unit!r} is no unit: write a number and a unit, as in 0.25 USD")
        found.append(f"{number} {unit}")
    return tuple(found)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _misread(f"{text!r} is no number: write a number and a unit, as in 0.25 USD") from None
    if not number.is_finite():
        raise _misread(f"an amount is finite, not {text}")
    return number


def one_amount(words: Sequence[str]) -> str | Decimal:
    """Exactly one.

    Raises:
        Complaint: They are none, or several.
    """
    found = read_amounts(words)
    if len(found) != 1:
        raise Complaint(ExitCode.USAGE, "USAGE", f"one amount is moved at a time, not {len(found)}")
    return found[0]


def has_fractions(typed: Sequence[str | Decimal]) -> bool:
    """Whether any of the amounts has decimal places, so that it may be finer than its unit."""
    numbers = (one if isinstance(one, Decimal) else Decimal(one.split()[0]) for one in typed)
    return any(number != number.to_integral_value() for number in numbers)


def roundings(typed: Sequence[str | Decimal], units: Mapping[str, int]) -> list[str]:
    """A sentence for each amount that the SDK rounds up, because it is finer than its unit."""
    from tallystick.amounts import quantities, resolve

    wanted = [(unit, number) for unit, number in quantities(typed) if unit is None or unit in units]
    return [
        f"{number:f} {amount.unit} is rounded up to {amount}: {amount.unit} has {amount.scale} decimal places"
        for (_, number), amount in zip(wanted, resolve(wanted, units), strict=True)
        if amount.rounded
    ]


def _misread(sentence: str) -> Complaint:
    return Complaint(ExitCode.USAGE, "USAGE", sentence)
