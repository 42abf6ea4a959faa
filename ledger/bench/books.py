"""An organization made for a window, and whether its journal has what the generator says that it sent.

h2load sees HTTP 200 whatever a call came to, and a benchmark that counted refusals as work would be worth nothing. So
each window has books of its own: their journal must have gained an entry for every call answered OK, and for no more
than were sent; and the verifier recomputes them.
"""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self

import grpc

from ledger.bench.ceilings import caps
from ledger.bench.h2load import Window
from ledger.bench.messages import AGENTS, TEAM, UNIT, agent_path, reserve, uuid7s
from ledger.verify import Verdict, verify
from tallystick.v1 import (
    batch_pb2,
    batch_pb2_grpc,
    caps_pb2_grpc,
    journal_pb2,
    journal_pb2_grpc,
    organizations_pb2,
    organizations_pb2_grpc,
    partitions_pb2,
    partitions_pb2_grpc,
    reservations_pb2_grpc,
    server_pb2,
    server_pb2_grpc,
    types_pb2,
)

SCALE: Final = 9
PURSE: Final = 10**15
"""What each agent gets, in nano-dollars: a million dollars."""

ITEMS: Final = 500

CAPS_AHEAD: Final = 256
"""Caps that are set before the answer to the first of them is there."""

_AHEAD: Final = 4
"""Batches that are sent before the answer to the first of them is there; a service takes them in order of arrival."""

_PAGE_SIZE: Final = 1000
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
        self._batches: Any = batch_pb2_grpc.BatchServiceStub(self._channel)
        self._caps: Any = caps_pb2_grpc.CapServiceStub(self._channel)
        self._reservations: Any = reservations_pb2_grpc.ReservationServiceStub(self._channel)
        self._journal: Any = journal_pb2_grpc.JournalServiceStub(self._channel)
        self._server = server_pb2_grpc.ServerServiceStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """The connection is closed."""
        self._channel.close()

    def server(self) -> server_pb2.ServerInfo:
        """What the service says of itself."""
        return self._server.GetServerInfo(server_pb2.GetServerInfoRequest(), timeout=_TIMEOUT_SECONDS)

    def make(self, organization: str, agents: int = AGENTS, purse: int = PURSE, rich: int | None = None) -> None:
        """The organization exists, with a team of agents.

        Args:
            organization: Its name.
            agents: How many.
            purse: What each gets, in nano-dollars.
            rich: Only so many get a purse, the first ones; all where absent.
        """
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
        items = []
        for number in range(agents):
            path = agent_path(organization, number)
            made = partitions_pb2.CreatePartitionRequest(partition=path, kind=partitions_pb2.PARTITION_KIND_AGENT)
            items.append(batch_pb2.BatchItem(create_partition=made))
            if rich is None or number < rich:
                given = partitions_pb2.AllocateRequest(partition=path, amount=types_pb2.Amount(unit=UNIT, parts=purse))
                items.append(batch_pb2.BatchItem(allocate=given))
        self.execute(organization, items)

    def cap(self, organization: str, agents: int = AGENTS) -> None:
        """Ten caps are on the path from each of the agents to the root, none of which will ever be reached."""
        coming = caps(organization, agents)
        while some := list(islice(coming, CAPS_AHEAD)):
            for wanted, request_id in zip(some, uuid7s(len(some)), strict=True):
                wanted.request_id = request_id
            sent = [self._caps.CreateCap.future(wanted, timeout=_TIMEOUT_SECONDS) for wanted in some]
            for one in sent:
                one.result()

    def execute(self, organization: str, items: Iterable[batch_pb2.BatchItem]) -> None:
        """All these commands have taken effect, in this order; those without a request id got one.

        Raises:
            WindowWrong: One of them was refused.
        """
        coming = iter(items)
        sent: deque[Any] = deque()
        while some := list(islice(coming, ITEMS)):
            for item, request_id in zip(some, uuid7s(len(some)), strict=True):
                command = getattr(item, item.WhichOneof("command") or "")
                command.request_id = command.request_id or request_id
            wire = batch_pb2.BatchExecuteRequest(organization=organization, items=some)
            sent.append(self._batches.BatchExecute.future(wire, timeout=_TIMEOUT_SECONDS))
            if len(sent) >= _AHEAD:
                _all_done(organization, sent.popleft().result())
        while sent:
            _all_done(organization, sent.popleft().result())

    def first_answer(self, partition: str) -> None:
        """The service has this partition's book in memory: it decided something there, without effect."""
        asked = reserve(partition)
        asked.validate_only, asked.request_id = True, ""
        self._reservations.Reserve(asked, timeout=_TIMEOUT_SECONDS, wait_for_ready=True)

    def position(self, organization: str) -> int:
        """How many entries the journal has."""
        asked = organizations_pb2.GetOrganizationRequest(organization=organization)
        return self._organizations.GetOrganization(asked, timeout=_TIMEOUT_SECONDS).position

    def notes(self, organization: str, after: int) -> int:
        """How many entries after a position only note refusals."""
        asked = journal_pb2.ListEntriesRequest(
            organization=organization, from_position=after + 1, kinds=["RefusalsNoted"], page_size=_PAGE_SIZE
        )
        found = 0
        while True:
            page = self._journal.ListEntries(asked, timeout=_TIMEOUT_SECONDS)
            found += len(page.entries)
            if not page.next_page_token:
                return found
            asked.page_token = page.next_page_token

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


def check_gain(
    window: Window, gained: int, in_flight: int, entries_each: int = 1, *, refused: frozenset[int] = frozenset()
) -> None:
    """The journal has what was answered OK, and what was not answered at the end may be there or not.

    Args:
        window: What the generator counted.
        gained: Entries that the journals have more than before.
        in_flight: Calls in flight at most; so many were cut off at the end.
        entries_each: What a call writes.
        refused: Statuses that some calls should end with, and write nothing.

    Raises:
        WindowWrong: Something was refused that should not be, lost, or written twice.
    """
    wrong = {status: count for status, count in window.statuses.items() if status and status not in refused}
    if wrong:
        raise WindowWrong(f"calls ended with the gRPC statuses {wrong}")
    granted = window.statuses.get(0, 0)
    cut_off = window.sent - window.answered
    if not entries_each * granted <= gained <= entries_each * (granted + cut_off) or cut_off > in_flight:
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


def _all_done(organization: str, answer: batch_pb2.BatchExecuteResponse) -> None:
    for result in answer.results:
        if result.WhichOneof("outcome") == "error":
            raise WindowWrong(f"{organization} could not be made ready: {result.error.message}")
