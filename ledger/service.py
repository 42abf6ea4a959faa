"""The composition root: the only place that knows the store, the sequencers, the reader and the server together."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

from ledger import __version__, collector
from ledger.config import Settings, default_database_file
from ledger.core.faults import Fault
from ledger.observe import logs, monitor
from ledger.observe.monitor import Monitor
from ledger.observe.selection import Selection
from ledger.observe.work import CountedCalls
from ledger.rpc.identity import check_listen
from ledger.rpc.ports import Reader
from ledger.rpc.server import Options, Server
from ledger.rpc.server_info import Facts
from ledger.sequencer.clock import Clock, SystemClock
from ledger.sequencer.meters import SILENT
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.sequencer.sweeper import prune_forever, sweep_forever
from ledger.storage.address import mask_password
from ledger.storage.migrate import schema_state
from ledger.storage.open import OpenStore, open_store
from ledger.storage.settings import StorageSettings
from ledger.storage.store import FORMAT_NEWEST

log = structlog.get_logger("tallystick.service")

_PROBE_EVERY_SECONDS: Final = 1.0
_PROBE_SECONDS: Final = 3.0
_GRACE_SECONDS: Final = 1.0
_CLOSE_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 1.0


@dataclass(slots=True, eq=False)
class Service:
    """A service that runs.

    Attributes:
        address: Where it listens, with the actual port.
        store: Where journals are kept.
        sequencers: Who decides.
        server: Who answers.
        monitor: Who serves metrics and probes; None where nobody does.
    """

    address: str
    store: OpenStore
    sequencers: Sequencers
    server: Server
    monitor: Monitor | None = None


@asynccontextmanager
async def running(
    store: OpenStore,
    options: Options | None = None,
    limits: Limits | None = None,
    clock: Clock | None = None,
    log_level: logs.Level = "info",
    watched: monitor.Options | None = None,
) -> AsyncIterator[Service]:
    """A service on a store that is open, which it does not close. Left, it ends without draining.

    Args:
        store: Has the methods of `ledger.storage.store.Store` and a `reader`.
        options: Where to listen; any free port on loopback where absent.
        limits: What each organization's sequencer takes on.
        clock: The machine's where absent.
        log_level: Whether each call is logged.
        watched: How metrics and probes are served; not at all where absent.
    """
    clock = clock or SystemClock()
    watch = Monitor(store, clock.now, watched) if watched else None
    sequencers = Sequencers(store, limits, clock, watch.work if watch else SILENT)
    reader: Reader = store.reader
    facts = Facts(__version__, store.backend, store.durability, FORMAT_NEWEST)
    calls = CountedCalls(log_level, watch.work) if watch else logs.CallLog(log_level)
    server = Server(sequencers, reader, facts, options or Options(), calls, clock.now)
    await server.start()
    if watch:
        watch.start(lambda: server.not_ready)
    background = [
        asyncio.create_task(_again_and_again(name, work), name=name)
        for name, work in (
            ("sweep", lambda: sweep_forever(sequencers, store)),
            ("prune", lambda: prune_forever(sequencers, store, store.reader)),
            ("probe", lambda: _probe_forever(server, store)),
            *((("beat", lambda: _beat_forever(watch)),) if watch else ()),
        )
    ]
    try:
        await _probe(server, store)
        yield Service(server.address, store, sequencers, server, watch)
    finally:
        await server.stop(0)
        if watch:
            await asyncio.to_thread(watch.stop)
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sequencers.close(), _CLOSE_SECONDS)


async def serve(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second one ends it at once.

    Args:
        settings: What the process is told.
        announce: Takes the first lines, once calls are taken; standard output where absent.

    Raises:
        CannotOpen: The database cannot be used as it is.
        UnsafeListen: The address reaches beyond this machine, and `insecure` was not said.
        CannotListen: The address is taken, or is none of this machine's.
    """
    check_listen(settings.listen, insecure=settings.insecure)
    logs.configure(settings.log_level, settings.log_format)
    told = _Told(patient=settings.workers > 1)
    async with opened(settings) as store:
        options = Options(
            listen=settings.listen,
            reuse_port=settings.reuse_port,
            request_bytes_max=settings.request_bytes_max,
            calls_max=settings.calls_max,
            deadline_max_seconds=settings.deadline_max_seconds,
            drain_seconds=settings.drain_seconds,
        )
        limits = Limits(
            queue_max=settings.queue_max,
            batch_commands_max=settings.batch_commands_max,
            wait_us=int(settings.batch_wait_ms * 1000),
        )
        async with running(store, options, limits, None, settings.log_level, _watched(settings)) as service:
            with told.listening():
                for line in first_lines(settings, service, await _schema(settings)):
                    (announce or _print)(line)
                await told.once.wait()
                log.info("draining", seconds=settings.drain_seconds, address=service.address)
                await told.unless_twice(service.server.drain())
                await service.server.stop(0 if told.twice.is_set() else _GRACE_SECONDS)
        log.info("stopped", at_once=told.twice.is_set())


