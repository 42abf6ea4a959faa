"""Reading: answers from a committed position that is late enough, in pages that are small enough."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

from google.protobuf.message import Message

from ledger.core.faults import PositionNotReached
from ledger.core.outcomes import Reason, Rejected
from ledger.rpc.problems import Refused

FoundT = TypeVar("FoundT")
MessageT = TypeVar("MessageT", bound=Message)

PAGE_SIZE_DEFAULT: Final = 100
PAGE_BYTES_MAX: Final = 2 * 1024 * 1024
"""Half of what a gRPC client takes by default: a page ends early rather than be refused there."""

_FIRST_PAUSE_SECONDS: Final = 0.002
_PAUSE_SECONDS_MAX: Final = 0.05
PATIENCE_SECONDS_MAX: Final = 5.0
"""A position that is not reached by then may never be; the caller is told, and asks again if it wants."""

_MARGIN_SECONDS: Final = 0.05
"""Kept of the caller's time, so that the answer that the position was not reached still reaches the caller."""


async def patiently(attempt: Callable[[], Awaitable[FoundT]], seconds: float) -> FoundT:
    """The first answer that is late enough, asked for again until then.

    Args:
        attempt: Raises PositionNotReached while the journal is not there yet.
        seconds: How long the caller waits; five seconds at most are used.

    Raises:
        PositionNotReached: It was not there in time.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + min(seconds - _MARGIN_SECONDS, PATIENCE_SECONDS_MAX)
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await attempt()
        except PositionNotReached:
            if loop.time() + pause > end:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, _PAUSE_SECONDS_MAX)


def reached(position: int, min_position: int, organization: str) -> None:
    """What was read is late enough, and of an organization that exists.

    Raises:
        PositionNotReached: It is too early.
        Refused: There is no such organization.
    """
    if position == 0:
        raise Refused(organization, Rejected(Reason.ORGANIZATION_NOT_FOUND, organization))
    if position < min_position:
        raise PositionNotReached(f"the journal is at position {position}, not yet at {min_position}")


def page(items: Iterable[MessageT], size: int) -> tuple[list[MessageT], bool]:
    """As many items as a page holds, and whether some were left out. One item is always taken."""
    taken: list[MessageT] = []
    weight = 0
    for item in items:
        weight += item.ByteSize()
        if taken and (len(taken) >= size or weight > PAGE_BYTES_MAX):
            return taken, True
        taken.append(item)
    return taken, False
