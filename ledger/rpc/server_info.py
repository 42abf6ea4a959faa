"""The servicer that says what this service is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from google.protobuf.duration_pb2 import Duration

from ledger.rpc import values
from ledger.rpc.calls import Call
from tallystick.v1 import server_pb2

BATCH_ITEMS_MAX: Final = 500
"""As the proto declares."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the process knows of itself.

    Attributes:
        version: Of the distribution.
        backend: `sqlite`, `postgresql` or `memory`.
        durability: The settings that make an acknowledged write durable, in words.
        format: The newest journal format that it can write.
    """

    version: str
    backend: str
    durability: str
    format: int


class ServerInfo:
    """Says what this service is."""

    def __init__(
        self, facts: Facts, clock: Callable[[], int], deadline_max_seconds: float, request_bytes_max: int
    ) -> None:
        self._facts = facts
        self._clock = clock
        self._started_at = clock()
        self._deadline_max = Duration(
            seconds=int(deadline_max_seconds), nanos=int(deadline_max_seconds % 1 * 1_000_000_000)
        )
        self._request_bytes_max = request_bytes_max

    async def GetServerInfo(self, message: server_pb2.GetServerInfoRequest, call: Call) -> server_pb2.ServerInfo:
        """Version, database and limits."""
        return server_pb2.ServerInfo(
            version=self._facts.version,
            backend=self._facts.backend,
            durability=self._facts.durability,
            format=self._facts.format,
            time=values.timestamp(self._clock()),
            start_time=values.timestamp(self._started_at),
            deadline_max=self._deadline_max,
            request_bytes_max=self._request_bytes_max,
            batch_items_max=BATCH_ITEMS_MAX,
        )
