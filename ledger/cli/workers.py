"""`tallystick serve --workers`: a parent that serves nobody, and workers of which each serves on the same port.

Workers are started, not forked: gRPC does not survive a fork. Each listens by itself (SO_REUSEPORT), and the kernel
hands every new connection to one of them. The parent keeps the port bound and never listens, so that a port that the
system chose stays theirs, and no connection waits for somebody who does not take it.

A worker is the service as it is without workers. Its input is a pipe whose other end only the parent has: the first
line are its settings, and the end is the parent's end, however that came. Its output is one line: the service's first
lines, or why there is no service.

A worker that ended is replaced, at once and then after longer and longer pauses, without end: while a database is
away no new worker can start, and giving up would make an hour without it an outage until somebody comes. Whoever
starts the parent sees by `ready`, or by nobody listening, that none serves.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from ledger import __version__
from ledger.cli.problems import Complaint, ExitCode, problem_of
from ledger.config import PORT_MAX, Settings, SettingsError
from ledger.observe import logs

log = structlog.get_logger("tallystick.workers")

COMMAND: Final = (sys.executable, "-P", "-m", "ledger.cli.workers")
"""Starts a worker. -P: whatever lies in the folder where the parent was started is not ours."""

_SHARED_BY_NONE: Final = {"", "sqlite", "memory"}
_END_SECONDS: Final = 10.0
"""How long a worker may take to end beside draining, before it is killed."""
_STEADY_SECONDS: Final = 60.0
"""A worker that served so long did not die of what killed the one before."""
_PAUSE_SECONDS_MAX: Final = 30.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that takes calls.

    Attributes:
        number: Its place, from 1; that which replaces it has the same.
        process: It.
        lines: What it said of itself.
        began: When it took calls, by the loop's clock.
    """

    number: int
    process: Process
    lines: list[str]
    began: float


def check_shared(settings: Settings) -> None:
    """Several processes can serve what the settings name.

    Raises:
        SettingsError: They cannot; the message says what to do.
    """
    asked = f"{settings.workers} workers"
    if settings.database_url.partition(":")[0] in _SHARED_BY_NONE:
        raise SettingsError(
            f"{asked} need a database that they share: name a PostgreSQL with --database or TALLYSTICK_DATABASE_URL, "
            "or serve with one"
        )
    if settings.listen.startswith("unix"):
        raise SettingsError(
            f"{asked} cannot share the socket {settings.listen}: listen on host:port, or serve with one"
        )


def settings_of(settings: Settings, number: int) -> Settings:
    """What one worker is told: its metrics are on a port of its own, because one scrape is of one process.

    What is done once for the database, the first one does.
    """
    if number > 1:
        settings = settings.model_copy(update={"verify_seconds": 0.0, "checkpoint_file": ""})
    host, _, port = settings.metrics_address.rpartition(":")
    if not port or port == "0":
        return settings
    address = f"{host}:{(int(port) + number - 1) % (PORT_MAX + 1)}"
    if not settings.metrics_listen and not _is_free(address):
        address = f"{host}:0"  # nobody asked for that port
    return settings.model_copy(update={"metrics_listen": address})


def _is_free(address: str) -> bool:
    from ledger.rpc.server import CannotListen, check_free

    try:
        check_free(address)
    except CannotListen:
        return False
    return True


async def supervise(settings: Settings, announce: Callable[[str], None]) -> None:
    """Workers serve until SIGTERM or SIGINT, and then drain; a second one ends them at once.

    Args:
        settings: As many workers as they name.
        announce: Takes the first lines, once every worker takes calls.

    Raises:
        SettingsError: The database or the address cannot be shared.
        UnsafeListen: The address reaches beyond this machine, and `insecure` was not said.
        CannotListen: The address is taken, or is none of this machine's.
        Complaint: A worker cannot serve. None is left.
    """
    from ledger.rpc.identity import check_listen
    from ledger.rpc.server import check_free

    check_shared(settings)
    check_listen(settings.listen, insecure=settings.insecure)
    if not settings.reuse_port:
        check_free(settings.listen)
    logs.configure(settings.log_level, settings.log_format)
    with hold_port(settings.listen) as held:
        listen = f"{settings.listen.rpartition(':')[0]}:{held.getsockname()[1]}"
        await Workers(settings.model_copy(update={"listen": listen, "reuse_port": True})).run(announce)


def hold_port(listen: str) -> socket.socket:
    """A socket that is bound there and does not listen; others that share the port may.

    Raises:
        CannotListen: The address is taken, or is none of this machine's.
    """
    from ledger.rpc.server import CannotListen

    host, _, port = listen.rpartition(":")
    problem: OSError | None = None
    with contextlib.suppress(socket.gaierror):
        for family, *_, place in socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM):
            held = socket.socket(family, socket.SOCK_STREAM)
            try:
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                held.bind(place)
                return held
            except OSError as error:  # a name may stand for addresses that this machine does not have all
                held.close()
                problem = error
    raise CannotListen(f"cannot listen on {listen}: {problem.strerror if problem else 'there is no such host'}")


