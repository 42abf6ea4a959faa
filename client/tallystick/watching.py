"""Watching: the entries of a journal as they are committed, whatever becomes of the connection meanwhile."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from google.rpc import status_pb2

from tallystick import methods, results
from tallystick.attempts import status_of
from tallystick.errors import ClientClosed
from tallystick.following import Following
from tallystick.refusals import CANCELLED, UNAVAILABLE
from tallystick.v1 import journal_pb2

if TYPE_CHECKING:
    from tallystick.async_client import AsyncClient
    from tallystick.client import Client

log = logging.getLogger("tallystick")

STREAM_S: Final = 300.0
"""How long one stream lasts before it is opened anew: so followers spread over the processes that there are by then."""

_ENDED: Final = status_pb2.Status(code=UNAVAILABLE, message="the stream ended")


class _Watch:
    """What both kinds have in common."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._scales: Any = None

    @property
    def position(self) -> int:
        """Of what was handed out: `after=` that goes on with the next entry, in this process or another."""
        return self._following.position

    @property
    def committed_position(self) -> int:
        """Where the journal stood when the ledger last answered; heartbeats keep it new."""
        return self._following.committed

    @property
    def incarnation(self) -> int:
        """Of the journal, to be kept with the position; 0 before the ledger has answered."""
        return self._following.incarnation

    def _delay(self, status: status_pb2.Status, began: float, retry_s: float) -> float:
        """Seconds to wait before going on. Before the ledger has answered at all, a client's patience has its end."""
        delay = self._following.ended(status, self._scales)
        if not self._following.answered and time.monotonic() + delay > began + retry_s:
            raise self._following.error(status, self._scales)
        if delay:
            log.info(
                "following %s goes on after position %d in %.2f s: %s",
                self._following.organization,
                self._following.position,
                delay,
                status.message,
            )
        return delay


class Watch(_Watch, Iterator[results.Entry]):
    """The entries of a journal, for plain code: `for entry in client.watch("acme")`.

    It waits for what is yet to come, and ends when it, or its client, is closed, by any thread. As a context manager it
    is closed at the end of the block. One thread at a time takes entries from it.
    """

    def __init__(self, client: Client, following: Following) -> None:
        super().__init__(following)
        self._client = client
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._stream: Any = None

    def __next__(self) -> results.Entry:
        """The next entry, waited for.

        Raises:
            TallystickError: The ledger said no; what only failed is tried again.
        """
        following = self._following
        try:
            while not self._closed.is_set():
                if entry := following.hand_out():
                    return entry
                if self._scales is None:
                    self._begin()
                following.took(self._read(), self._scales)
        except ClientClosed:
            self.close()
        except _Closed:
            pass
        except BaseException:
            self._end_stream()
            raise
        raise StopIteration

    def close(self) -> None:
        """It hands out nothing any more; whoever waits for an entry stops waiting."""
        self._closed.set()
        self._end_stream()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> None:
        following = self._following
        if following.from_now:
            found = self._client.get_organization(following.organization)
            following.begin(found.position, found.incarnation)
        self._scales = self._client.scales(following.organization)

    def _read(self) -> journal_pb2.WatchJournalResponse:
        transport, began = self._client.transport, time.monotonic()
        while True:
            try:
                stream = self._open()
                answer: journal_pb2.WatchJournalResponse = next(stream)
                return answer
            except StopIteration:
                status = _ENDED
            except (ClientClosed, _Closed):
                raise
            except transport.error as error:
                status = status_of(error)
            self._end_stream()
            if self._closed.wait(self._delay(status, began, transport.target.retry_s)):
                raise _Closed

    def _open(self) -> Any:  # noqa: ANN401  (gRPC's)
        with self._lock:
            if self._closed.is_set():
                raise _Closed
            if self._stream is None:
                message = self._following.message()
                self._stream = self._client.transport.stream(methods.WATCH_JOURNAL, message, timeout_s=STREAM_S)
            return self._stream

    def _end_stream(self) -> None:
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()


class AsyncWatch(_Watch, AsyncIterator[results.Entry]):
    """The entries of a journal, for asyncio: `async for entry in client.watch("acme")`.

    It ends when it, or its client, is closed. A task that is cancelled while it waits has lost nothing: the next one
    goes on. With `async with` it is closed at the end of the block.
    """

    def __init__(self, client: AsyncClient, following: Following) -> None:
        super().__init__(following)
        self._client = client
        self._closed = asyncio.Event()
        self._stream: Any = None

    async def __anext__(self) -> results.Entry:
        """The next entry, waited for.

        Raises:
            TallystickError: The ledger said no; what only failed is tried again.
        """
        following = self._following
        try:
            while not self._closed.is_set():
                if entry := following.hand_out():
                    return entry
                if self._scales is None:
                    await self._begin()
                following.took(await self._read(), self._scales)
        except ClientClosed:
            await self.aclose()
        except _Closed:
            pass
        except BaseException:
            self._end_stream()
            raise
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """It hands out nothing any more; whoever waits for an entry stops waiting."""
        self._closed.set()
        self._end_stream()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _begin(self) -> None:
        following = self._following
        if following.from_now:
            found = await self._client.get_organization(following.organization)
            following.begin(found.position, found.incarnation)
        self._scales = await self._client.scales(following.organization)

    async def _read(self) -> journal_pb2.WatchJournalResponse:
        transport, began = self._client.transport, time.monotonic()
        while True:
            if self._closed.is_set():
                raise _Closed
            try:
                if self._stream is None:
                    message = self._following.message()
                    self._stream = transport.stream(methods.WATCH_JOURNAL, message, timeout_s=STREAM_S)
                answer: Any = await self._stream.read()
                if isinstance(answer, journal_pb2.WatchJournalResponse):
                    return answer
                status = _ENDED
            except asyncio.CancelledError:
                if _cancelled():
                    raise
                status = status_pb2.Status(code=CANCELLED, message="the stream was cancelled")  # by a close
            except ClientClosed:
                raise
            except transport.error as error:
                status = status_of(error)
            self._end_stream()
            delay = self._delay(status, began, transport.target.retry_s)
            try:
                async with asyncio.timeout(delay):
                    await self._closed.wait()
            except TimeoutError:
                continue

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()


class _Closed(Exception):
    """The watch was closed meanwhile."""


def _cancelled() -> bool:
    """Whether it is this task that is to end, and not only what it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
