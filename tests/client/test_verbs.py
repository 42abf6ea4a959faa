"""Methods made of descriptions."""

import inspect

import pytest

from tallystick.requests import Request
from tallystick.verbs import (
    Steps,
    async_call,
    async_carry,
    async_pages,
    async_together,
    call,
    carry,
    pages,
    perform,
    together,
)


def describe(path: str, *, note: str = "") -> Request[tuple[str, str]]:
    """Say what is wanted."""
    return (path, note)  # type: ignore[return-value]


class Stub:
    """What calls are made on."""

    plain = call(describe)
    plain_pages = pages(describe)  # type: ignore[arg-type, var-annotated]

    def perform(self, request):
        return request, {}

    def walk(self, request):
        return iter(request)


class AsyncStub:
    """The same, asynchronous."""

    plain = async_call(describe)
    plain_pages = async_pages(describe)  # type: ignore[arg-type, var-annotated]

    async def perform(self, request):
        return request, {}

    async def walk(self, request):
        for one in request:
            yield one


def test_call__passes_on():
    """The method describes and performs."""
    assert Stub().plain("acme", note="n") == ("acme", "n")
    assert list(Stub().plain_pages("acme")) == ["acme", ""]


async def test_async_call__passes_on():
    """The asynchronous method does the same."""
    assert await AsyncStub().plain("acme", note="n") == ("acme", "n")
    assert [one async for one in AsyncStub().plain_pages("acme")] == ["acme", ""]


def test_call__presents_itself():
    """Name, documentation and arguments are the description's."""
    assert (Stub.plain.__name__, Stub.plain.__doc__) == ("describe", "Say what is wanted.")
    assert list(inspect.signature(Stub.plain).parameters) == ["self", "path", "note"]
    assert list(inspect.signature(Stub().plain).parameters) == ["path", "note"]
    assert inspect.iscoroutinefunction(AsyncStub.plain)


def plan(path: str) -> Steps[str]:
    """Three steps: a call, a rest, and a call that fails."""
    first = yield lambda client: client.ask(path)
    yield 0.001
    try:
        yield lambda client: client.ask("nobody")
    except KeyError as error:
        return f"{first}, {error}"
    return "nothing was raised"


class Asked:
    """What plans are carried out with."""

    planned = together(plan)

    def ask(self, path):
        return {"acme": "found"}[path]


class AsyncAsked:
    """The same, asynchronous."""

    planned = async_together(plan)

    async def ask(self, path):
        return {"acme": "found"}[path]


def test_carry__steps():
    """A plan gets the results of its steps and what they raise, and returns its own."""
    assert carry(Asked(), plan("acme")) == Asked().planned("acme") == "found, 'nobody'"
    with pytest.raises(KeyError, match="other"):
        carry(Asked(), plan("other"))


async def test_async_carry__steps():
    """The same plan, awaited."""
    assert await async_carry(AsyncAsked(), plan("acme")) == await AsyncAsked().planned("acme") == "found, 'nobody'"
    with pytest.raises(KeyError, match="other"):
        await async_carry(AsyncAsked(), plan("other"))


def test_perform__is_a_step():
    """A call is a step of a plan."""
    assert perform(describe("acme"))(Stub()) == (("acme", ""), {})  # type: ignore[operator]
