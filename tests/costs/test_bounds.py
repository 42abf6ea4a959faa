"""Bounds that can fail."""

import pytest

from tests.costs.bounds import Figures, check_flat, counting, stepping

FIGURES = Figures("calls", {"reserve": 100})


@pytest.mark.parametrize("measured", [70, 100, 117])
def test_check__about_its_figure(measured):
    """What costs about its figure passes."""
    FIGURES.check("reserve", measured)


def test_check__costs_more():
    """What costs a fifth more fails, and the message says what was measured and where the bound stands."""
    with pytest.raises(AssertionError, match=r"reserve: 120\.0 calls measured, the bound stands at 118\.0\. .*most"):
        FIGURES.check("reserve", 120, "most of it in len")


def test_check__costs_much_less():
    """A figure that is far too high fails, so that a bound does not become idle when a cost falls."""
    with pytest.raises(AssertionError, match="lower the figure from 100 to 60"):
        FIGURES.check("reserve", 60)


def test_check_flat__grows():
    """What costs a fifth more in a large book fails."""
    check_flat("reserve", 100, 110)

    with pytest.raises(AssertionError, match=r"100\.0 in a small book, 120\.0 in a large one"):
        check_flat("reserve", 100, 120)


def test_counting__both_kinds():
    """Functions of Python and of C are counted, by name."""
    with counting() as calls:
        max(len("a"), len("b"))
        FIGURES.check("reserve", 100)

    assert (calls["len"], calls["max"], calls["Figures.check"]) == (2, 1, 1)


def test_stepping__loops():
    """A line that is gone through ten times counts ten times, called or not."""

    def walk(times: int) -> int:
        total = 0
        for number in range(times):
            total += number
        return total

    with stepping() as few:
        walk(10)
    with stepping() as many:
        walk(110)

    assert many[0] - few[0] == 200
