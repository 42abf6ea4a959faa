"""Units and amounts: whole numbers of smallest parts, within the range of a signed 64-bit integer."""

from typing import Final, NamedTuple

PARTS_MAX: Final = 2**63 - 1
"""R1: the largest magnitude of an amount, a balance, or a sum of balances."""


class Unit(NamedTuple):
    """What is counted. One smallest part is 10 to the power of minus `scale` of the unit; `USD` has scale 9."""

    name: str
    scale: int


class Amount(NamedTuple):
    """A whole number of a unit's smallest parts."""

    unit: str
    parts: int


def in_range(parts: int) -> bool:
    """Whether a number of parts can be stored and sent. Source: R1."""
    return -PARTS_MAX <= parts <= PARTS_MAX
