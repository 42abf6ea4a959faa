"""An organization made for a window, and whether its journal has what the generator says that it sent.

h2load sees HTTP 200 whatever a call came to, and a benchmark that counted refusals as work would be worth nothing. So
each window has books of its own: their journal must have gained an entry for every call answered OK, and for no more
than were sent; and the verifier recomputes them.
"""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Final, Self

import grpc

from ledger.bench.h2load import Window
from ledger.bench.messages import AGENTS, TEAM, UNIT, agent_path, uuid7s
from ledger.verify import Verdict, verify
from tallystick.v1 import (
    batch_pb2,
    batch_pb2_grpc,
    organizations_pb2,
    organizations_pb2_grpc,
    partitions_pb2,
    partitions_pb2_grpc,
    server_pb2,
    server_pb2_grpc,
    types_pb2,
)

SCALE: Final = 9
PURSE: Final = 10**15
"""What each agent gets, in nano-dollars: a million dollars."""

ITEMS: Final = 500

_SETTLE_SECONDS: Final = 20.0
_SETTLE_EVERY: Final = 0.05
_TIMEOUT_SECONDS: Final = 60.0


class WindowWrong(Exception):
    """A window does not add up; the message says what was sent, answered and written."""


class Books:
    """What a service keeps, seen from outside."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._organizations = organizations_pb2_grpc.OrganizationServiceStub(self._channel)
        self._partitions = partitions_pb2_grpc.PartitionServiceStub(self._channel)
        self._batches = batch_pb2_grpc.BatchServiceStub(self._channel)
        self._server = server_pb2_grpc.ServerServiceStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def server(self) -> server_pb2.ServerInfo:
        """What the service says of itself."""
        return self._server.GetServerInfo(server_pb2.GetServerInfoRequest(), timeout=_TIMEOUT_SECONDS)

    def make(self, organization: str, agents: int = AGENTS, purse: int = PURSE) -> None:
        """The organization exists, with a team of agents, each with a purse."""
        self._organizations.CreateOrganization(
            organizations_pb2.CreateOrganizationRequest(
                organization=organization, units=[types_pb2.Unit(name=UNIT, scale=SCALE)], request_id=_id()
            ),
            timeout=_TIMEOUT_SECONDS,
        )
        team = f"{organization}/{TEAM}"
        whole = types_pb2.Amount(unit=UNIT, parts=purse * agents)
        first = [
            batch_pb2.BatchItem(fund=partitions_pb2.FundRequest(organization=organization, amount=whole)),
            batch_pb2.BatchItem(
                create_partition=partitions_pb2.CreatePartitionRequest(
                    partition=team, kind=partitions_pb2.PARTITION_KIND_TEAM
                )
            ),
            batch_pb2.BatchItem(allocate=partitions_pb2.AllocateRequest(partition=team, amount=whole)),
        ]
        self.execute(organization, first)
        own = types_pb2.Amount(unit=UNIT, parts=purse)
        self.execute(
            organization,
            [
                item
                for number in range(agents)
                for item in (
                    batch_pb2.BatchItem(
                        create_partition=partitions_pb2.CreatePartitionRequest(
                            partition=agent_path(organization, number), kind=partitions_pb2.PARTITION_KIND_AGENT
                        )
                    ),
                    batch_pb2.BatchItem(
                        allocate=partitions_pb2.AllocateRequest(partition=agent_path(organization, number), amount=own)
                    ),
                )
            ],
        )

    def execute(self, organization: str, items: Sequence[batch_pb2.BatchItem]) -> None:
        """All these commands have taken effect.

        Raises:
            WindowWrong: One of them was refused.
        """
        ids = uuid7s(len(items))
        for some in _slices(items, ITEMS):
            for item in some:
                command = getattr(item, item.WhichOneof("command") or "")
                command.request_id = command.request_id or next(ids)
            answer = self._batches.BatchExecute(
                batch_pb2.BatchExecuteRequest(organization=organization, items=some), timeout=_TIMEOUT_SECONDS
            )
            for result in answer.results:
                if result.WhichOneof("outcome") == "error":
                    raise WindowWrong(f"{organization} could not be made ready: {result.error.message}")

    def position(self, organization: str) -> int:
        """How many entries the journal has."""
        asked = organizations_pb2.GetOrganizationRequest(organization=organization)
        return self._organizations.GetOrganization(asked, timeout=_TIMEOUT_SECONDS).position

    def settled_position(self, organization: str) -> int:
        """How many entries the journal has, once nothing more comes."""
        give_up = time.monotonic() + _SETTLE_SECONDS
        last = self.position(organization)
        while time.monotonic() < give_up:
            time.sleep(_SETTLE_EVERY)
            now = self.position(organization)
            if now == last:
                return now
            last = now
        raise WindowWrong(f"the journal of {organization} still grew {_SETTLE_SECONDS:g} seconds after the load")


def check_gain(window: Window, gained: int, in_flight: int, entries_each: int = 1) -> None:
    """The journal has what was answered OK, and what was not answered at the end may be there or not.

    Args:
        window: What the generator counted.
        gained: Entries that the journals have more than before.
        in_flight: Calls in flight at most; so many were cut off at the end.
        entries_each: What a call writes.

    Raises:
        WindowWrong: Something was refused, lost, or written twice.
    """
    wrong = {status: count for status, count in window.statuses.items() if status}
    if wrong:
        raise WindowWrong(f"calls ended with the gRPC statuses {wrong}")
    granted = window.statuses.get(0, 0)
    if not entries_each * granted <= gained <= entries_each * window.sent or window.sent - granted > in_flight:
        raise WindowWrong(
            f"{window.sent} calls were sent and {granted} answered OK, but the journal gained {gained} entries"
        )


def check_books(database_url: str, organizations: Sequence[str]) -> int:
    """The verifier recomputes these journals and finds them clean; how many entries it read.

    Raises:
        WindowWrong: It has findings.
    """
    report = verify(database_url, organizations)
    if report.verdict is not Verdict.CLEAN:
        findings = "; ".join(str(finding) for finding in report.findings[:3])
        raise WindowWrong(f"the verifier says {report.verdict}: {findings}")
    return sum(one.rows["entries"] for one in report.organizations)


def _id() -> str:
    return next(uuid7s(1))


def _slices(items: Sequence[batch_pb2.BatchItem], size: int) -> Iterator[Sequence[batch_pb2.BatchItem]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
