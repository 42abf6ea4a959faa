import asyncio

import grpc
import pytest

from ledger import testing
from ledger.rpc.server import CannotListen, Options
from ledger.storage.memory import MemoryStore
from tallystick.v1 import server_pb2_grpc
from tallystick.v1.server_pb2 import GetServerInfoRequest
from tests.rpc.world import Wire, found_acme


def test_serving__without_an_event_loop():
    """A test without an event loop gets a real service on a thread; afterwards nobody listens."""
    with testing.serving() as service, grpc.insecure_channel(service.address) as channel:
        info = server_pb2_grpc.ServerServiceStub(channel).GetServerInfo(GetServerInfoRequest(), timeout=5)
        assert info.backend == "memory"
    with grpc.insecure_channel(service.address) as channel, pytest.raises(grpc.RpcError):
        server_pb2_grpc.ServerServiceStub(channel).GetServerInfo(GetServerInfoRequest(), timeout=1)


async def test_running__on_a_store_of_ones_own():
    """What one service wrote is there for the next on the same store."""
    store = MemoryStore()
    for first in (True, False):
        async with testing.running(store) as service, Wire(service.address) as wire:
            if first:
                await found_acme(wire)
            else:
                assert (await wire.call("GetOrganization", organization="acme")).position == 9


async def test_running__cannot_listen():
    """What keeps the service from starting is raised where it was asked for, and nothing is left behind."""
    before = len(asyncio.all_tasks())
    async with testing.running() as service:
        with pytest.raises(CannotListen):
            async with testing.running(options=Options(listen=service.address)):
                pass
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) <= before + 1
