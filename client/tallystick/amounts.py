"""Amounts of a unit, exact: from strings and decimals to whole smallest parts and back, never through a float."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Final, TypeAlias

PARTS_MAX: Final = 2**63 - 1
"""The largest number of smallest parts, of either sign, that the ledger keeps."""

# The caller's own decimal context must not decide how money is rounded.
_EXACT: Final = Context(prec=400, Emin=-999_999, Emax=999_999, traps=[InvalidOperation, Inexact])
_POWERS: Final = tuple(10**scale for scale in range(13))
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amount:
    """A whole number of a unit's smallest parts, with the scale that says what one part is.

    Attributes:
        unit: The unit's name as the organization declares it, for example `USD`.
        parts: Whole smallest parts; with `USD` at scale 9 one part is a nano-dollar. May be negative.
        scale: Decimal places of one part, 0 to 12.
        rounded: True where a finer decimal was given and `parts` was rounded up, by less than one part.
    """

    unit: str
    parts: int
    scale: int
    rounded: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if type(self.parts) is not int:
            raise TypeError(f"parts are a whole number, not {self.parts!r}")
        if not -PARTS_MAX <= self.parts <= PARTS_MAX:
            raise ValueError(f"{self.parts} parts of {self.unit} are beyond what the ledger can keep")

    @property
    def value(self) -> Decimal:
        """The amount in whole units, exact, without trailing zeros."""
        return decimal_of(self.parts, self.scale)

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}"

    def __format__(self, spec: str) -> str:
        """As its text is: `f"{amount:>12}"` fills the field from the left."""
        return format(str(self), spec)


Number: TypeAlias = Decimal | int | str
"""A number of whole units, exact."""

AmountLike: TypeAlias = str | Decimal | Amount | tuple[Number, str] | Mapping[str, Number]
"""How a caller may write amounts: `"0.25 USD"`, `"0.25 USD, 800 tokens"`, `(Decimal("0.25"), "USD")`,
`{"USD": Decimal("0.25"), "tokens": 800}`, an `Amount`, or a bare `Decimal` where only one unit can be meant."""

Quantity: TypeAlias = tuple[str | None, Decimal]
"""A unit, `None` where the only possible one is meant, and an exact number of it that may be finer than a part."""


def decimal_of(parts: int, scale: int) -> Decimal:
    """The number of whole units, exact, without trailing zeros."""
    if not parts:  # most figures of a settlement
        return _ZERO
    power = _POWERS[scale]
    if parts % power == 0:  # apart from the rest, because normalizing 100 gives 1E+2, which prints badly
        return Decimal(parts // power)
    return Decimal(parts).scaleb(-scale, _EXACT).normalize(_EXACT)


def quantities(amounts: Iterable[AmountLike]) -> tuple[Quantity, ...]:
    """Read what the caller wrote, before the units' scales are known.

    Raises:
        TypeError: For a float (or anything holding one), because its digits are not what was written; for a bare int,
            because it does not say whether it counts units or parts.
        ValueError: For text that is no amount, a number that is not finite, or a unit named twice.
    """
    found: list[Quantity] = []
    for amount in amounts:
        if isinstance(amount, str):
            found += _of_text(amount)
        elif isinstance(amount, Amount):
            found.append((amount.unit, amount.value))
        elif isinstance(amount, Decimal):
            found.append((None, _finite(amount)))
        elif isinstance(amount, tuple) and len(amount) == 2:  # noqa: PLR2004
            found.append((amount[1], _number(amount[0])))
        elif isinstance(amount, Mapping):
            found += [(unit, _number(number)) for unit, number in amount.items()]
        else:
            raise TypeError(_not_an_amount(amount))
    if len(found) > 1 and len({unit for unit, _ in found}) < len(found):
        raise ValueError("each unit may be named once")
    return tuple(found)


def resolve(wanted: Iterable[Quantity], scales: Mapping[str, int], only: Iterable[str] = ()) -> tuple[Amount, ...]:
    """Round each quantity up to whole parts of its unit, and mark those that were rounded.

    Args:
        wanted: What `quantities` read.
        scales: The organization's units; a unit that it lacks is a `KeyError` with the unit's name.
        only: The units that a bare number may mean; every unit of the organization where empty.
    """
    found = []
    for unit, number in wanted:
        name = _unit(only or scales) if unit is None else unit
        found.append(_amount(name, number, scales[name]))
    return tuple(found)


@lru_cache(maxsize=1024)
def _amount(unit: str, number: Decimal, scale: int) -> Amount:
    if number.adjusted() + scale > 19:  # noqa: PLR2004  (ten times the range of int64)
        raise ValueError(f"{number} {unit} is beyond what the ledger can keep")
    if number and number.adjusted() + scale < -_EXACT.prec:
        return Amount(unit, 0 if number < 0 else 1, scale, rounded=True)
    try:
        exact = number.scaleb(scale, _EXACT)
    except Inexact:
        raise ValueError(f"an amount has at most {_EXACT.prec} digits") from None
    whole = exact.to_integral_value(ROUND_CEILING, _EXACT)
    return Amount(unit, int(whole), scale, rounded=whole != exact)


def _unit(possible: Iterable[str]) -> str:
    """The one that a bare number may mean."""
    names = list(possible)
    if len(names) != 1:
        raise ValueError(f"a number alone could mean any of {', '.join(names)}: name the unit, as in '0.25 USD'")
    return names[0]


@lru_cache(maxsize=1024)
def _of_text(text: str) -> tuple[Quantity, ...]:
    return tuple(_of_one(part) for part in text.split(","))


def _of_one(text: str) -> Quantity:
    match text.split():
        case [number, unit]:
            return unit, _number(number)
        case _:
            raise ValueError(f"{text.strip()!r} is not an amount: write a number and a unit, as in '0.25 USD'")


def _number(number: object) -> Decimal:
    if isinstance(number, Decimal):
        return _finite(number)
    if isinstance(number, int) and not isinstance(number, bool):
        return Decimal(number)
    if isinstance(number, str):
        try:
            return _finite(Decimal(number))
        except InvalidOperation:
            raise ValueError(f"{number!r} is not a decimal number") from None
    raise TypeError(_not_an_amount(number))


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueError(f"an amount is finite, not {number}")
    return number


def _not_an_amount(value: object) -> str:
    if isinstance(value, float):
        return f"an amount is never a float ({value!r}): write it as text, as in '0.25 USD', or as a Decimal"
    if isinstance(value, int):
        return f"{value!r} alone could count units or parts: write '{value} USD', or Amount(unit, parts, scale)"
    return f"{value!r} is not an amount: write it as text, as in '0.25 USD', or as a Decimal"
