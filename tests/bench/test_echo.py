import asyncio
import os
import sys

import grpc

from ledger.bench import echo
from ledger.bench.messages import reserve
from ledger.launch import Program, own_environment
from tallystick.v1 import batch_pb2, batch_pb2_grpc, reservations_pb2_grpc


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


def test_answer_to_reserve__has_all_that_the_services_has():
    """Every field that the service fills is filled, so that an echo's answer is as large."""
    filled = {field.name for field, _ in echo.answer_to_reserve().ListFields()}

    assert filled >= {"receipt", "reservation_id", "partition", "held", "available", "expire_time", "time_left"}


def test_loop_factory__runs():
    """Whichever loop it is, it runs."""
    with asyncio.Runner(loop_factory=echo.loop_factory()) as runner:
        assert runner.run(asyncio.sleep(0, "ran")) == "ran"
