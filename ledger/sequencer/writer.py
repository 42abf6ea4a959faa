"""Writing one batch: decide it, append it, and know what became of it.

The common case is one round trip: decide on the book, then compare the head and append. Whatever that attempt cannot
know (another process wrote, a request id is taken, a reservation is not in the book) is looked up by the second kind of
attempt, which locks the head first. When the connection is lost during COMMIT, the head is locked and the batch looked
for. In every case the book ends level with the journal, or is dropped. Under load a batch is decided while the one
before is appended, see `flight`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import perf_counter
from typing import Final, TypeVar

import structlog

from ledger.core.events import ReservationOpened
from ledger.core.faults import BatchConflict, ClockSkewed, Fault, HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.core.invariants import InvariantBroken
from ledger.core.noting import Unreported
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.decision import Decision, decide_batch, keys_of, lacks, missing, missing_standing
from ledger.sequencer.flight import Air, Flight
from ledger.sequencer.meters import SILENT, Meter
from ledger.sequencer.pending import Limits, Pending
from ledger.sequencer.replica import Breach, Replica, check_writable
from ledger.sequencer.waiting import Waiting
from ledger.storage.store import Batch, LockedHead, Store

log = structlog.get_logger(__name__)
KnownT = TypeVar("KnownT")

LOCK_FIRST_BATCHES: Final = 16
"""After another process has written, so many batches lock first: a compare would be lost, and a round trip with it."""

More = Callable[[], list[Pending]]


class Writer:
    """Appends one organization's batches.

    Attributes:
        replica: The book and its head; None until loaded, and after anything left it in doubt.
        air: What has taken off and is not over.
    """

    def __init__(
        self,
        organization: str,
        store: Store,
        limits: Limits,
        guard: SkewGuard,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        between: Callable[[], Awaitable[None]] | None = None,
        waiting: Waiting | None = None,
        meter: Meter = SILENT,
    ) -> None:
        """Nothing is loaded yet.

        Args:
            organization: Whose journal.
            store: Where it is kept.
            limits: What is taken on at once.
            guard: Where time comes from.
            sleep: How to wait before another attempt.
            between: Called where one batch of the clock's is appended and another is due: the book is level with its
                journal, and readers need not wait for the last one.
            waiting: Who is told of what was committed.
            meter: Who is told how it goes.
        """
        self._meter = meter
        self.organization = organization
        self.replica: Replica | None = None
        self._store = store
        self._limits = limits
        self._guard = guard
        self._sleep = sleep
        self._between = between
        self._waiting = waiting
        self._lock_first = 0
        self._unreported = Unreported()
        self._doubted: Sequence[Pending] | None = None
        self.air = Air()

    @property
    def contended(self) -> bool:
        """Whether another process wrote lately. Then a batch fills while that one has the lock."""
        return self._lock_first > 0

    async def load(self) -> Replica:
        """The replica, read from the store where there is none."""
        if self.replica is None:
            waiting = self._waiting
            if waiting is None:
                self.replica = await Replica.load(self._store, self.organization)
            else:
                self.replica = await Replica.load(self._store, self.organization, waiting.written)
                waiting.unsure()
        return self.replica

    def take_off(self, waiting: Sequence[Pending]) -> Flight | None:
        """Decide a batch at once, on top of what is in the air; None where it has to wait until nothing is.

        `write` appends it. Of what was found unsure here, it looks everything up at once.
        """
        self._doubted = None
        replica, ahead = self.replica, self.air.last
        if replica is None or replica.head.quarantine or self._lock_first or not self.air.has_room:
            return None
        book = replica.book
        if ahead is not None and not (
            ahead.replica is replica
            and ahead.decision.batch.entries
            and self._store.follows(self.organization)
            and not book.has_resolved(beyond=2 * self._limits.resolved_kept)
        ):
            return None
        mark = book.mark()
        try:
            check_writable(replica.head)
            if not lacks(book, waiting):
                decision = self._decide(replica, waiting, None, ahead)
                if not (decision.more_due or decision.unsure) and (ahead is None or decision.batch.entries):
                    flight = Flight(replica, decision, ahead)
                    self.air.take_off(flight)
                    return flight
                self._doubted = waiting if decision.unsure else None
        except Exception as problem:  # noqa: BLE001  (it comes up again when the batch is written alone)
            log.info("not_taken_off", organization=self.organization, cause=repr(problem))
        book.rollback(mark)
        return None

    async def write(self, waiting: list[Pending], more: More | None = None, flight: Flight | None = None) -> None:
        """Each request has its answer, and every effect answered for is durable. What is due has happened.

        Where the head's lock is waited for, what came meanwhile is added to `waiting`, by `more`. What has taken off
        is appended as it was decided, if it can be; for anything else the air has to be clear.

        A fault that concerns the whole batch is every caller's answer; a breach that one command causes alone is that
        command's. Nothing is raised.
        """
        try:
            await self._attempt(waiting, more, flight)
        except Breach as breach:
            await self.quarantine(str(breach), waiting)
        except BatchConflict as conflict:
            await self._isolate(conflict, waiting)
        except Fault as fault:
            for pending in waiting:
                pending.fail(fault)
        except Exception as bug:  # noqa: BLE001  (a bug of ours: the others must go on, and everybody gets an answer)
            await self._isolate(bug, waiting)
        finally:
            if flight is not None:
                self.air.end(flight)

    async def _isolate(self, broken: Exception, waiting: Sequence[Pending]) -> None:
        """R49: a command that breaches alone is answered so; the rest go on. Time's own breach is nobody's command."""
        self.replica = None
        if not waiting:
            await self.quarantine(f"what is due cannot happen: {broken!r}")
        elif len(waiting) == 1:
            request_id = waiting[0].request.request_id
            log.error("breach", organization=self.organization, request_id=request_id, exc_info=broken)
            waiting[0].fail(InvariantBroken(f"{type(broken).__name__}: {broken}"))
        else:
            log.warning("batch_isolated", organization=self.organization, commands=len(waiting), exc_info=broken)
            for pending in waiting:
                if not pending.reply.done():
                    await self.write([pending])

    async def _attempt(self, waiting: list[Pending], more: More | None, flight: Flight | None) -> None:
        """Try until the batch is appended, whole, or the attempts are used up."""
        for attempt in range(1, self._limits.attempts_max + 1):
            try:
                if flight is not None and attempt == 1:
                    await self._land(flight, waiting)
                else:
                    await self._once(waiting, more)
            except OutcomeUnknown:
                raise
            except StorageUnavailable as fault:
                self.replica = None
                if attempt == self._limits.attempts_max:
                    raise
                self._meter.retried(fault)
                log.warning("append_retried", organization=self.organization, attempt=attempt, cause=repr(fault))
                await self._sleep(0.02 * 4**attempt)
            else:
                return

    async def _once(self, waiting: list[Pending], more: More | None) -> None:
        """Write without the lock where the book has everything, else with it."""
        replica = await self.load()
        if replica.head.quarantine:  # it may have been lifted since
            await replica.follow(self._store, self._limits.catch_up_max)
        check_writable(replica.head)
        try:
            if self._lock_first:
                self._lock_first -= 1
                await self._with_lock(replica, waiting, more)
            elif waiting is self._doubted or lacks(replica.book, waiting):
                await self._with_lock(replica, waiting)
            else:
                await self._without_lock(replica, waiting)
        except HeadMoved:
            await self._with_lock(replica, waiting)
        except (BatchConflict, ClockSkewed):  # a clock that was set right has jumped too: under the lock both are seen
            await self._with_lock(replica, waiting)

    async def _land(self, flight: Flight, waiting: list[Pending]) -> None:
        """What was decided is in the journal and answered; or it is decided again, alone."""
        try:
            looked_up = await self._arrive(flight.replica, flight.decision, flight.ahead)
        except (HeadMoved, BatchConflict):
            flight.landed.set_result(False)
            await self.air.alone(flight)
            await self._with_lock(await self.load(), waiting)
        except Exception:
            self.replica = None  # its book has what was decided, and perhaps the journal does not
            flight.landed.set_result(False)
            await self.air.alone(flight)
            raise
        else:
            flight.landed.set_result(True)
            await self._settle(flight.replica, flight.decision, looked_up, flight)

    async def _without_lock(self, replica: Replica, waiting: list[Pending]) -> None:
        """Decide beforehand, compare and append: one round trip. The book has what the commands name."""
        more_due = True
        while more_due:
            decision = self._decide(replica, waiting, None)
            if decision.unsure:
                replica.book.rollback(decision.mark)
                await self._with_lock(replica, waiting)
                return
            looked_up = await self._arrive(replica, decision)
            await self._settle(replica, decision, looked_up)
            more_due = await self._more_due(decision)
            if more_due and lacks(replica.book, waiting):  # what was due made the book let go of it
                await self._with_lock(replica, waiting)
                return

    async def _arrive(self, replica: Replica, decision: Decision, ahead: Flight | None = None) -> Iterable[Key]:
        """The batch is in the journal, without the lock; which of the ids probed are taken, or may be."""
        looked_up: Iterable[Key] = decision.probed
        try:
            looked_up = await self._append(replica, decision, self._store.append(decision.batch), ahead)
        except OutcomeUnknown as unknown:
            if ahead is not None:
                await asyncio.shield(ahead.landed)
            await self._resolve(replica, decision, unknown)
        return looked_up

    async def _with_lock(self, replica: Replica, waiting: list[Pending], more: More | None = None) -> None:
        """Lock the head, catch up, look everything up, decide, append.

        With `more`, request ids are taken to be new, as without the lock, which saves a round trip under it.
        """
        more_due = True
        while more_due:
            decision = None
            looked_up: Iterable[Key] = ()
            try:
                asked = perf_counter()
                async with self._store.lock(
                    self.organization, replica.book.position, self._limits.catch_up_max
                ) as locked:
                    self._meter.locked(perf_counter() - asked)
                    self._guard.compare(locked.clock)
                    check_writable(locked.head)
                    if locked.head.position > replica.book.position:
                        self._lock_first = LOCK_FIRST_BATCHES
                    if await replica.catch_up(locked, self._limits.catch_up_max):
                        waiting += more() if more else []
                        certain = more is None or lacks(replica.book, waiting)
                        known = await self._look_up(replica, locked, waiting) if certain else None
                        decision = self._decide(replica, waiting, known)
                        if decision.unsure:
                            replica.book.rollback(decision.mark)
                            known = await self._look_up(replica, locked, waiting)
                            decision = self._decide(replica, waiting, known)
                        looked_up = await self._append(replica, decision, locked.append(decision.batch))
            except OutcomeUnknown as unknown:  # resolved out here, because that takes the lock once more
                if decision is None:
                    raise
                await self._resolve(replica, decision, unknown)
                looked_up = decision.probed
            if decision is None:
                await replica.follow(self._store, self._limits.catch_up_max)
                continue
            await self._settle(replica, decision, looked_up)
            more_due = await self._more_due(decision)

    async def _more_due(self, decision: Decision) -> bool:
        """Whether another batch must follow before the commands are decided; then readers come in between."""
        if decision.more_due and self._between is not None:
            await self._between()
        return decision.more_due

    async def _look_up(self, replica: Replica, locked: LockedHead, waiting: Sequence[Pending]) -> dict[Key, Known]:
        """Fetch, then decide: everything that the rules may ask about is in hand before the first one."""
        book = replica.book
        known = await locked.known(keys_of(book, waiting))
        wanted = dict.fromkeys(missing(book, waiting))
        for bound in known.values():
            for entry in bound.entries:
                if isinstance(entry.event, ReservationOpened) and entry.event.reservation_id not in book.reservations:
                    wanted[entry.event.reservation_id] = None
        if wanted:
            for reservation in await locked.reservations(list(wanted)):
                book.adopt(reservation)
        if names := missing_standing(book, waiting):
            for record in await locked.standing(names):
                book.adopt_standing(record)
        return known

    def _decide(
        self,
        replica: Replica,
        waiting: Sequence[Pending],
        known: dict[Key, Known] | None,
        ahead: Flight | None = None,
    ) -> Decision:
        clock = self._guard.now()
        head = replica.head if ahead is None else ahead.decision.batch.head
        entries_max = self._limits.clock_entries_max
        unreported = self._unreported if ahead is None else ahead.decision.unreported
        return decide_batch(replica.book, head, waiting, clock, entries_max, known, unreported)

    async def _append(
        self, replica: Replica, decision: Decision, appending: Awaitable[KnownT], ahead: Flight | None = None
    ) -> KnownT:
        """Append, and have the book stand with its journal; what came back.

        Raises:
            OutcomeUnknown: See `_resolve`.
        """
        began = perf_counter()
        try:
            known = await appending
        except (HeadMoved, BatchConflict):
            if ahead is None or await asyncio.shield(ahead.landed):
                replica.book.rollback(decision.mark)  # else it was taken back with the one ahead
            raise
        if ahead is not None and not await asyncio.shield(ahead.landed):
            self.replica = None  # what became of the one ahead is not known, so neither is what the book should be
        self._stand(replica, decision)
        seconds = perf_counter() - began
        outcomes = [outcome for _, outcome in decision.outcomes]
        self._meter.appended(outcomes, seconds, [stored.entry for stored in decision.batch.entries])
        return known

    async def _resolve(self, replica: Replica, decision: Decision, unknown: OutcomeUnknown) -> None:
        """The batch whose COMMIT was lost is in the journal. The head must not be locked by this writer.

        Raises:
            StorageUnavailable: It is not, and never will be.
            OutcomeUnknown: The database could not be asked.
        """
        self.replica = None  # others may write before it is loaded again
        found = await self._found(decision.batch)
        self._meter.resolved(found=found)
        if not found:
            raise StorageUnavailable("the connection was lost; nothing was written") from unknown
        log.warning("unknown_outcome_resolved", organization=self.organization, position=decision.batch.head.position)
        self._stand(replica, decision)

    def _stand(self, replica: Replica, decision: Decision) -> None:
        """What was decided is committed."""
        behind = self.air.mark_behind(decision)
        replica.book.keep(behind)
        if behind is None:
            replica.book.forget_resolved(self._limits.resolved_kept)
        replica.head = decision.batch.head
        self._unreported = decision.unreported
        if self._waiting:
            self._waiting.written(stored.entry for stored in decision.batch.entries)

    async def _found(self, batch: Batch) -> bool:
        """Whether a batch whose COMMIT was lost is in the journal. Locks the head, so that it cannot arrive later.

        Raises:
            OutcomeUnknown: The database could not be asked.
        """
        for attempt in range(1, self._limits.attempts_max + 1):
            try:
                async with self._store.lock(self.organization) as locked:
                    if locked.head.position < batch.head.position:
                        return False
                    seal = await locked.seal_at(batch.head.position)
                    return seal is not None and seal.chain == batch.head.chain
            except StorageUnavailable:
                if attempt < self._limits.attempts_max:
                    await self._sleep(0.05 * 4**attempt)
        raise OutcomeUnknown("the connection was lost during COMMIT; repeat with the same request id")

    async def _settle(
        self, replica: Replica, decision: Decision, taken: Iterable[Key], flight: Flight | None = None
    ) -> None:
        """R46: reply, now that what the outcomes rest on is committed. Whose request id is taken is decided again."""
        again = [pending for key in taken for pending in decision.probed.get(key, ())]
        for pending, outcome in decision.outcomes:
            if pending not in again:
                pending.answer(outcome)
        if again:
            if flight is not None:
                await self.air.alone(flight)
                replica = await self.load()
            await self._with_lock(replica, again)

    async def quarantine(self, finding: str, waiting: Sequence[Pending] = ()) -> None:
        """R49: a breach that is no single command's stops all writing to the organization."""
        log.error("quarantined", organization=self.organization, finding=finding)
        self.replica = None
        try:
            await self._store.quarantine(self.organization, finding)
        except Fault as fault:
            log.warning("quarantine_failed", organization=self.organization, cause=repr(fault))
        for pending in waiting:
            pending.fail(InvariantBroken(finding))
