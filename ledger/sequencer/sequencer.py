"""The sequencer: one writer loop for one organization in this process.

While one batch is being appended, arriving commands queue; the next batch takes all of them, bounded, and may be
decided before the first is stored, see `flight`. Readers are served when nothing is being appended and the book is
level with the journal, so nobody sees what is not committed. When idle nothing waits; under load a batch is let fill
for a moment, see `filling`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ledger.core.book import Book
from ledger.core.commands import Request
from ledger.core.faults import Fault, PositionNotReached, Quarantined, ShuttingDown
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.filling import Filling
from ledger.sequencer.meters import SILENT, Meter
from ledger.sequencer.pending import Limits, Pending, Queue, Unread
from ledger.sequencer.replica import Breach
from ledger.sequencer.waiting import Concerns, Waiting
from ledger.sequencer.writer import Writer
from ledger.storage.store import Store

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Reading:
    """A question to the book, where its answer goes, and the turn of the loop in which it was asked."""

    question: Callable[[Book], Any]
    min_position: int
    reply: "asyncio.Future[Any]"
    turn: int


class Sequencer:
    """Serves one organization until it is told to stop."""

    def __init__(
        self, organization: str, store: Store, limits: Limits, guard: SkewGuard, meter: Meter = SILENT
    ) -> None:
        """Nothing is loaded and nothing runs; see `start`."""
        self.organization = organization
        self._store = store
        self._limits = limits
        self._meter = meter
        self._queue = Queue(limits)
        self._filling = Filling(self._queue, limits)
        self._waiting = Waiting(lambda: self.ask(lambda book: book.position, 0))
        self._writer = Writer(
            organization, store, limits, guard, between=self._read_meanwhile, waiting=self._waiting, meter=meter
        )
        self._readings: list[_Reading] = []
        self._turn = 0
        self._due = False
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._landing: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self.used_at = self._loop.time()

    # From outside

    def start(self) -> None:
        """The loop runs."""
        self._task = asyncio.create_task(self._run(), name=f"sequencer {self.organization}")

    def submit(self, requests: Sequence[Request]) -> list[Pending]:
        """The requests wait to be decided next to each other; await their replies.

        Raises:
            Overloaded: There is no room; nothing was executed.
            ShuttingDown: The loop is ending.
        """
        self._check_going_on()
        pending = self._queue.put(requests)
        self._filling.arrived()
        self._wake.set()
        return pending

    def submit_unread(self, unread: Unread) -> Pending:
        """The request waits as it came, to be read and decided; await its reply.

        Raises:
            Overloaded: There is no room; nothing was executed.
            ShuttingDown: The loop is ending.
        """
        self._check_going_on()
        pending = self._queue.put_unread(unread)
        self._filling.arrived()
        self._wake.set()
        return pending

    def _check_going_on(self) -> None:
        if self._stopping:
            raise ShuttingDown("this process is going down; repeat with the same request id")

    def ask(self, question: Callable[[Book], Any], min_position: int) -> "asyncio.Future[Any]":
        """The question is answered from a committed position that is current, or later than `min_position`."""
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._readings.append(_Reading(question, min_position, reply, self._turn))
        self._wake.set()
        return reply

    def until_written(self, concerns: Concerns) -> "asyncio.Future[None]":
        """Done when an entry was committed, by whichever process, that concerns the caller; see `Waiting.until`.

        Raises:
            ShuttingDown: The loop is ending. The future raises it too.
        """
        self._check_going_on()
        return self._waiting.until(concerns)

    def act_on_time(self) -> None:
        """What is due happens soon, whether or not a command comes."""
        self._due = True
        self._wake.set()

    @property
    def queued(self) -> int:
        """How many commands wait to be decided."""
        return len(self._queue)

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        waiting = len(self._queue) or self._readings or len(self._waiting)
        return not (waiting or self._wake.is_set() or self._writer.air.last)

    @property
    def empty(self) -> bool:
        """Whether the organization does not exist, as far as this process has looked."""
        replica = self._writer.replica
        return replica is not None and replica.head.position == 0

    async def stop(self) -> None:
        """What waits has been served, and the loop has ended."""
        self._stopping = True
        self._waiting.end(ShuttingDown("this process is going down; ask another"))
        self._wake.set()
        if self._task is not None:
            await self._task

    # The loop

    async def _run(self) -> None:
        """Serve the organization: decide a batch, append it, then reply; decide the next one meanwhile.

        A reply is sent only after its batch is stored; the writer sees to that, and to every fault of the store.
        """
        while not (self._stopping and self.idle):
            await self._wake.wait()
            self._wake.clear()
            if not (self._stopping or self._writer.contended):  # contended, it fills while another has the lock
                await self._filling.enough()
            await self._writer.air.room()
            batch = self._take()
            if not (batch or self._due or self._readings):
                continue
            if batch or self._readings:
                self.used_at = self._loop.time()
            # A lone caller is not worth a task, and readers wait for a book that is level with the journal.
            apart = self._due or self._readings or self._filling.alone
            flight = None if apart else self._writer.take_off(batch)
            if flight is None:
                await self._writer.air.clear()
                await self._finish(batch, self._serve(batch))
            else:
                landing = asyncio.create_task(self._finish(batch, self._writer.write(batch, flight=flight)))
                self._landing.add(landing)
                landing.add_done_callback(self._landing.discard)
                await asyncio.sleep(0)  # it is on its way to the store
                if len(self._queue):
                    self._wake.set()

    def _take(self) -> list[Pending]:
        batch = self._queue.take()
        self._filling.taken(batch)
        if batch:
            self._meter.waited(self._loop.time() - batch[0].since)
        return batch

    async def _finish(self, batch: list[Pending], serving: Coroutine[Any, Any, None]) -> None:
        """A batch is served, whatever happens, and what came meanwhile is looked at."""
        try:
            await serving
        except Exception as bug:  # noqa: BLE001  (the loop must go on, and every caller must get an answer)
            self._fail(batch, bug)
        self._filling.served(batch)
        if len(self._queue) or self._readings or self._stopping:
            self._wake.set()

    async def _serve(self, batch: list[Pending]) -> None:
        due, self._due = self._due, False
        self._turn += 1
        if batch or due:
            await self._writer.write(batch, self._take)
        level = bool(batch)
        # A reader that came while the batch was under way may have been told of a later position by another process.
        later = [reading for reading in self._readings if level and reading.turn == self._turn]
        readings = [reading for reading in self._readings if not level or reading.turn < self._turn]
        self._readings = later
        await self._read(readings, level=level)

    async def _read_meanwhile(self) -> None:
        """Answer what was asked while very much is due; commands wait for all of it, readers need not."""
        readings, self._readings = self._readings, []
        await self._read(readings, level=False)

    async def _read(self, readings: list[_Reading], *, level: bool) -> None:
        """Answer from a book that is level with the journal. `level`: it was compared since all these were asked."""
        if not readings:
            return
        try:
            replica = await self._writer.load()
            if not level or self._writer.replica is None:
                await replica.follow(self._store, self._limits.catch_up_max)
                replica.book.forget_resolved(self._limits.resolved_kept)
        except Breach as breach:
            await self._writer.quarantine(str(breach))
            _fail(readings, Quarantined(str(breach)))
            return
        except Fault as fault:
            self._writer.replica = None
            _fail(readings, fault)
            return
        for reading in readings:
            self._reply(reading, replica.book)

    def _reply(self, reading: _Reading, book: Book) -> None:
        if reading.reply.done():
            return
        if reading.min_position > book.position:
            reading.reply.set_exception(PositionNotReached(f"the journal is at position {book.position}"))
            return
        try:
            answer = reading.question(book)
        except Exception as bug:  # noqa: BLE001  (it is the asker's, and the loop must go on)
            reading.reply.set_exception(bug)
        else:
            reading.reply.set_result(answer)

    def _fail(self, batch: list[Pending], bug: Exception) -> None:
        log.error("sequencer_failed", organization=self.organization, exc_info=bug)
        self._writer.replica = None
        readings, self._readings = self._readings, []
        for pending in batch:
            pending.fail(bug)
        _fail(readings, bug)


def _fail(readings: list[_Reading], fault: Exception) -> None:
    for reading in readings:
        if not reading.reply.done():
            reading.reply.set_exception(fault)
