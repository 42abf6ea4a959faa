from decimal import Decimal

import pytest

from ledger.cli.amounts import has_fractions, one_amount, read_amounts, roundings
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


def test_roundings():
    """Each amount that is finer than its unit has a sentence; a unit that is not known has none here."""
    units = {"USD": 2, "tokens": 0}

    said = roundings(["0.001 USD", "0.5 tokens", "0.1 EUR"], units)

    assert said == [
        "0.001 USD is rounded up to 0.01 USD: USD has 2 decimal places",
        "0.5 tokens is rounded up to 1 tokens: tokens has 0 decimal places",
    ]
    assert roundings([Decimal("0.12")], {"USD": 2}) == []


def test_has_fractions():
    """Whole numbers need no look at the unit, however large."""
    assert [has_fractions(one) for one in ([], ["5 USD"], [Decimal(5)], ["0.5 USD"], [Decimal("0.5")])] == [
        *(False, False, False),
        *(True, True),
    ]
    assert not has_fractions(["1e30 USD", Decimal("1e999999")])
