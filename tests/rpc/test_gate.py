import asyncio

import pytest

from ledger.core.faults import Overloaded, ShuttingDown
from ledger.rpc.gate import Gate
from tallystick.v1 import batch_pb2, reservations_pb2
from tests.waiting import PATIENCE_S

RESERVE = reservations_pb2.ReserveRequest()
COMMIT = reservations_pb2.CommitRequest()
HOLDING = batch_pb2.BatchExecuteRequest(items=[{"commit": COMMIT}, {"reserve": RESERVE}])
SETTLING = batch_pb2.BatchExecuteRequest(items=[{"commit": COMMIT}])


def test_check__only_new_holds_while_draining():
    """What holds anew is not let in while the process goes down; everything else is."""
    gate = Gate(100)
    for message in (RESERVE, COMMIT, HOLDING, SETTLING):
        gate.check(message)

    gate.draining = True

    for message in (COMMIT, SETTLING):
        gate.check(message)
    for message in (RESERVE, HOLDING):
        with pytest.raises(ShuttingDown):
            gate.check(message)


def test_check__quarter_kept_for_settlements():
    """When three quarters of the calls are open nothing new is let in but settlements, and these until it is full."""
    gate = Gate(8)
    gate.open_calls = 6
    for message in (RESERVE, COMMIT, HOLDING, SETTLING):
        gate.check(message)

    gate.open_calls = 7
    for message in (COMMIT, SETTLING):
        gate.check(message)
    for message in (RESERVE, HOLDING):
        with pytest.raises(Overloaded):
            gate.check(message)
    gate.open_calls = 9
    with pytest.raises(Overloaded):
        gate.check(COMMIT)


async def test_drain__until_quiet():
    """The drain ends soon after the last call was answered."""
    gate = Gate(100)
    gate.open_calls = 1
    draining = asyncio.create_task(gate.drain(10 * PATIENCE_S))
    await asyncio.sleep(0.4)
    assert not draining.done()

    gate.open_calls = 0

    await asyncio.wait_for(draining, PATIENCE_S)


async def test_drain__until_its_time_is_over():
    """Calls that stay open do not hold the process for ever."""
    gate = Gate(100)
    gate.open_calls = 1

    await asyncio.wait_for(gate.drain(0.1), PATIENCE_S)
