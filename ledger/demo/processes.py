"""The client processes: how they are started, told what to do, listened to, and ended.

Each is a process of its own, not a fork: it imports the SDK, opens its own connection and talks to this one by a pipe.
When this process ends, however it ends, the pipes end, and so do they.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

import tallystick
from ledger.demo.caller import Caller, run_all
from ledger.demo.fleet import Agent
from ledger.demo.naive import NaiveCounter, spend
from ledger.demo.plan import PlannedCall
from ledger.demo.records import Record

REPORT_SECONDS: Final = 0.2
END_SECONDS: Final = 5.0
TRACE_CHARACTERS: Final = 2000


class ProcessFailed(Exception):
    """A client process met something that was not planned; the message has its traceback."""


class Phase(StrEnum):
    """What the processes are told to do with their calls."""

    NAIVE = "NAIVE"
    LEDGER = "LEDGER"
    DEATH = "DEATH"


@dataclass(frozen=True, slots=True)
class Job:
    """What one process needs to know.

    Attributes:
        address: Of the ledger.
        agents: The fleet.
        calls: Those that this process makes, in order.
        slots: How many at a time.
        counter_file: The naive counter's.
    """

    address: str
    agents: tuple[Agent, ...]
    calls: tuple[PlannedCall, ...]
    slots: int
    counter_file: Path


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a process is in the present phase."""

    done: int
    refused: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A phase is over, but for dying where that is what it is for. `records` are empty for the naive counter."""

    progress: Progress
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """Something happened that was not planned."""

    trace: str


Notice = Progress | Finished | Failed
Listener = Callable[[Progress], None]


class Crew:
    """Client processes that go through one phase at a time together."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        context = multiprocessing.get_context("spawn")
        self._members: list[tuple[SpawnProcess, Connection]] = []
        for job in jobs:
            here, there = context.Pipe()
            process = context.Process(target=_live, args=(there,), daemon=True)
            with _interrupts_held_back():
                process.start()
                self._members.append((process, here))
            there.close()
            # Not an argument of the process: one that dies before it has read its arguments, when they are large, has
            # whoever started it wait for ever.
            with contextlib.suppress(OSError):
                here.send(job)

    def run(self, phase: Phase, listener: Listener) -> list[Record]:
        """Every process has gone through the phase; what they noted.

        Args:
            phase: Which.
            listener: Is told the sum of all, whenever one of them reports.

        Raises:
            ProcessFailed: One of them did not come to the end.
        """
        for _, connection in self._members:
            with contextlib.suppress(OSError):  # it has ended, and is heard to have
                connection.send(phase)
        latest: dict[Connection, Progress] = {}
        running = {connection for _, connection in self._members}
        records: list[Record] = []
        while running:
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                notice = self._hear(ready)
                if isinstance(notice, Finished):
                    running.discard(ready)
                    records += notice.records
                latest[ready] = notice.progress if isinstance(notice, Finished) else notice
            listener(Progress(sum(one.done for one in latest.values()), sum(one.refused for one in latest.values())))
        return records

    def kill(self) -> None:
        """All have ended by SIGKILL, in the middle of whatever they did."""
        for process, connection in self._members:
            process.kill()
            process.join()
            connection.close()
        self._members.clear()

    def close(self) -> None:
        """All have ended: by themselves, or else by force."""
        for _, connection in self._members:
            connection.close()
        for process, _ in self._members:
            process.join(END_SECONDS)
        self.kill()

    def _hear(self, connection: Connection) -> Progress | Finished:
        try:
            notice: Notice = connection.recv()
        except (EOFError, OSError):
            raise ProcessFailed("a client process ended without a word") from None
        if isinstance(notice, Failed):
            raise ProcessFailed(notice.trace)
        return notice


@contextlib.contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A process started inside the block never hears Ctrl-C; this one hears it when the block is left.

    The other ends when this one closes its pipe.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _live(connection: Connection) -> None:
    """A client process from its beginning to the end of its pipe."""
    with contextlib.suppress(EOFError, OSError):
        job: Job = connection.recv()
        while True:
            phase = Phase(connection.recv())
            try:
                asyncio.run(_go_through(phase, connection, job))
            except OSError:
                raise
            except Exception as error:  # noqa: BLE001  (it is handed to the process that reports it)
                connection.send(Failed(_told(error)))
    # Nobody listens any more, and a hold whose caller has gone lapses by itself: there is nothing to deliver.
    os._exit(0)


def _told(error: BaseException) -> str:
    """What happened, and where; of a group the first, since one thing that goes wrong ends the rest."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return "".join(traceback.format_exception(error)).strip()[-TRACE_CHARACTERS:]


async def _go_through(phase: Phase, connection: Connection, job: Job) -> None:
    done: list[Record] = []
    reporter = asyncio.create_task(_report(connection, done))
    try:
        if phase is Phase.NAIVE:
            await _count_naively(job, done)
        else:
            async with tallystick.AsyncClient(job.address) as client:
                await run_all(Caller(client, job.agents), job.calls, job.slots, done)
                if phase is Phase.DEATH:
                    connection.send(Finished(_progress(done), tuple(done)))
                    await asyncio.Event().wait()  # at work, until it is killed
    finally:
        reporter.cancel()
    connection.send(Finished(_progress(done), tuple(done) if phase is Phase.LEDGER else ()))


async def _count_naively(job: Job, done: list[Record]) -> None:
    waiting = iter(job.calls)

    async def slot(counter: NaiveCounter) -> None:
        for call in waiting:
            admitted = await spend(counter, call)
            done.append(Record(call.number, call.agent, refused="" if admitted else "NO_ROOM"))

    with NaiveCounter(job.counter_file) as counter:
        async with asyncio.TaskGroup() as group:
            for _ in range(job.slots):
                group.create_task(slot(counter))


async def _report(connection: Connection, done: Sequence[Record]) -> None:
    """Say how far this process is, again and again; where nobody listens any more, end it."""
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        try:
            connection.send(_progress(done))
        except OSError:
            os._exit(0)


def _progress(done: Sequence[Record]) -> Progress:
    return Progress(len(done), sum(1 for record in done if record.refused))
