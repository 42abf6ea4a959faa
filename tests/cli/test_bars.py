from decimal import Decimal

import pytest

from ledger.cli.bars import ASCII, UNICODE, bar, cells


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        (("50", "25", "25"), (10, 5, 5)),
        (("0", "0", "7"), (0, 0, 20)),
        (("0.000000001", "0", "1000000"), (1, 0, 19)),
        (("1", "1", "1"), (7, 7, 6)),
        (("0", "0", "0"), (0, 0, 0)),
        (("30", "0", "-12"), (20, 0, 0)),
    ],
)
def test_cells(shares, expected):
    """Shares fill the bar; what is not zero is seen; a debt has no cells of its own."""
    spent, reserved, available = map(Decimal, shares)

    assert cells(spent, reserved, available, 20) == expected


@pytest.mark.parametrize("width", range(13))
def test_cells__any_width(width):
    """A bar is exactly as wide as asked for, however narrow."""
    assert sum(cells(Decimal(5), Decimal("0.1"), Decimal("0.1"), width)) == width


def test_bar():
    """Each share has its own mark and style; an empty bar shows that it is one."""
    numbers = (Decimal(2), Decimal(1), Decimal(1))

    assert bar(*numbers, 8, UNICODE) == [("████", "spent"), ("▒▒", "reserved"), ("░░", "available")]
    assert bar(*numbers, 8, ASCII) == [("####", "spent"), ("==", "reserved"), ("..", "available")]
    assert bar(Decimal(0), Decimal(0), Decimal(0), 4, UNICODE) == [("····", "empty")]
