"""What waits to be decided: a bounded queue that keeps a quarter of its room for settlements."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ledger.core import commands as cmd
from ledger.core.faults import Overloaded
from ledger.core.outcomes import Outcome

_SETTLEMENTS = (cmd.Commit, cmd.SettlePart, cmd.Release, cmd.Charge)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a sequencer takes on.

    Attributes:
        queue_max: Commands that may wait for one organization; a quarter is kept for settlements.
        batch_commands_max: Commands decided and appended together.
        clock_entries_max: Entries of the clock in one batch. Source: R36.
        catch_up_max: Entries that may be missing inside the lock; beyond it the book catches up outside first.
        wait_us: How long to let a batch fill under load; never waited when idle.
        attempts_max: How often a batch is tried before its callers are told that the database is away.
        resolved_kept: Resolved reservations that a book keeps for late settlements and repeats.
        idle_us: A book unused for so long is dropped.
    """

    queue_max: int = 8192
    batch_commands_max: int = 256
    clock_entries_max: int = 1000
    catch_up_max: int = 1000
    wait_us: int = 8000
    attempts_max: int = 4
    resolved_kept: int = 10_000
    idle_us: int = 300_000_000


class Together:
    """The replies to requests that came together: whoever waits for all of them is woken once, not for each.

    Attributes:
        all: Each request's outcome, or the fault it met, in order.
    """

    __slots__ = ("_left", "_outcomes", "all")

    def __init__(self, count: int, loop: asyncio.AbstractEventLoop) -> None:
        """None has come."""
        self.all: asyncio.Future[list[Outcome | BaseException]] = loop.create_future()
        self._outcomes: list[Outcome | BaseException | None] = [None] * count
        self._left = count

    def has(self, place: int) -> bool:
        """Whether one has come, or nobody waits for it any more."""
        return self._outcomes[place] is not None or self.all.done()

    def put(self, place: int, outcome: Outcome | BaseException) -> None:
        """One has come that had not."""
        self._outcomes[place] = outcome
        self._left -= 1
        if not self._left:
            self.all.set_result([one for one in self._outcomes if one is not None])


class Share:
    """One request's place in `Together`, used like a future of its own."""

    __slots__ = ("_place", "together")

    def __init__(self, together: Together, place: int) -> None:
        self.together = together
        self._place = place

    def done(self) -> bool:
        """Whether it needs no outcome any more."""
        return self.together.has(self._place)

    def set_result(self, outcome: Outcome) -> None:
        """The outcome has come."""
        self.together.put(self._place, outcome)

    def set_exception(self, fault: BaseException) -> None:
        """A fault has come."""
        self.together.put(self._place, fault)


class Unread(Protocol):
    """A request as it came: read when its batch is taken, and answered in the caller's own form.

    So each is done for many in a row. Where each request is read as it arrives, between two steps of the transport, the
    same code takes several times as long, because nothing of it is in the processor's caches any more.
    """

    @property
    def organization(self) -> str:
        """Which one it is about, by its own word."""

    @property
    def settles(self) -> bool:
        """Whether it says what became of a hold, and so may use the room kept for that."""

    def read(self) -> cmd.Request:
        """What is asked, a single command. What this raises is the caller's, and nobody else's."""

    def answer(self, outcome: Outcome) -> object:
        """What the caller gets for an outcome. What this raises is the caller's, and nobody else's."""


class Pending:
    """A request that waits, and where its outcome goes. A caller that is gone has cancelled the reply.

    Attributes:
        request: What is asked.
        reply: Takes its outcome, or a fault.
        weight: How many commands it is.
        leads: Whether it came alone, or as the first of those that came together.
        since: When it began to wait, by the loop's clock.
    """

    __slots__ = ("leads", "reply", "request", "since", "weight")

    def __init__(
        self,
        request: cmd.Request,
        reply: "asyncio.Future[Outcome] | Share | None" = None,
        *,
        leads: bool = True,
    ) -> None:
        """Nobody has answered yet."""
        self.request = request
        self.leads = leads
        self.since = 0.0
        self.reply: Any = reply or asyncio.get_running_loop().create_future()
        command = request.command
        self.weight = len(command.items) if isinstance(command, cmd.Group) else 1

    @property
    def settles(self) -> bool:
        """Whether it may use the room kept for settlements."""
        return settles(self.request)

    def ready(self) -> bool:
        """Whether it is to be decided: the caller is still there."""
        return not self.reply.done()

    def answer(self, outcome: Outcome) -> None:
        """Reply, if the caller is still there."""
        if not self.reply.done():
            self.reply.set_result(outcome)

    def fail(self, fault: BaseException) -> None:
        """Reply with a fault, if the caller is still there."""
        if not self.reply.done():
            self.reply.set_exception(fault)


