"""The composition root: the only place that knows the store, the sequencers, the reader and the server together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import structlog

from ledger import __version__
from ledger.core.faults import Fault
from ledger.observe import logs, monitor
from ledger.observe.beside import OfVerifier, OfWebhooks
from ledger.observe.monitor import Monitor
from ledger.observe.tracing import TracedStore, TracedSubmitter, Traces
from ledger.observe.work import CountedCalls
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.server import Options, Server
from ledger.rpc.server_info import Facts
from ledger.sequencer.clock import Clock, SystemClock
from ledger.sequencer.meters import SILENT
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from ledger.sequencer.sweeper import prune_forever, sweep_forever
from ledger.storage.open import OpenStore
from ledger.storage.reporting import Reports
from ledger.storage.store import FORMAT_NEWEST
from ledger.verifying import VerifierProcess
from ledger.webhooks.deliverer import Deliverer
from ledger.webhooks.sending import Sender
from ledger.webhooks.settings import Webhook

log = structlog.get_logger("tallystick.service")

_PROBE_EVERY_SECONDS: Final = 1.0
_PROBE_SECONDS: Final = 3.0
_CLOSE_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 3.0
"""Longer than any of what runs beside the calls takes to end."""


Beside = tuple[str, Callable[[], Coroutine[Any, Any, None]]]
"""A work's name, and what does it until it is cancelled."""


@dataclass(slots=True, eq=False)
class Service:
    """A service that runs.

    Attributes:
        address: Where it listens, with the actual port.
        store: Where journals are kept.
        sequencers: Who decides.
        server: Who answers.
        monitor: Who serves metrics and probes; None where nobody does.
        deliverers: Who sends events, each from one journal to one webhook.
    """

    address: str
    store: OpenStore
    sequencers: Sequencers
    server: Server
    monitor: Monitor | None = None
    deliverers: tuple[Deliverer, ...] = ()


@asynccontextmanager
async def running(
    store: OpenStore,
    options: Options | None = None,
    limits: Limits | None = None,
    clock: Clock | None = None,
    log_level: logs.Level = "info",
    watched: monitor.Options | None = None,
    webhooks: Sequence[Webhook] = (),
    verifier: VerifierProcess | None = None,
    beside: Sequence[Beside] = (),
) -> AsyncIterator[Service]:
    """A service on a store that is open, which it does not close. Left, it ends without draining.

    Args:
        store: Has the methods of `ledger.storage.store.Store` and a `reader`.
        options: Where to listen; any free port on loopback where absent.
        limits: What each organization's sequencer takes on.
        clock: The machine's where absent.
        log_level: Whether each call is logged.
        watched: How metrics and probes are served; not at all where absent.
        webhooks: Who is sent events.
        verifier: Who keeps up with the journals; nobody where absent.
        beside: What else is done while it runs.
    """
    options = options or Options()
    clock = clock or SystemClock()
    watch = Monitor(store, clock.now, watched) if watched else None
    traces = Traces() if options.tracing else None
    kept = TracedStore(store, traces) if traces else store
    sequencers = Sequencers(kept, limits, clock, watch.work if watch else SILENT)
    submitter: Submitter = TracedSubmitter(sequencers, traces) if traces else sequencers
    reader: Reader = store.reader
    facts = Facts(__version__, store.backend, store.durability, FORMAT_NEWEST)
    calls = CountedCalls(log_level, watch.work) if watch else logs.CallLog(log_level)
    interceptors = traces.interceptors() if traces else ()
    reports = Reports(store.reporter())
    server = Server(submitter, reader, facts, options, calls, clock.now, reports=reports, interceptors=interceptors)
    deliverers = _deliverers(webhooks, sequencers, store)
    background: list[asyncio.Task[None]] = []
    try:
        await server.start()
        if watch:
            watch.tell(OfWebhooks(lambda: [one.status for one in deliverers]))
            if verifier:
                watch.tell(OfVerifier(lambda: verifier.status))
            watch.start(lambda: server.not_ready)
        background += [
            asyncio.create_task(_again_and_again(name, work), name=name)
            for name, work in (
                ("sweep", lambda: sweep_forever(sequencers, store)),
                ("prune", lambda: prune_forever(sequencers, store, store.reader)),
                ("probe", lambda: _probe_forever(server, store)),
                *((("beat", lambda: _beat_forever(watch)),) if watch else ()),
                *((("verify", verifier.run),) if verifier else ()),
                *((f"webhook {one.status.webhook} {one.status.organization}", one.run) for one in deliverers),
                *beside,
            )
        ]
        await _probe(server, store)
        yield Service(server.address, store, sequencers, server, watch, deliverers)
    finally:
        await server.stop(0)
        if watch:
            await asyncio.to_thread(watch.stop)
        await _ended(background)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sequencers.close(), _CLOSE_SECONDS)
        await reports.close()


def _deliverers(webhooks: Sequence[Webhook], sequencers: Sequencers, store: OpenStore) -> tuple[Deliverer, ...]:
    holder, now = uuid4().hex, sequencers.clock.now
    return tuple(
        Deliverer(
            webhook,
            organization,
            store,
            store.reader,
            sequencers,
            Sender(webhook.url, webhook.timeout_seconds),
            holder,
            now,
        )
        for webhook in webhooks
        for organization in webhook.organizations
    )


async def _beat_forever(watch: Monitor) -> None:
    """The event loop turns."""
    while True:
        watch.beat()
        await asyncio.sleep(_PROBE_EVERY_SECONDS)


async def _again_and_again(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What runs beside the calls goes on after a bug, which is told: holds must not stop expiring in silence."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("background_failed", work=name)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _ended(tasks: Iterable[asyncio.Task[None]], every: float = _AGAIN_SECONDS) -> None:
    """All were cancelled, and have ended.

    One that is cancelled in the moment in which what it waits for is done may never hear of it, and go on: so it was
    with `asyncio.wait_for` before Python 3.12. It is told again.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=every)


async def _probe_forever(server: Server, store: Any) -> None:  # noqa: ANN401  (a Store with its reader)
    while True:
        await asyncio.sleep(_PROBE_EVERY_SECONDS)
        await _probe(server, store)


async def _probe(server: Server, store: Any) -> None:  # noqa: ANN401  (a Store with its reader)
    """Ready is a process whose store answers, on the connections that its books use: long lists change nothing."""
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await store.head("")
    except (Fault, TimeoutError) as error:
        log.warning("not_ready", cause=repr(error))
        await server.set_ready(ready=False, why_not="the database does not answer")
    else:
        await server.set_ready(ready=True)
