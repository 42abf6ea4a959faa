"""One description, two methods: how the functions of `tallystick.requests` become methods of the two clients."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

from tallystick.requests import Listing, Request

P = ParamSpec("P")
T = TypeVar("T")


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


def _present(method: Callable[..., Any], describe: Callable[..., Any]) -> None:
    """Name, documentation and signature of the description, with `self` before it."""
    functools.update_wrapper(method, describe)
    signature = inspect.signature(describe)
    self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[self, *signature.parameters.values()], return_annotation=inspect.Signature.empty
    )
