import asyncio

import pytest


@pytest.mark.parametrize("question", ["live", "ready"])
def test_health__so_it_is(tallystick, address, question):
    """A service that turns and can be used says so, to people and programs."""
    assert tallystick("health", question, "--address", address).out == f"{address} is {question}\n"
    assert tallystick("health", question, "--address", address, "--json").document == {
        "address": address,
        question: True,
    }


def test_health__ready_where_nothing_is_said(tallystick, address):
    """What matters to whoever sends calls there is the default."""
    assert tallystick("health", "--address", address).out == f"{address} is ready\n"


def test_health__not_ready(tallystick, draining):
    """Of a service that drains the answer is no: exit code 1; it still lives."""
    assert tallystick("health", "ready", "--address", draining, "--json", code=1).error["reason"] == "NOT_READY"
    assert tallystick("health", "live", "--address", draining).out == f"{draining} is live\n"


def test_health__nobody_answers(tallystick):
    """Where nobody listens it is not known: exit code 3."""
    ran = tallystick("health", "--address", "127.0.0.1:9", "--timeout", "0.5", "--json", code=3)

    assert (ran.error["reason"], ran.error["address"]) == ("UNREACHABLE", "127.0.0.1:9")


@pytest.fixture
def draining():
    """A service that has been told to end and still answers."""
    from ledger.testing import serving

    with serving() as service:
        loop = _loop_of(service)
        asyncio.run_coroutine_threadsafe(service.server.drain(), loop).result()
        yield service.address


def _loop_of(service):
    return service.server._server._loop