class Workers:
    """As many workers as the settings say, each at its place."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._processes: set[Process] = set()
        self._ending = asyncio.Event()

    async def run(self, announce: Callable[[str], None]) -> None:
        """Every place has a worker, until the parent is told to end and the last worker has ended.

        Raises:
            Complaint: A worker cannot serve from the start. None is left.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        try:
            started = [await self._start(1)]  # alone, so that what stops every worker is said once
            if isinstance(started[0], Worker):
                started += await asyncio.gather(*map(self._start, range(2, self._settings.workers + 1)))
            workers = [one for one in started if isinstance(one, Worker)]
            failed = [one for one in started if isinstance(one, Complaint)]
            if failed and not self._ending.is_set():
                raise failed[0]
            if not failed:
                for line in first_lines(workers):
                    announce(line)
                await asyncio.gather(*map(self._keep, workers))
        finally:
            if not self._ending.is_set():
                self.end()
            await asyncio.gather(*(process.wait() for process in self._processes))
        log.info("stopped")

    def end(self) -> None:
        """Every worker drains and ends. Called again, or when that takes too long, all are killed."""
        how = signal.SIGKILL if self._ending.is_set() else signal.SIGTERM
        if how == signal.SIGTERM:
            asyncio.get_running_loop().call_later(self._settings.drain_seconds + _END_SECONDS, self.end)
        self._ending.set()
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(how)
        if self._processes:
            log.info("ending", how=how.name)

    async def _keep(self, worker: Worker) -> None:
        """Its place is never empty for long."""
        now = asyncio.get_running_loop().time
        number, deaths = worker.number, 0
        last: Worker | Complaint = worker
        while True:
            how = await self._ended(last.process) if isinstance(last, Worker) else last
            if self._ending.is_set():
                return
            if isinstance(last, Worker) and now() - last.began > _STEADY_SECONDS:
                deaths = 0
            pause = pause_seconds(deaths)
            log.error("worker_ended", worker=number, how=how.problem.sentence, next_in_seconds=pause)
            deaths += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
                return
            last = await self._start(number)

    async def _start(self, number: int) -> Worker | Complaint:
        """A worker that takes calls, or why there is none."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            str(number),
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is for the parent, which tells them once
        )
        self._processes.add(process)
        if self._ending.is_set():
            process.terminate()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(settings_of(self._settings, number).model_dump_json().encode() + b"\n")
        said = await process.stdout.readline()
        told: dict[str, Any] = json.loads(said) if said else {}
        if "lines" not in told:
            return await self._ended(process, told)
        log.info("worker_started", worker=number, pid=process.pid)
        return Worker(number, process, told["lines"], asyncio.get_running_loop().time())

    async def _ended(self, process: Process, told: dict[str, Any] | None = None) -> Complaint:
        """The process has ended; why, by what it said or else by its exit code."""
        assert process.stdout is not None
        said = await process.stdout.readline()
        code = await process.wait()
        self._processes.discard(process)
        told = told or (json.loads(said) if said else {})
        if error := told.get("error"):
            return Complaint(ExitCode(error["exit_code"]), error["reason"], error["message"])
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return Complaint(ExitCode.FAULT, "WORKER_ENDED", f"a worker, process {process.pid}, {how}")


def first_lines(workers: list[Worker]) -> list[str]:
    """What `serve` says of itself once every worker takes calls."""
    pids = ", ".join(str(worker.process.pid) for worker in workers)
    return [
        f"tallystick {__version__}, process {os.getpid()}",
        f"workers    {len(workers)}, processes {pids}",
        *workers[0].lines[1:],
    ]


def pause_seconds(deaths: int) -> float:
    """How long a place stays empty after a worker ended, by how many did shortly before."""
    return min(2.0 ** (deaths - 1), _PAUSE_SECONDS_MAX) if deaths else 0.0


def main() -> None:
    """One worker: it serves as the first line of its input says, as long as that input lasts."""
    told = sys.stdin.buffer.readline()
    if not told:
        return
    settings = Settings(**json.loads(told))
    threading.Thread(target=_end_with_parent, args=(settings.drain_seconds + _END_SECONDS,), daemon=True).start()
    structlog.contextvars.bind_contextvars(worker=int(sys.argv[1]), pid=os.getpid())
    said: list[str] = []

    def announce(line: str) -> None:
        said.append(line)
        if line.startswith("listening"):
            print(json.dumps({"lines": said}), flush=True)

    try:
        from ledger.serving import run

        run(settings, announce)
    except Exception as error:  # noqa: BLE001  (the parent says it)
        problem = problem_of(error)
        print(json.dumps(problem.document()), flush=True)
        sys.exit(problem.code)


def _end_with_parent(seconds: float) -> None:
    """When the parent has ended, this process drains and ends, or is killed."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
