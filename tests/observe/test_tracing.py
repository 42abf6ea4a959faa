import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import tallystick
from ledger.cli.main import run
from ledger.launch import Service
from ledger.observe import tracing
from ledger.rpc.server import Options
from ledger.sequencer.registry import Sequencers
from ledger.storage.memory import MemoryStore
from ledger.storage.open import open_store
from ledger.testing import running

RESERVE = "/tallystick.v1.ReservationService/Reserve"


@asynccontextmanager
async def _traced(store=None):
    """A service and a client that are, and an agent with budget."""
    async with (
        running(store, Options(tracing=True)) as service,
        tallystick.AsyncClient(service.address, tracing=True) as client,
    ):
        await _found(client)
        yield client


def _tool():
    return trace.get_tracer("test").start_as_current_span("tool")


@pytest.fixture(scope="module")
def exporter():
    """Keeps the spans of this process. A process has one provider, and keeps it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter):
    """The spans that were made since the test began."""
    exporter.clear()
    return exporter.get_finished_spans


async def _found(client):
    await client.create_organization("acme", units={"USD": 9})
    await client.fund("acme", "100 USD")
    await client.create_partition("acme/scout")
    await client.allocate("acme/scout", "50 USD")


def _tree(spans, span):
    """Its name and kind, and those below it."""
    below = sorted((one for one in spans if one.parent and one.parent.span_id == span.context.span_id), key=_begin)
    return (span.name, span.kind.name, [_tree(spans, one) for one in below])


def _begin(span):
    return span.start_time


def _of(tool, spans):
    """Those of its trace."""
    return [span for span in spans if span.context.trace_id == tool.get_span_context().trace_id]


APPENDED: list[Any] = [("tallystick.decide", "INTERNAL", []), ("tallystick.append", "INTERNAL", [])]


def _whole(method):
    name = method.removeprefix("/")
    return (method, "CLIENT", [(method, "SERVER", APPENDED)]), (name, "CLIENT", [(name, "SERVER", APPENDED)])


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize("backend", ["memory", "sqlite"])
async def test_traces__from_the_tool_call_to_the_append(tmp_path, spans, kind, backend):
    """What an agent does is one trace: its tool's span, the client's, the service's, the decision, the append."""
    url = "memory:" if backend == "memory" else f"sqlite:///{tmp_path / 'ledger.db'}"
    store = await open_store(url)
    async with _traced(store) as client:
        with _tool() as tool:
            if kind == "async":
                await client.reserve("acme/scout", "1 USD")
            else:
                await asyncio.to_thread(_reserve, client.address)
    await store.close()

    mine = _of(tool, spans())
    [top] = [span for span in mine if span.name == "tool"]
    *_, call = _tree(mine, top)[-1]
    assert call in _whole(RESERVE)
    [append] = [span for span in mine if span.name == "tallystick.append"]
    assert dict(append.attributes) == {
        "tallystick.organization": "acme",
        "tallystick.position": 5,
        "tallystick.entries": 1,
    }


def _reserve(address):
    with tallystick.Client(address, tracing=True) as client:
        client.reserve("acme/scout", "1 USD")


async def test_traces__calls_of_one_batch(spans):
    """Calls that are appended together have an append in each of their traces."""
    async with _traced() as client:

        async def work():
            with _tool() as tool:
                await client.reserve("acme/scout", "1 USD")
            return tool.get_span_context().trace_id

        traces = await asyncio.gather(*(work() for _ in range(20)))

    appended = [span.context.trace_id for span in spans() if span.name == "tallystick.append"]
    assert len(set(traces)) == 20
    assert sorted(one for one in appended if one in traces) == sorted(traces)


async def test_traces__a_refusal(spans):
    """A refusal that leaves nothing in the journal is a span of the service with its status, and no append."""
    async with _traced() as client:
        with _tool() as tool, pytest.raises(tallystick.Refused):
            await client.reserve("acme/scout", "51 USD", validate_only=True)

    mine = _of(tool, spans())
    [server] = [span for span in mine if span.kind is trace.SpanKind.SERVER]
    assert server.attributes["rpc.grpc.status_code"] == 9
    assert [span for span in mine if span.name.startswith("tallystick.append")] == []


async def test_traces__off(spans, monkeypatch):
    """Without tracing nothing stands between the parts, no span is made, and nothing of it is asked for."""
    monkeypatch.setattr(tracing, "Traces", None)
    async with running() as service:
        async with tallystick.AsyncClient(service.address) as client:
            await _found(client)
            with _tool():
                await client.reserve("acme/scout", "1 USD")

        assert type(service.server._submitter) is Sequencers
        assert type(service.sequencers._store) is MemoryStore
        assert not service.server._interceptors
    assert [span.name for span in spans()] == ["tool"]


async def test_traced_store__append_that_fails(spans):
    """An append that fails is a span that says so; what is tried again begins where it ended."""
    traces = tracing.Traces()
    store = tracing.TracedStore(_Failing(), traces)
    batch = _Batch()

    with traces.under_way([("acme", "r1")]):
        for append in (store.append, (await store.lock("acme").__aenter__()).append):
            with pytest.raises(RuntimeError):
                await append(batch)

    made = [(span.name, span.status.status_code.name) for span in spans()]
    assert made == [("tallystick.decide", "UNSET"), ("tallystick.append", "ERROR")] * 2
    assert spans()[1].end_time == spans()[2].start_time
    with pytest.raises(RuntimeError):
        await store.append(batch)
    assert len(spans()) == 4, "nobody waits for it any more"


class _Batch:
    organization = "acme"

    class head:  # noqa: N801
        position = 5

    class _Stored:
        class entry:  # noqa: N801
            request_id = "r1"

    entries = (_Stored,)


class _Failing:
    async def append(self, batch):
        raise RuntimeError

    def lock(self, *_):
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None


def test_exporting__keeps_a_provider(exporter):
    """A process that has a provider keeps it."""
    before = trace.get_tracer_provider()

    with tracing.exporting():
        assert trace.get_tracer_provider() is before


class _Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self):
        self.names = []

    def Export(self, request, context):
        for resource in request.resource_spans:
            service = {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"]
            self.names += [(service, span.name) for scope in resource.scope_spans for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def collector(monkeypatch):
    """Takes spans by OTLP, as the environment says."""
    collector = _Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    server.start()
    yield collector
    server.stop(None)


@pytest.mark.process
def test_exporting__of_a_service(tmp_path, collector):
    """A service that is told to sends its spans where OpenTelemetry's variables say, the last ones when it ends."""
    with (
        Service(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}", tracing="true") as service,
        tallystick.Client(service.address) as client,
    ):
        client.create_organization("acme", units={"USD": 9})

    method = "/tallystick.v1.OrganizationService/CreateOrganization"
    expected = {("tallystick", name) for name in (method, "tallystick.decide", "tallystick.append")}
    assert {(service, name) for service, name in collector.names} >= expected


def test_tracing__not_installed_for_serve(monkeypatch, capsys):
    """Who asks `serve` to trace without it is told what to install, in a sentence."""
    monkeypatch.setenv("TALLYSTICK_TRACING", "true")
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "memory:")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    assert run(["serve", "--listen", "127.0.0.1:0"]) == 2
    assert "tallystick-server[otel]" in capsys.readouterr().err


@pytest.mark.parametrize("use", [tracing.Traces, lambda: tracing.exporting().__enter__()])
def test_tracing__not_installed(monkeypatch, use):
    """Where OpenTelemetry is missing, what to install is said."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(tracing.CannotTrace, match=r"tallystick-server\[otel\]"):
        use()
