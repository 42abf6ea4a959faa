"""Short windows on a machine that may stand still for longer than one."""

from collections.abc import Callable
from typing import TypeVar

from ledger.bench.h2load import LoadFailed
from ledger.bench.sdk import CallerFailed

SECONDS_MAX = 30.0

T = TypeVar("T")


def patiently(shoot: Callable[[float], T], seconds: float = 0.2) -> T:
    """What a window of so many seconds shows; where nothing was answered in it, one of ten times as many."""
    while True:
        try:
            return shoot(seconds)
        except (LoadFailed, CallerFailed) as failed:
            seconds *= 10
            empty = isinstance(failed, CallerFailed) or "nothing was answered" in str(failed)
            if not empty or seconds > SECONDS_MAX:
                raise
