"""Amounts, exact."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.amounts import PARTS_MAX, Amount, decimal_of, quantities, resolve

SCALES = {"USD": 9, "tokens": 0}


def read(*amounts, only=()):
    """Both steps at once."""
    return resolve(quantities(amounts), SCALES, only)


@pytest.mark.parametrize(
    "written",
    [
        "0.25 USD",
        " 0.250   USD ",
        (Decimal("0.25"), "USD"),
        ("0.25", "USD"),
        {"USD": Decimal("0.25")},
        {"USD": "25e-2"},
        Amount("USD", 250_000_000, 9),
    ],
)
def test_resolve__ways_to_write(written):
    """One amount may be written in several ways."""
    assert read(written) == (Amount("USD", 250_000_000, 9),)


@pytest.mark.parametrize("written", [["1 USD, 8 tokens"], ["1 USD", "8 tokens"], [{"USD": 1, "tokens": 8}]])
def test_resolve__several(written):
    """Several units may be written together or apart."""
    assert read(*written) == (Amount("USD", 10**9, 9), Amount("tokens", 8, 0))


@pytest.mark.parametrize("written", [0.25, {"USD": 0.25}, (0.25, "USD"), 1, True, None, b"1 USD", {"tokens": True}])
def test_quantities__no_amount(written):
    """A float is never an amount, and a number alone must be a Decimal."""
    with pytest.raises(TypeError):
        quantities([written])


@pytest.mark.parametrize(
    "written", ["", "USD", "1", "1 2 USD", "x USD", "nan USD", "inf USD", "1 USD,", "1 USD, 2 USD"]
)
def test_quantities__unreadable(written):
    """Text that is no amount is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        quantities([written])


@pytest.mark.parametrize(
    ("written", "parts", "rounded"),
    [
        ("0.0000000001 USD", 1, True),
        ("0.000000001 USD", 1, False),
        ("0.0000000010 USD", 1, False),
        ("1.0000000001 USD", 10**9 + 1, True),
        ("1e-999999 USD", 1, True),
        ("-0.0000000001 USD", 0, True),
        ("0 USD", 0, False),
        ("7.2 tokens", 8, True),
    ],
)
def test_resolve__rounds_up(written, parts, rounded):
    """Finer than a part is rounded up, by less than one part, and the amount says so."""
    (amount,) = read(written)

    assert (amount.parts, amount.rounded) == (parts, rounded)


@pytest.mark.parametrize(
    "written",
    ["1e400 USD", f"{PARTS_MAX + 1} tokens", f"-{PARTS_MAX + 1} tokens", f"{10**19} USD", "0.1" + "1" * 400 + " USD"],
)
def test_resolve__out_of_range(written):
    """What the ledger cannot keep is a ValueError here."""
    with pytest.raises(ValueError, match=r"beyond|digits"):
        read(written)


def test_resolve__largest():
    """The ends of the range are exact."""
    assert read(f"{PARTS_MAX} tokens")[0].parts == PARTS_MAX
    assert read("9223372036.854775807 USD")[0].parts == PARTS_MAX


def test_resolve__bare_number():
    """A number alone means the only possible unit."""
    assert read(Decimal("0.5"), only=["USD"]) == (Amount("USD", 500_000_000, 9),)
    with pytest.raises(ValueError, match="USD, tokens"):
        read(Decimal("0.5"))


def test_resolve__unknown_unit():
    """A unit that the organization lacks is named."""
    with pytest.raises(KeyError, match="EUR"):
        read("1 EUR")


def test_resolve__context_of_the_caller():
    """The caller's decimal context does not decide how money is rounded."""
    with localcontext() as context:
        context.prec = 2

        assert read("1.123456789 USD")[0].parts == 1_123_456_789
        assert decimal_of(1_123_456_789, 9) == Decimal("1.123456789")


@given(st.integers(-PARTS_MAX, PARTS_MAX), st.integers(0, 12))
def test_decimal_of__exact(parts, scale):
    """Parts become the number they stand for, and that number becomes the parts again."""
    number = decimal_of(parts, scale)

    assert Fraction(number) == Fraction(parts, 10**scale)
    assert resolve([("U", number)], {"U": scale}) == (Amount("U", parts, scale),)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9), st.integers(0, 9))
def test_resolve__never_less_than_asked(number, scale):
    """Rounding goes up, by less than one part."""
    (amount,) = resolve([("U", number)], {"U": scale})

    more = Fraction(amount.parts, 10**scale) - Fraction(number)
    assert 0 <= more < Fraction(1, 10**scale)
    assert amount.rounded == (more > 0)


def test_amount__text():
    """An amount prints as it may be written, without exponent or trailing zeros."""
    assert str(Amount("USD", 250_000_000, 9)) == "0.25 USD"
    assert str(Amount("USD", -250, 9)) == "-0.00000025 USD"
    assert str(Amount("tokens", 800, 0)) == "800 tokens"
    assert str(Amount("USD", 100 * 10**9, 9)) == "100 USD"


def test_amount__parts():
    """Parts are whole and in range."""
    with pytest.raises(TypeError):
        Amount("USD", 0.5, 9)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="beyond"):
        Amount("USD", 2**63, 9)


def test_amount__in_a_field():
    """An amount is formatted as its text is."""
    amount = Amount("USD", 250_000_000, 9)

    assert (f"{amount}", f"{amount:>12}", f"{amount:.<10}|") == ("0.25 USD", "    0.25 USD", "0.25 USD..|")
