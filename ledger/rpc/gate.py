"""The gate: how many calls are open, and which are let in while the process goes down."""

import asyncio
from typing import Any, Final

from ledger.core.faults import Overloaded, ShuttingDown
from tallystick.v1 import batch_pb2, reservations_pb2

_SETTLEMENTS: Final = (
    reservations_pb2.CommitRequest,
    reservations_pb2.SettlePartRequest,
    reservations_pb2.ReleaseRequest,
    reservations_pb2.ChargeRequest,
)
_QUIET_SECONDS: Final = 0.25
_LOOK_EVERY_SECONDS: Final = 0.02


class Gate:
    """Lets calls in.

    Attributes:
        draining: Whether the process goes down: nothing that holds budget anew is let in, settlements are.
        open_calls: Calls let in and not answered yet.
    """

    def __init__(self, calls_max: int) -> None:
        """Nobody was let in. gRPC's own limit of calls would cost each of them 15 µs, and know no settlements."""
        self.draining = False
        self.open_calls = 0
        self._calls_max = calls_max
        self._room_for_all = calls_max - calls_max // 4

    def check(self, message: Any) -> None:  # noqa: ANN401  (any request)
        """Refuse what would hold budget anew while the process goes down, and what there is no room for.

        A quarter of the room is kept for settlements. The call itself counts as open already.

        Raises:
            Overloaded: Too many calls are open; nothing was executed.
            ShuttingDown: Another process has to be asked.
        """
        if self.open_calls > self._room_for_all and (self.open_calls > self._calls_max or not settles(message)):
            raise Overloaded(f"{self.open_calls - 1} calls are open; nothing was executed")
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


def settles(message: Any) -> bool:  # noqa: ANN401  (any request)
    """Whether a message says what became of holds, and nothing else."""
    if isinstance(message, batch_pb2.BatchExecuteRequest):
        return all(settles(getattr(item, item.WhichOneof("command"))) for item in message.items)
    return isinstance(message, _SETTLEMENTS)
