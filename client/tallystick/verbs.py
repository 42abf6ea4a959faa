"""One description, two methods: how the functions of `tallystick.requests` become methods of the two clients."""

from __future__ import annotations

import asyncio
import functools
import inspect
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from tallystick.requests import Listing, Request

P = ParamSpec("P")
T = TypeVar("T")

Step: TypeAlias = Callable[[Any], Any] | float
"""What is done with a client, which for an asynchronous one is awaited; or seconds to let pass."""

Steps: TypeAlias = Generator[Step, Any, T]
"""Several calls that make one, decided in one place for both clients: it yields steps, gets their results, and
returns its own."""


def call(describe: Callable[P, Request[T]]) -> Callable[Concatenate[Any, P], T]:
    """A method that makes the call and returns its result."""

    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ANN401  (a client)
        result: T = self.perform(describe(*args, **kwargs))[0]
        return result

    _present(method, describe)
    return method


def pages(describe: Callable[P, Listing[T]]) -> Callable[Concatenate[Any, P], Iterator[T]]:
    """A method that walks through a list, fetching a page when it is needed."""

    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:  # noqa: ANN401  (a client)
        walk: Iterator[T] = self.walk(describe(*args, **kwargs))
        return walk

    _present(method, describe)
    return method


def async_call(describe: Callable[P, Request[T]]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """A coroutine method that makes the call and returns its result."""

    async def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ANN401  (a client)
        result: T = (await self.perform(describe(*args, **kwargs)))[0]
        return result

    _present(method, describe)
    return method


def async_pages(describe: Callable[P, Listing[T]]) -> Callable[Concatenate[Any, P], AsyncIterator[T]]:
    """A method that walks through a list with `async for`, fetching a page when it is needed."""

    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:  # noqa: ANN401  (a client)
        walk: AsyncIterator[T] = self.walk(describe(*args, **kwargs))
        return walk

    _present(method, describe)
    return method


def perform(request: Request[Any]) -> Step:
    """The step that makes a call; its result, and the scales it was read with."""
    return lambda client: client.perform(request)


def carry(client: Any, steps: Steps[T]) -> T:  # noqa: ANN401  (a client)
    """Do what the steps ask for, by blocking calls, until they return."""
    try:
        step = next(steps)
        while True:
            try:
                found = _rest(step) if isinstance(step, float) else step(client)
            except Exception as error:  # noqa: BLE001  (the steps decide)
                step = steps.throw(error)
            else:
                step = steps.send(found)
    except StopIteration as end:
        result: T = end.value
        return result


def _rest(seconds: float) -> object:
    time.sleep(seconds)
    return None


async def async_carry(client: Any, steps: Steps[T]) -> T:  # noqa: ANN401  (a client)
    """Do what the steps ask for until they return. Cancelled, it stops where it is."""
    try:
        step = next(steps)
        while True:
            try:
                found = await (asyncio.sleep(step) if isinstance(step, float) else step(client))
            except Exception as error:  # noqa: BLE001  (the steps decide)
                step = steps.throw(error)
            else:
                step = steps.send(found)
    except StopIteration as end:
        result: T = end.value
        return result


def together(plan: Callable[P, Steps[T]]) -> Callable[Concatenate[Any, P], T]:
    """A method that carries out a plan of several calls."""

    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ANN401  (a client)
        return carry(self, plan(*args, **kwargs))

    _present(method, plan)
    return method


def async_together(plan: Callable[P, Steps[T]]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """A coroutine method that carries out a plan of several calls."""

    async def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ANN401  (a client)
        return await async_carry(self, plan(*args, **kwargs))

    _present(method, plan)
    return method


def _present(method: Callable[..., Any], describe: Callable[..., Any]) -> None:
    """Name, documentation and signature of the description, with `self` before it."""
    functools.update_wrapper(method, describe)
    signature = inspect.signature(describe)
    self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[self, *signature.parameters.values()], return_annotation=inspect.Signature.empty
    )
