"""`tallystick serve`: the service as the settings say, from its first lines to its end."""

import asyncio
import contextlib
import faulthandler
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from ledger import __version__, collector
from ledger.archive.checkpointing import Checkpointer, CheckpointFile
from ledger.config import Settings, SettingsError, default_database_file
from ledger.observe import logs, monitor
from ledger.observe.selection import Selection
from ledger.observe.tracing import exporting
from ledger.rpc.identity import check_listen
from ledger.rpc.server import Options
from ledger.sequencer.pending import Limits
from ledger.service import Beside, Service, running
from ledger.storage.address import mask_password
from ledger.storage.migrate import schema_state
from ledger.storage.open import OpenStore, open_store
from ledger.storage.settings import StorageSettings
from ledger.told import Told
from ledger.verify.keys import SigningKey
from ledger.verifying import Options as VerifierOptions
from ledger.verifying import VerifierProcess
from ledger.webhooks.settings import Webhook, WebhooksError, load

log = structlog.get_logger("tallystick.service")

_GRACE_SECONDS: Final = 1.0
_END_SECONDS: Final = 30.0
"""Beyond the drain, for everything to end in order."""


async def serve(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second one ends it at once.

    Args:
        settings: What the process is told.
        announce: Takes the first lines, once calls are taken; standard output where absent.

    Raises:
        CannotOpen: The database cannot be used as it is.
        SettingsError: Checkpoints are to be made, and no key is named.
        KeyUnusable: It cannot be used.
        UnsafeListen: The address reaches beyond this machine, and `insecure` was not said.
        CannotListen: The address is taken, or is none of this machine's.
        SettingsError: The webhooks' file is wrong.
    """
    check_listen(settings.listen, insecure=settings.insecure)
    webhooks = webhooks_of(settings)
    logs.configure(settings.log_level, settings.log_format)
    told = Told(patient=settings.workers > 1)
    with contextlib.ExitStack() as stack:
        if settings.tracing:
            stack.enter_context(exporting())
        await _serve(settings, webhooks, announce, told)


async def _serve(
    settings: Settings, webhooks: Sequence[Webhook], announce: Callable[[str], None] | None, told: Told
) -> None:
    async with opened(settings) as store:
        options = Options(
            listen=settings.listen,
            reuse_port=settings.reuse_port,
            request_bytes_max=settings.request_bytes_max,
            calls_max=settings.calls_max,
            deadline_max_seconds=settings.deadline_max_seconds,
            drain_seconds=settings.drain_seconds,
            tracing=settings.tracing,
            watchers_max=settings.watchers_max,
            watch_patience_seconds=settings.watch_patience_seconds,
        )
        limits = Limits(
            queue_max=settings.queue_max,
            batch_commands_max=settings.batch_commands_max,
            wait_us=int(settings.batch_wait_ms * 1000),
        )
        watched = _watched(settings)
        verifier, beside = background_verifier(settings), _checkpointing(settings, store)
        made = running(store, options, limits, None, settings.log_level, watched, webhooks, verifier, beside)
        async with made as service:
            with told.listening():
                for line in first_lines(settings, service, await _schema(settings)):
                    (announce or _print)(line)
                await told.once.wait()
                log.info("draining", seconds=settings.drain_seconds, address=service.address)
                faulthandler.dump_traceback_later(
                    settings.drain_seconds + _END_SECONDS, exit=True, file=sys.__stderr__ or sys.stderr
                )
                await told.unless_twice(service.server.drain())
                await service.server.stop(0 if told.twice.is_set() else _GRACE_SECONDS)
        log.info("stopped", at_once=told.twice.is_set())


def _checkpointing(settings: Settings, store: OpenStore) -> list[Beside]:
    """Checkpoints are made, if the settings say where."""
    if not settings.checkpoint_file:
        return []
    if not settings.checkpoint_key_file:
        raise SettingsError(
            "TALLYSTICK_CHECKPOINT_FILE needs TALLYSTICK_CHECKPOINT_KEY_FILE; make one: tallystick checkpoint keygen"
        )
    key = SigningKey.load(Path(settings.checkpoint_key_file))
    checkpointer = Checkpointer(store, store.reader, key, CheckpointFile(settings.checkpoint_file))
    return [("checkpoint", lambda: checkpointer.run(settings.checkpoint_seconds))]


def background_verifier(settings: Settings) -> VerifierProcess | None:
    """Whoever keeps up with the journals and says what differs; None where nobody is to, or nothing is kept."""
    if not settings.verify_seconds or settings.database.startswith("memory:"):
        return None
    return VerifierProcess(
        VerifierOptions(
            settings.database,
            settings.verify_seconds,
            settings.verify_share,
            settings.verify_full_hours * 3600,
            settings.log_level,
            settings.log_format,
        )
    )


def run(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """`serve`, on the event loop that the settings name.

    A process that was told to end and has not ended in time, says where its threads are and ends with status 1.
    """
    try:
        with collector.tamed(), asyncio.Runner(loop_factory=_loop_factory(settings.event_loop)) as runner:
            runner.run(serve(settings, announce))
    finally:
        faulthandler.cancel_dump_traceback_later()


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


def webhooks_of(settings: Settings) -> list[Webhook]:
    """The webhooks that the settings name.

    Raises:
        SettingsError: Their file is wrong.
    """
    if not settings.webhooks_file:
        return []
    try:
        return load(Path(settings.webhooks_file))
    except WebhooksError as error:
        raise SettingsError(f"TALLYSTICK_WEBHOOKS_FILE: {error}") from error


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


async def _schema(settings: Settings) -> str:
    """The revision of the database's tables."""
    if settings.database.startswith("memory:"):
        return "none"
    state = await asyncio.to_thread(schema_state, settings.database)
    return state.revision


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
