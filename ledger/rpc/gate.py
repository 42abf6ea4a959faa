"""The gate: how many calls are open, and which are let in while the process goes down."""

import asyncio
from typing import Any, Final

from ledger.core.faults import ShuttingDown
from tallystick.v1 import batch_pb2, reservations_pb2

_QUIET_SECONDS: Final = 0.25
_LOOK_EVERY_SECONDS: Final = 0.02


class Gate:
    """Lets calls in.

    Attributes:
        draining: Whether the process goes down: nothing that holds budget anew is let in, settlements are.
        open_calls: Calls let in and not answered yet.
    """

    def __init__(self) -> None:
        self.draining = False
        self.open_calls = 0

    def check(self, message: Any) -> None:  # noqa: ANN401  (any request)
        """Refuse what would hold budget anew while the process goes down.

        Raises:
            ShuttingDown: Another process has to be asked.
        """
        if self.draining and _holds(message):
            raise ShuttingDown

    async def drain(self, seconds: float) -> None:
        """New holds are not let in any more, and for a while no call was open, or the time is over."""
        self.draining = True
        loop = asyncio.get_running_loop()
        now = loop.time()
        end, quiet_since = now + seconds, now
        while now < end and now - quiet_since < _QUIET_SECONDS:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            now = loop.time()
            if self.open_calls:
                quiet_since = now


def _holds(message: Any) -> bool:  # noqa: ANN401  (any request)
    if isinstance(message, batch_pb2.BatchExecuteRequest):
        return any(item.HasField("reserve") for item in message.items)
    return isinstance(message, reservations_pb2.ReserveRequest)
