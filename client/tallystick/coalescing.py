"""Coalescing: calls that wait anyway leave together, as the items of one `BatchExecute`.

The calls of one client and one organization use a *lane* of their connection. A call that finds the lane empty goes
out at once, by itself, as if there were no lane; so do a second and a third. Those that come while more are under way
wait, and leave together when what is under way has come back. Nothing waits for a batch to fill: it is as large as
what has come meanwhile.

Each keeps what it would have by itself: its outcome, its deadline, its request id, and its own repeats, which go by
themselves. A client has one credential, so a lane never mixes callers of different rights.

One slow call does not hold up the others: whoever has waited for `HELD_UP_MAX_S` leaves, whatever is under way. That
is the bound of head-of-line blocking, while the server is slow, hangs, or is gone.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, TypeAlias, TypeVar

from google.protobuf.message import Message
from google.rpc import status_pb2

from tallystick import refusals
from tallystick.errors import LedgerUnavailable, Overloaded, ShuttingDown
from tallystick.methods import METHODS
from tallystick.v1 import batch_pb2

LONE_MAX: Final = 3
"""So few at a time gain less by sharing a call than they lose by waiting for one another."""

BATCH_MIN: Final = 24
"""While a batch is under way a second one leaves only if it is as large as this: then the server decides one while
the client reads the answers of the other. Two smaller ones cost more than the one that they become by waiting."""

HELD_UP_MAX_S: Final = 0.05
"""Longer than a batch takes under load, so that it is no limit then; short beside a call's deadline."""

ITEMS_MAX: Final = 250
"""Half of what the server takes: beyond, items cost no less, and the first ones wait longer for their answers."""

BYTES_MAX: Final = 256 * 1024
"""A quarter of what the server takes, unless it is told otherwise."""

