"""Waiting for what happens by itself. No test says how soon that is: a machine may stand still for a while."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import pytest

PATIENCE_S: Final = 30.0
"""Far longer than anything takes that is waited for here, so that only what never happens is given up."""


def until(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """It has become true."""
    give_up = time.monotonic() + seconds
    while not true():
        if time.monotonic() > give_up:
            pytest.fail(f"it did not happen within {seconds:g} seconds")
        time.sleep(0.002)


async def until_async(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """It has become true; the event loop went on meanwhile."""
    give_up = time.monotonic() + seconds
    while not true():
        if time.monotonic() > give_up:
            pytest.fail(f"it did not happen within {seconds:g} seconds")
        await asyncio.sleep(0.002)


async def turns(count: int = 100) -> None:
    """Whatever waits for nothing but the event loop has gone on: that many turns of it have passed."""
    for _ in range(count):
        await asyncio.sleep(0)


class Clock:
    """Stands in for the module `time` where a test says what time it is.

    Attributes:
        at: Seconds.
        passes: How many more it shows with every look.
    """

    def __init__(self, passes: float = 0.0) -> None:
        self.at = 1000.0
        self.passes = passes

    def monotonic(self) -> float:
        self.at += self.passes
        return self.at

    def sleep(self, seconds: float) -> None:
        """A pause takes no time but the clock's."""
        self.at += seconds