class PendingUnread(Pending):
    """A request that waits as it came; `request` is there once it is ready."""

    __slots__ = ("_unread",)

    def __init__(self, unread: Unread, reply: "asyncio.Future[Any]") -> None:
        """Nobody has read it yet."""
        self._unread = unread
        self.since = 0.0
        self.reply = reply
        self.leads = True
        self.weight = 1

    @property
    def settles(self) -> bool:
        """Whether it may use the room kept for settlements."""
        return self._unread.settles

    def ready(self) -> bool:
        """Whether it is to be decided: the caller is still there, and what he asks can be read."""
        if self.reply.done():
            return False
        try:
            self.request = self._unread.read()
        except Exception as error:  # noqa: BLE001  (the caller is told, and the others go on)
            self.reply.set_exception(error)
            return False
        return True

    def answer(self, outcome: Outcome) -> None:
        """Reply with what the caller gets for it, if he is still there."""
        if self.reply.done():
            return
        try:
            answer = self._unread.answer(outcome)
        except Exception as error:  # noqa: BLE001  (the caller is told, and the others go on)
            self.reply.set_exception(error)
        else:
            self.reply.set_result(answer)


def settles(request: cmd.Request) -> bool:
    """Whether a request says what became of a hold, and so may use the room kept for that."""
    command = request.command
    items = command.items if isinstance(command, cmd.Group) else (command,)
    return all(isinstance(item, _SETTLEMENTS) for item in items)


async def outcomes_of(pending: Sequence[Pending]) -> list[Outcome | BaseException]:
    """What became of requests that were put together, each in its place. Cancelled before, they are not decided."""
    reply = pending[0].reply
    if isinstance(reply, Share):
        return await reply.together.all
    return [*await asyncio.gather(reply, return_exceptions=True)]


class Queue:
    """The commands of one organization that wait, in the order of their arrival.

    Attributes:
        calls: How many callers they are of; what came together is of one.
    """

    def __init__(self, limits: Limits) -> None:
        """Nothing waits. Made where the event loop runs."""
        self._limits = limits
        self._room_for_all = limits.queue_max - limits.queue_max // 4
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Pending] = deque()
        self._weight = 0
        self.calls = 0

    def __len__(self) -> int:
        """How many commands wait."""
        return self._weight

    def put(self, requests: Sequence[cmd.Request]) -> list[Pending]:
        """Let requests wait, next to each other; all of them or none.

        Raises:
            Overloaded: There is no room. A quarter of it is for settlements only.
        """
        if len(requests) == 1:
            pending = [Pending(requests[0], self._loop.create_future())]
        else:
            together = Together(len(requests), self._loop)
            pending = [
                Pending(request, Share(together, place), leads=place == 0) for place, request in enumerate(requests)
            ]
        self._join(pending, sum([one.weight for one in pending]))
        return pending

    def put_unread(self, unread: Unread) -> Pending:
        """Let a request wait as it came.

        Raises:
            Overloaded: There is no room.
        """
        pending = PendingUnread(unread, self._loop.create_future())
        self._join((pending,), 1)
        return pending

    def _join(self, pending: Sequence[Pending], added: int) -> None:
        weight = self._weight + added
        full = weight > self._limits.queue_max or (
            weight > self._room_for_all and not all(one.settles for one in pending)
        )
        if full and self._waiting:
            raise Overloaded(f"{self._weight} commands are waiting; nothing was executed")
        since = self._loop.time()
        for one in pending:
            one.since = since
        self._waiting.extend(pending)
        self._weight = weight
        self.calls += 1

    def take(self) -> list[Pending]:
        """The next batch, read, without those who cannot be and those whose caller is gone. A group is never split."""
        batch: list[Pending] = []
        weight = 0
        while self._waiting:
            next_weight = self._waiting[0].weight
            if batch and weight + next_weight > self._limits.batch_commands_max:
                break
            pending = self._waiting.popleft()
            self._weight -= next_weight
            self.calls -= pending.leads
            if pending.ready():
                batch.append(pending)
                weight += next_weight
        return batch

    def drain(self) -> list[Pending]:
        """Everything that waits, at once."""
        waiting = list(self._waiting)
        self._waiting.clear()
        self._weight = self.calls = 0
        return waiting
