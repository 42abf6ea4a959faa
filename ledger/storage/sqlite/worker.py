"""A worker: one thread that does what an event loop must not wait for, in the order in which it is asked.

An executor of the standard library does the same in three more steps on each way, which took as long as the statements
of a small batch.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_Work = tuple["asyncio.Future[Any]", asyncio.AbstractEventLoop, Callable[..., Any], tuple[object, ...]]


class Worker:
    """One thread."""

    def __init__(self, name: str) -> None:
        """The thread runs, and waits for work."""
        self._asked: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, work: Callable[..., T], *arguments: object) -> "asyncio.Future[T]":
        """What the work returns or raises. A caller that is cancelled does not end what was asked."""
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[T] = loop.create_future()
        self._asked.put((reply, loop, work, arguments))
        return reply

    def close(self) -> None:
        """What was asked is done, and the thread has ended."""
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            reply, loop, work, arguments = asked
            try:
                result = work(*arguments)
            except BaseException as problem:  # noqa: BLE001  (it is the caller's)
                _tell(loop, _fail, reply, problem)
            else:
                _tell(loop, _succeed, reply, result)
            del asked, reply, arguments  # nothing is kept while waiting


def _tell(loop: asyncio.AbstractEventLoop, how: Callable[..., None], *what: object) -> None:
    try:
        loop.call_soon_threadsafe(how, *what)
    except RuntimeError:  # the loop is closed: nobody waits any more
        if not loop.is_closed():
            raise


def _succeed(reply: "asyncio.Future[T]", result: T) -> None:
    if not reply.done():
        reply.set_result(result)


def _fail(reply: "asyncio.Future[Any]", problem: BaseException) -> None:
    if not reply.done():
        reply.set_exception(problem)
