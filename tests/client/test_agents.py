"""Agents and the current one."""

import inspect
import threading

import pytest

import tallystick


def test_reserve__defaults_of_the_agent(service, client):
    """What holds have in common is said once, and each may say otherwise."""
    scout = client.agent("acme/scout", ttl=5, tool="search", workflow_id="w", labels={"a": "b"})

    with scout.reserve("0.01 USD"), scout.reserve("0.01 USD", ttl=7, tool="read", workflow_id="v", labels={}):
        pass

    first, second = service.requests("Reserve")
    assert (first.ttl.seconds, first.tool, first.workflow_id, dict(first.labels)) == (5, "search", "w", {"a": "b"})
    assert (second.ttl.seconds, second.tool, second.workflow_id, dict(second.labels)) == (7, "read", "v", {})


def test_reserve__nothing_before_the_block(service, scout):
    """A hold that is not entered holds nothing."""
    hold = scout.reserve("0.01 USD")

    assert service.calls == []
    assert repr(hold) == "<Hold of 0.01 USD on acme/scout>"
    with pytest.raises(RuntimeError, match="inside its block"):
        hold.commit()


def test_reserve__estimate_of_a_tool(scout):
    """A hold without amounts says whose estimate it is."""
    assert repr(scout.reserve(tool="search")) == "<Hold of the estimate for search on acme/scout>"


def test_claim__is_a_reservation(service, client):
    """Work is claimed with what the agent's holds have in common, in the scope that is named."""
    scout = client.agent("acme/scout", ttl=5, tool="search", workflow_id="w")

    with scout.claim("k", "0.01 USD", scope="acme/scout", labels={"a": "b"}) as work:
        work.release()

    (request,) = service.requests("Reserve")
    assert (request.ttl.seconds, request.tool, request.workflow_id, dict(request.labels)) == (
        5,
        "search",
        "w",
        {"a": "b"},
    )
    assert (request.claim.scope, request.claim.key) == ("acme/scout", "k")


def test_use__restores(scout, client):
    """Leaving a block brings back the agent that was current before it, even by an exception."""
    other = client.agent("acme/other")

    with tallystick.use(scout) as used:
        assert used is tallystick.current_agent() is scout
        with pytest.raises(ValueError, match="x"), tallystick.use(other):
            raise ValueError("x")
        assert tallystick.current_agent() is scout
    with pytest.raises(tallystick.NoCurrentAgent):
        tallystick.current_agent()


def test_use__other_threads(scout):
    """Another thread has its own current agent."""
    seen = []

    def look():
        try:
            tallystick.current_agent()
        except tallystick.NoCurrentAgent as error:
            seen.append(error)

    with tallystick.use(scout):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    assert len(seen) == 1


def test_agent__shape():
    """Both kinds of agent have the same methods with the same arguments."""
    for name, member in vars(tallystick.Agent).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            other = getattr(tallystick.AsyncAgent, name)
            assert list(inspect.signature(member).parameters) == list(inspect.signature(other).parameters), name
