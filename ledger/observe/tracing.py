"""Tracing: what becomes of a call in the service, as spans of the trace that its caller is in.

A call's own span is made by OpenTelemetry's interceptor. Below it, for each attempt to append, are two: what passed
until its batch was sent to the store (queue, batch, decision), and the append. A batch is appended once for all its
calls; each of them gets a span of that append, so that each trace is whole.

Everything stands around the parts of the service, and only where tracing is on: the parts know nothing of it.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from time import time_ns
from typing import Any

_MISSING = "tracing needs OpenTelemetry, which is not installed: pip install 'tallystick-server[otel]'"


class CannotTrace(Exception):
    """OpenTelemetry is not installed; the message says what to install."""


class Traces:
    """Which call, and so which trace, the requests under way are of."""

    def __init__(self) -> None:
        """None is under way.

        Raises:
            CannotTrace: OpenTelemetry is not installed.
        """
        try:
            from opentelemetry import context, trace  # noqa: PLC0415  (optional)
        except ImportError as error:
            raise CannotTrace(_MISSING) from error
        self._current = context.get_current
        self._tracer: Any = trace.get_tracer("tallystick")
        self._failed = trace.Status(trace.StatusCode.ERROR)
        self._under_way: dict[tuple[str, str], tuple[Any, int]] = {}

    def interceptors(self) -> list[Any]:
        """What makes a span of each call to the server.

        Raises:
            CannotTrace: OpenTelemetry is not installed.
        """
        try:
            from opentelemetry.instrumentation import grpc  # noqa: PLC0415  (optional)
        except ImportError as error:
            raise CannotTrace(_MISSING) from error
        instrumentation: Any = grpc
        calls = instrumentation.filters.negate(instrumentation.filters.health_check())
        return [instrumentation.aio_server_interceptor(filter_=calls)]

    @contextmanager
    def under_way(self, requests: Iterable[tuple[str, str]]) -> Iterator[None]:
        """Inside, what is appended for these requests, by organization and id, is of the current trace."""
        keys = self.begin(requests)
        try:
            yield
        finally:
            self.end(keys)

    def begin(self, requests: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """From now on; which they are, for `end`. A request without an id leaves nothing in the journal."""
        keys = [key for key in requests if key[1]]
        self._under_way.update(dict.fromkeys(keys, (self._current(), time_ns())))
        return keys

    def end(self, keys: Iterable[tuple[str, str]]) -> None:
        """They have their answers."""
        for key in keys:
            self._under_way.pop(key, None)

    @contextmanager
    def appending(self, batch: Any) -> Iterator[None]:  # noqa: ANN401  (of ledger.storage.store)
        """Inside, a batch is appended: spans for each of its calls."""
        begun, failed = time_ns(), True
        try:
            yield
            failed = False
        finally:
            ended = time_ns()
            keys = {(batch.organization, stored.entry.request_id) for stored in batch.entries}
            told = {"tallystick.organization": batch.organization, "tallystick.position": batch.head.position}
            told["tallystick.entries"] = len(batch.entries)
            for key in keys & self._under_way.keys():
                context, since = self._under_way[key]
                self._tracer.start_span("tallystick.decide", context, start_time=since).end(begun)
                span = self._tracer.start_span("tallystick.append", context, attributes=told, start_time=begun)
                if failed:
                    span.set_status(self._failed)
                span.end(ended)
                self._under_way[key] = context, ended


class TracedSubmitter:
    """Whoever decides commands, and knows of which traces they are."""

    def __init__(self, submitter: Any, traces: Traces) -> None:  # noqa: ANN401  (of ledger.rpc.ports)
        self._submitter = submitter
        self._traces = traces

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever else it does)
        return getattr(self._submitter, name)

    async def submit(self, request: Any) -> Any:  # noqa: ANN401  (of ledger.core.commands)
        """As the submitter itself."""
        with self._traces.under_way([(request.organization, request.request_id)]):
            return await self._submitter.submit(request)

    async def submit_all(self, requests: Sequence[Any]) -> Any:  # noqa: ANN401
        """As the submitter itself."""
        with self._traces.under_way([(one.organization, one.request_id) for one in requests]):
            return await self._submitter.submit_all(requests)

    def submit_unread(self, unread: Any) -> Any:  # noqa: ANN401  (of ledger.rpc.asked)
        """As the submitter itself."""
        reply = self._submitter.submit_unread(unread)
        keys = self._traces.begin([(unread.organization, unread.message.request_id)])
        reply.add_done_callback(lambda _: self._traces.end(keys))
        return reply


class TracedStore:
    """A store whose appends are seen in the traces of the calls that they are for."""

    def __init__(self, store: Any, traces: Traces) -> None:  # noqa: ANN401  (of ledger.storage.store)
        self._store = store
        self._traces = traces

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever else it does)
        return getattr(self._store, name)

    async def append(self, batch: Any) -> Any:  # noqa: ANN401
        """As the store itself."""
        with self._traces.appending(batch):
            return await self._store.append(batch)

    @asynccontextmanager
    async def lock(self, organization: str, after: int | None = None, limit: int = 0) -> AsyncIterator[Any]:
        """As the store itself."""
        async with self._store.lock(organization, after, limit) as locked:
            yield _TracedHead(locked, self._traces)


class _TracedHead:
    def __init__(self, locked: Any, traces: Traces) -> None:  # noqa: ANN401  (of ledger.storage.store)
        self._locked = locked
        self._traces = traces

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever else it does)
        return getattr(self._locked, name)

    async def append(self, batch: Any) -> Any:  # noqa: ANN401
        with self._traces.appending(batch):
            return await self._locked.append(batch)


@contextmanager
def exporting() -> Iterator[None]:
    """Inside, spans are sent by OTLP, as OpenTelemetry's own variables say; what is left is sent at the end.

    A process that was started with a provider of its own keeps it.

    Raises:
        CannotTrace: OpenTelemetry is not installed.
    """
    try:
        from opentelemetry import trace  # noqa: PLC0415  (optional)
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise CannotTrace(_MISSING) from error
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield
        return
    named = Resource.create({"service.name": "tallystick"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()