def run(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """`serve`, on the event loop that the settings name."""
    with collector.tamed(), asyncio.Runner(loop_factory=_loop_factory(settings.event_loop)) as runner:
        runner.run(serve(settings, announce))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[OpenStore]:
    """The store that the settings name, closed afterwards.

    Raises:
        CannotOpen: The database cannot be used as it is; the message says what to do.
    """
    if not settings.database_url:
        default_database_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = await open_store(
        settings.database,
        StorageSettings(
            append_connections=settings.append_connections,
            read_connections=settings.read_connections,
            connect_timeout_ms=settings.connect_timeout_ms,
            lock_timeout_ms=settings.lock_timeout_ms,
            statement_timeout_ms=settings.statement_timeout_ms,
            idle_timeout_ms=settings.idle_timeout_ms,
            transaction_timeout_ms=settings.transaction_timeout_ms,
            prepare_threshold=settings.prepare_threshold,
            synchronous_commit=settings.synchronous_commit,
            synchronous=settings.synchronous,
            allow_unsafe=settings.unsafe_durability,
        ),
    )
    try:
        yield store
    finally:
        await store.close()


def first_lines(settings: Settings, service: Service, schema: str) -> list[str]:
    """What `serve` says of itself once it takes calls."""
    store = service.store
    each = " in each worker" if settings.workers > 1 else ""
    return [
        f"tallystick {__version__}, process {os.getpid()}",
        f"database   {mask_password(settings.database)} ({store.durability})",
        f"schema     {schema}",
        f"pools      {settings.append_connections} appending, {settings.read_connections} reading{each}",
        f"metrics    {_metrics_line(service, settings)}",
        f"listening  {service.address}{' (insecure)' if settings.insecure else ''}",
    ]


def _metrics_line(service: Service, settings: Settings) -> str:
    if service.monitor is None:
        return "off"
    others = ", and one for each other worker" if settings.workers > 1 else ""
    return f"http://{service.monitor.address}/metrics{others}"


class _Told:
    """Whether the process was told to end, and whether it was told again.

    One of several workers is patient: a supervisor may signal a whole group, so it hears SIGTERM from there and from
    its parent, which meant it once. Its parent kills it when it is told again.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.once = asyncio.Event()
        self.twice = asyncio.Event()
        self._patient = patient

    def tell(self) -> None:
        """Another signal."""
        if not self.once.is_set():
            self.once.set()
        elif not self._patient:
            self.twice.set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """SIGTERM and SIGINT are heard."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.tell)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def unless_twice(self, work: Coroutine[Any, Any, object]) -> None:
        """The work was done, or the process was told again."""
        tasks: list[asyncio.Task[object]] = [asyncio.create_task(work), asyncio.create_task(self.twice.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _watched(settings: Settings) -> monitor.Options | None:
    """How the settings say that metrics are served."""
    address = settings.metrics_address
    if not address:
        return None
    selection = Selection(
        settings.metrics_depth,
        _patterns(settings.metrics_partitions),
        _patterns(settings.metrics_tools),
        settings.metrics_series_max,
    )
    return monitor.Options(address, not settings.metrics_listen, selection, settings.metrics_seconds)


def _patterns(listed: str) -> tuple[str, ...]:
    return tuple(pattern for part in listed.split(",") if (pattern := part.strip()))


async def _beat_forever(watch: Monitor) -> None:
    """The event loop turns."""
    while True:
        watch.beat()
        await asyncio.sleep(_PROBE_EVERY_SECONDS)


async def _schema(settings: Settings) -> str:
    """The revision of the database's tables."""
    if settings.database.startswith("memory:"):
        return "none"
    state = await asyncio.to_thread(schema_state, settings.database)
    return state.revision


async def _again_and_again(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What runs beside the calls goes on after a bug, which is told: holds must not stop expiring in silence."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("background_failed", work=name)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _probe_forever(server: Server, store: Any) -> None:  # noqa: ANN401  (a Store with its reader)
    while True:
        await asyncio.sleep(_PROBE_EVERY_SECONDS)
        await _probe(server, store)


async def _probe(server: Server, store: Any) -> None:  # noqa: ANN401  (a Store with its reader)
    """Ready is a process whose store answers, on the connections that its books use: long lists change nothing."""
    try:
        await asyncio.wait_for(store.head(""), _PROBE_SECONDS)
    except (Fault, TimeoutError) as error:
        log.warning("not_ready", cause=repr(error))
        await server.set_ready(ready=False, why_not="the database does not answer")
    else:
        await server.set_ready(ready=True)


def _loop_factory(choice: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if choice == "asyncio":
        return None
    try:
        import uvloop  # noqa: PLC0415  (optional)
    except ImportError:
        if choice == "uvloop":
            raise
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
