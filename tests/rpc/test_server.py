import asyncio
import socket
from dataclasses import replace
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from ledger import testing
from ledger.core.faults import Fault
from ledger.rpc.server import SERVICES, CannotListen, Options, check_free
from ledger.service import Service
from tallystick.v1 import reservations_pb2
from tests.rpc.world import SCOUT, Wire, usd
from tests.waiting import PATIENCE_S, until_async


async def test_health__names(wire: Wire):
    """A process that serves is live, and ready under that name and the empty one; it knows no other."""
    assert [await wire.healthy(name) for name in ("live", "ready", "")] == [True] * 3
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await wire.healthy("tallystick")
    assert error.value.code() is grpc.StatusCode.NOT_FOUND


async def test_reflection__lists_every_service(wire: Wire):
    """Tools find every service by reflection."""
    channel: Any = wire.channel
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))

    names = {one.name async for answer in call for one in answer.list_services_response.service}

    assert names == {service.full_name for service in SERVICES.values()} | {
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_start__a_second_server_on_the_port(service: Service):
    """A second server on the same port is an error that says what to do."""
    with pytest.raises(CannotListen, match="another process listens on"):
        async with testing.running(options=Options(listen=service.address)):
            pass


async def test_start__shared_port():
    """Asked for, two servers share one port."""
    async with (
        testing.running(options=Options(reuse_port=True)) as first,
        testing.running(options=Options(listen=first.address, reuse_port=True)) as second,
    ):
        assert second.address == first.address


@pytest.mark.parametrize("address", ["203.0.113.7:7420", "no.such.host.invalid:7420"])
def test_check_free__not_ours(address):
    """An address of another machine cannot be listened on, and the error names it."""
    with pytest.raises(CannotListen, match=address.partition(":")[0]):
        check_free(address)


async def test_start__unix_socket(tmp_path):
    """The service listens on a Unix socket too."""
    async with testing.running(options=Options(listen=f"unix:{tmp_path}/s")) as service:
        assert service.address == f"unix:{tmp_path}/s"
        async with Wire(service.address) as wire:
            assert (await wire.call("GetServerInfo")).backend == "memory"


async def test_loopback__never_through_a_proxy(service: Service, monkeypatch):
    """A proxy in the environment does not come between a client that names loopback and the service."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for name in ("http_proxy", "https_proxy", "grpc_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        channel = grpc.aio.insecure_channel(service.address, options=[("grpc.enable_http_proxy", 0)])
        async with channel:
            info: Any = channel.unary_unary("/tallystick.v1.ServerService/GetServerInfo")
            assert await info(b"", timeout=5)


async def test_drain__settlements_only(acme: Wire, service: Service):
    """While it drains, new holds are answered UNAVAILABLE and settlements are served; health says so."""
    service.server._options = replace(service.server._options, drain_seconds=10 * PATIENCE_S)
    held = await acme.call("Reserve", partition=SCOUT, amounts=[usd(5)])
    reserve = {"reserve": reservations_pb2.ReserveRequest(partition=SCOUT, amounts=[usd(1)])}
    slow = asyncio.create_task(acme.stay())
    await until_async(lambda: service.server._gate.open_calls)

    drained = asyncio.create_task(service.server.drain())
    await until_async(lambda: service.server._gate.draining)

    assert [await acme.healthy(name) for name in ("live", "ready", "")] == [True, False, False]
    refused = await acme.fails("Reserve", partition=SCOUT, amounts=[usd(1)])
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert refused.retry_seconds is not None
    batched = await acme.fails("BatchExecute", organization="acme", items=[reserve], atomic=True)
    assert batched.reason == "SHUTTING_DOWN"
    settled = await acme.call("Commit", organization="acme", reservation_id=held.reservation_id, actual=[usd(3)])
    assert settled.state == reservations_pb2.RESERVATION_STATE_COMMITTED
    assert not drained.done()
    slow.cancel()
    await asyncio.wait_for(drained, PATIENCE_S)


async def test_method__unknown(wire: Wire):
    """A method that there is not is UNIMPLEMENTED, as gRPC has it."""
    call: Any = wire.channel.unary_unary("/tallystick.v1.PartitionService/Pause")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call(b"", timeout=5)
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_ready__follows_the_store(service: Service, wire: Wire, monkeypatch):
    """A process whose store does not answer is live and not ready, and ready again when it does."""
    from ledger import service as root

    class Away:
        async def head(self, organization: str) -> Any:
            raise Fault

    await root._probe(service.server, Away())
    away = [await wire.healthy(name) for name in ("live", "ready")]
    await root._probe(service.server, service.store)
    back = await wire.healthy("ready")

    assert (away, back) == ([True, False], True)
