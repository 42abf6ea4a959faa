from decimal import Decimal

import pytest

from ledger.cli.amounts import one_amount, read_amounts
from ledger.cli.problems import Complaint


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["0.25", "USD"], ("0.25 USD",)),
        (["0.25 USD"], ("0.25 USD",)),
        (["0.25USD"], ("0.25 USD",)),
        (["0.25 USD, 800 tokens"], ("0.25 USD", "800 tokens")),
        (["0.25", "USD", "800", "tokens"], ("0.25 USD", "800 tokens")),
        (["0.25"], (Decimal("0.25"),)),
        (["1e5"], (Decimal(100000),)),
        ([], ()),
    ],
)
def test_read_amounts(words, expected):
    """Number and unit, in one word or several, with or without commas; a number alone stays one."""
    assert read_amounts(words) == expected


@pytest.mark.parametrize(
    "words", [["USD"], ["USD", "5"], ["5", "USD", "6"], ["nan", "USD"], ["inf"], ["0,5", "USD"], ["0,5"]]
)
def test_read_amounts__misread(words):
    """What is no amount is said to be none, before anybody is asked."""
    with pytest.raises(Complaint) as caught:
        read_amounts(words)

    assert caught.value.problem.reason == "USAGE"


def test_one_amount():
    """A move moves one amount."""
    assert one_amount(["5", "USD"]) == "5 USD"
    with pytest.raises(Complaint, match="one amount"):
        one_amount(["5 USD", "6 tokens"])
