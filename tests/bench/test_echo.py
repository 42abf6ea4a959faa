import asyncio
import os
import sys

import grpc

from ledger import testing
from ledger.bench import echo
from ledger.bench.books import Books
from ledger.bench.messages import agent_path, reserve, uuid7s
from ledger.launch import Program, own_environment
from tallystick.v1 import batch_pb2, batch_pb2_grpc, reservations_pb2, reservations_pb2_grpc


def test_echo__process(tmp_path):
    """The process answers each request with its own id, alone and in a batch."""
    batch = batch_pb2.BatchExecuteRequest(organization="acme")
    batch.items.add().reserve.CopyFrom(reserve("acme/scout"))
    command = [sys.executable, "-m", "ledger.bench.echo"]

    with Program("echo", tmp_path / "log", command, own_environment(os.environ)) as program:
        channel = grpc.insecure_channel(program.address)
        one = reservations_pb2_grpc.ReservationServiceStub(channel).Reserve(reserve("acme/scout"))
        many = batch_pb2_grpc.BatchServiceStub(channel).BatchExecute(batch)
        channel.close()

    assert one.reservation_id == reserve("acme/scout").request_id
    assert [result.reserve for result in many.results] == [one]


def test_fill__as_large_as_the_services():
    """An echo that answered less than the service would be no ceiling of it."""
    asked = reserve(agent_path("w00001", 42))
    asked.request_id = next(uuid7s(1))
    with testing.serving() as service, Books(service.address) as books:
        books.make("w00001", agents=43)
        with grpc.insecure_channel(service.address) as channel:
            answer = reservations_pb2_grpc.ReservationServiceStub(channel).Reserve(asked)

    made = reservations_pb2.ReserveResponse()
    echo.fill(made, asked.request_id)
    assert [field.name for field, _ in made.ListFields()] == [field.name for field, _ in answer.ListFields()]
    assert abs(made.ByteSize() - answer.ByteSize()) <= 8


def test_loop_factory__runs():
    """Whichever loop it is, it runs."""
    with asyncio.Runner(loop_factory=echo.loop_factory()) as runner:
        assert runner.run(asyncio.sleep(0, "ran")) == "ran"
