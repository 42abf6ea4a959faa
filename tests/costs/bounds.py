"""Bounds: what an operation cost when its figure was written down, and how much more it may come to cost.

Only what repeats is bounded: calls, lines, bytes, rows, statements, round trips. No clock decides anything here. Each
file has its tables with today's figures; whoever lowers a cost lowers its figure, so that the next rise is seen.
`pytest -rP tests/costs` prints what is measured.
"""

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NamedTuple

ROOM: Final = 1.18
"""How many times its figure something may cost: what Python 3.11 to 3.13 and their libraries differ by fits in."""

LEAST: Final = 0.65
"""What costs less than this part of its figure has a bound that hardly can fail any more."""

FLAT: Final = 1.1
"""How many times as much something may cost in a large book as in a small one."""


class Figures(NamedTuple):
    """A table of what things cost.

    Attributes:
        unit: Of what so many are counted.
        of: Each thing's figure, as measured when it was written down, on Python 3.11.
    """

    unit: str
    of: Mapping[str, float]

    def check(self, what: str, measured: float, detail: str = "") -> None:
        """Something costs about its figure: not more than the room above it, and not so little that that is no bound.

        Args:
            what: Its name in the table.
            measured: What it costs now.
            detail: What would help whoever reads that it costs more.
        """
        figure = self.of[what]
        bound = figure * ROOM
        found = f"{what}: {measured:.1f} {self.unit} measured, the bound stands at {bound:.1f}"
        print(f"{found}, the figure is {figure:g}")
        assert measured <= bound, f"{found}. If it is worth that, raise the figure, {figure:g}, and say why. {detail}"
        assert measured >= figure * LEAST, (
            f"{found} and would not see it rise again: lower the figure from {figure:g} to {measured:.0f}"
        )


def check_flat(what: str, small: float, large: float, detail: str = "") -> None:
    """Something costs the same in a large book."""
    assert large <= small * FLAT, (
        f"{what}: {small:.1f} in a small book, {large:.1f} in a large one; the bound stands at {small * FLAT:.1f}. "
        f"{detail}"
    )


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """What this thread calls meanwhile, of Python's functions and of C's, and how often."""
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_qualname] += 1
        elif event == "c_call":
            calls[argument.__qualname__] += 1

    gc.collect()
    gc.disable()  # what it lets go may call
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        gc.enable()


@contextmanager
def stepping() -> Iterator[list[int]]:
    """How many lines of Python this thread goes through in what it calls meanwhile; a loop's count each time."""
    lines = [0]
    before = sys.gettrace()

    def follow(frame: FrameType, event: str, argument: Any) -> Callable[[FrameType, str, Any], Any]:
        if event == "line":
            lines[0] += 1
        return follow

    sys.settrace(follow)
    try:
        yield lines
    finally:
        sys.settrace(before)


def most_called(calls: Counter[str], operations: int) -> str:
    """What an operation calls most, for the message of a failure."""
    most = ", ".join(f"{name} {count / operations:.1f}" for name, count in calls.most_common(15))
    return f"Most called, for each operation: {most}"
