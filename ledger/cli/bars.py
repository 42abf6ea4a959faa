"""Bars: what is spent, reserved and available of a partition, as shares of one line."""

from decimal import Decimal
from typing import Final, NamedTuple


class Marks(NamedTuple):
    """The characters of a picture."""

    spent: str
    reserved: str
    available: str
    empty: str
    tee: str
    elbow: str
    trunk: str
    debt: str
    paused: str


UNICODE: Final = Marks("█", "▒", "░", "·", "├─ ", "└─ ", "│  ", "▲", "║")
ASCII: Final = Marks("#", "=", ".", " ", "|- ", "`- ", "|  ", "!", "P")


def cells(spent: Decimal, reserved: Decimal, available: Decimal, width: int) -> tuple[int, int, int]:
    """How many of a bar's cells each share has; what is not zero has one at least, where there is room.

    A debt has no cells: then what is spent and reserved fills the bar.
    """
    shares = [max(share, Decimal(0)) for share in (spent, reserved, available)]
    total = sum(shares)
    if not total or width < 1:
        return (0, 0, 0)
    exact = [share * width / total for share in shares]
    count = [max(int(one), 1 if share else 0) for one, share in zip(exact, shares, strict=True)]
    while sum(count) > width:
        count[count.index(max(count))] -= 1
    while sum(count) < width:
        behind = [one - have for one, have in zip(exact, count, strict=True)]
        count[behind.index(max(behind))] += 1
    return (count[0], count[1], count[2])


def bar(spent: Decimal, reserved: Decimal, available: Decimal, width: int, marks: Marks) -> list[tuple[str, str]]:
    """The bar as pieces of text with the share that each is of: `spent`, `reserved`, `available` or `empty`."""
    count = cells(spent, reserved, available, width)
    pieces = [
        (mark * many, share)
        for mark, many, share in zip(marks[:3], count, ("spent", "reserved", "available"), strict=True)
        if many
    ]
    return pieces or [(marks.empty * width, "empty")]