DEADLINE_PASSED: Final = status_pb2.Status(code=refusals.DEADLINE_EXCEEDED, message="Deadline Exceeded")
"""How gRPC itself answers a call whose time is over."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """How a call travels as an item.

    Attributes:
        item: Its field of `BatchItem`.
        outcome: The field of `BatchResult` that answers it.
        owner: Its own field that begins with the organization.
        settles: Whether the server takes it while it takes no new holds.
    """

    item: str
    outcome: str
    owner: str
    settles: bool

    def organization_of(self, message: Any) -> str:  # noqa: ANN401  (a message of this kind)
        """Whose books the call is about."""
        named: str = getattr(message, self.owner)
        return named.partition("/")[0]


def _kinds() -> dict[str, Kind]:
    items: Any = batch_pb2.BatchItem.DESCRIPTOR.fields
    results: Any = batch_pb2.BatchResult.DESCRIPTOR.fields
    by_request = {f"{method.name}Request": method for method in METHODS.values()}
    outcomes = {field.message_type.name: field.name for field in results}
    found = {}
    for field in items:
        method = by_request[field.message_type.name]
        owner = "organization" if "organization" in field.message_type.fields_by_name else "partition"
        settles = field.name in {"commit", "settle_part", "release", "charge"}
        found[method.path] = Kind(field.name, outcomes[method.answer.DESCRIPTOR.name], owner, settles)
    return found


KINDS: Final = _kinds()
"""The calls that can be items, by path."""


class Verdict(Enum):
    """What becomes of a call that has no answer yet."""

    GO = "its turn has come: it goes by itself, and then says that it has ended"
    ALONE = "it goes by itself, outside the lane"
    AGAIN = "it waits for the next batch"


Outcome: TypeAlias = Message | Verdict
"""The answer; or, as a `google.rpc.Status`, what the call alone would have ended with; or a verdict."""


class Call:
    """One call that waits for its turn, or for its answer.

    Attributes:
        kind: How it travels as an item.
        message: The request.
        since: When it began to wait.
        deadline: When its caller stops waiting; both by the lane's clock.
    """

    __slots__ = ("deadline", "kind", "message", "since")

    def __init__(self, kind: Kind, message: Message, since: float, deadline: float) -> None:
        self.kind = kind
        self.message = message
        self.since = since
        self.deadline = deadline

    @property
    def over(self) -> bool:
        """Whether its caller does not wait any more; never, of one that nobody waits for."""
        return False


CallT = TypeVar("CallT", bound=Call)


class Lane(Generic[CallT]):
    """Which calls of one organization are under way, and which wait. Tells no time and sends nothing.

    Attributes:
        organization: Whose.
        under_way: How many RPCs are under way.
        carried: How many calls those carry.
        waiting: The calls that wait, oldest first.
    """

    def __init__(self, organization: str) -> None:
        self.organization = organization
        self.under_way = 0
        self.carried = 0
        self.waiting: deque[CallT] = deque()

    def take(self, now: float) -> list[CallT]:
        """The calls that leave together now; none where they have to wait.

        They are all that wait; where that makes two good batches, half of what waits or is under way, so that two
        batches of one size alternate.
        """
        waiting = self.waiting
        while waiting and waiting[0].over:
            waiting.popleft()
        if not waiting or not (self._has_room() or now >= waiting[0].since + HELD_UP_MAX_S):
            return []
        half = (len(waiting) + self.carried + 1) // 2
        share = min(half if half >= BATCH_MIN else len(waiting), ITEMS_MAX)
        taken: list[CallT] = []
        size = 0
        while waiting and len(taken) < share:
            call = waiting[0]
            if not call.over:
                size += call.message.ByteSize()
                if taken and size > BYTES_MAX:
                    break
                taken.append(call)
            waiting.popleft()
        self.under_way += 1
        self.carried += len(taken)
        return taken

    def _has_room(self) -> bool:
        if self.carried == self.under_way:
            return self.under_way < LONE_MAX
        return self.under_way == 1 and len(self.waiting) >= BATCH_MIN

    def free(self, calls: int = 1) -> None:
        """An RPC that carried so many calls has ended."""
        self.under_way -= 1
        self.carried -= calls


def pack(organization: str, calls: Sequence[Call]) -> batch_pb2.BatchExecuteRequest:
    """The calls as items, in their order."""
    batch = batch_pb2.BatchExecuteRequest(organization=organization)
    add = batch.items.add
    for call in calls:
        getattr(add(), call.kind.item).CopyFrom(call.message)
    return batch


def unpack(calls: Sequence[Call], answer: batch_pb2.BatchExecuteResponse) -> list[Outcome]:
    """What became of each call. A call whose result cannot be read asks by itself: its request id has one effect."""
    results = answer.results
    if len(results) != len(calls):
        return [Verdict.ALONE] * len(calls)
    found: list[Outcome] = []
    for call, result in zip(calls, results, strict=True):
        field = result.WhichOneof("outcome")
        known = field in {call.kind.outcome, "error"}
        found.append(getattr(result, field) if known else Verdict.ALONE)
    return found


_CULPRIT: Final = re.compile(r"items\[(\d+)\]")


def failed(calls: Sequence[Call], status: status_pb2.Status) -> list[Outcome]:
    """What becomes of each call of a batch that was not answered item by item.

    A fault is each call's own, to be repeated as its caller wishes; but what the server says only of new holds does
    not concern settlements. Anything else says that the batch is wrong, which the calls need not be: those that are
    named go by themselves, to be told alone, and the others wait for the next batch.
    """
    exception = refusals.exception_of(status, {}, "")
    if isinstance(exception, (Overloaded, ShuttingDown)):
        mixed = not all(call.kind.settles for call in calls)
        return [Verdict.ALONE if mixed and call.kind.settles else status for call in calls]
    if isinstance(exception, LedgerUnavailable):
        return [status] * len(calls)
    named = {int(place) for field in getattr(exception, "violations", ()) for place in _CULPRIT.findall(field)}
    return [Verdict.AGAIN if named and place not in named else Verdict.ALONE for place in range(len(calls))]
