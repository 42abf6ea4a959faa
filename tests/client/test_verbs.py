"""Methods made of descriptions."""

import inspect

from tallystick.requests import Request
from tallystick.verbs import async_call, async_pages, call, pages


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
