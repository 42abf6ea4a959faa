"""Connections to the ledger: one call is tried, and tried again with the same request id, until it is answered.

The channels' own retries are off: a repeat is decided here, where the request id is known. The first attempt of a call
that can be an item of a batch uses a lane, see `tallystick.coalescing`; repeats go by themselves. gRPC is imported
with the first connection, because that takes a tenth of a second.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import Message
from google.rpc import status_pb2

from tallystick import forks, tracing
from tallystick.async_lane import AsyncLane
from tallystick.attempts import Attempts, status_of
from tallystick.coalescing import KINDS, Kind, Verdict
from tallystick.errors import ClientClosed
from tallystick.methods import BATCH_EXECUTE, AnswerT_co, Method
from tallystick.refusals import UNIMPLEMENTED
from tallystick.sync_lane import SyncLane
from tallystick.target import Target
from tallystick.v1 import batch_pb2

if TYPE_CHECKING:
    import grpc

NO_SCALES: Final[Mapping[str, int]] = {}
_CLOSED: Final = "the client is closed"

Stub = Callable[..., Any]
"""What gRPC makes a call with."""


class SyncTransport:
    """One blocking connection, opened by the first call; may be used from any thread.

    Args:
        target: Where the ledger is.
        shared: Whether the connection may be that of another transport to the same address.
    """

    def __init__(self, target: Target, *, shared: bool = True) -> None:
        self.target = target
        self._shared = shared
        self._coalesces = target.coalesce
        self._lanes: dict[str, SyncLane] = {}
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._stubs: dict[str, Stub] = {}
        self._metadata = target.metadata
        self._error: type[Exception] = Exception
        self._closed = False

    @property
    def error(self) -> type[Exception]:
        """What gRPC raises where a call has failed, once there is a connection."""
        return self._error

    def stream(self, method: Method[Any], message: Message, *, timeout_s: float) -> Any:  # noqa: ANN401  (gRPC's call)
        """The ledger's answers to one request, one after another; where it fails it is not tried again.

        Raises:
            ClientClosed: The client was closed.
        """
        with self._lock:
            channel = self._connected()
        opened = channel.unary_stream(
            method.path, request_serializer=_to_bytes, response_deserializer=method.answer.FromString
        )
        try:
            return opened(message, timeout=timeout_s, metadata=self._metadata)
        except ValueError as error:
            if self._closed:  # by another thread, meanwhile
                raise ClientClosed(_CLOSED) from error
            raise

    def call(
        self,
        method: Method[AnswerT_co],
        message: Message,
        *,
        request_id: str = "",
        scales: Mapping[str, int] = NO_SCALES,
        retry_s: float | None = None,
        in_time: bool = False,
        timeout_s: float | None = None,
    ) -> AnswerT_co:
        """The ledger's answer; an attempt without one is repeated with the same message.

        Args:
            method: Which call of the wire.
            message: The request.
            request_id: Names its effect, for the errors.
            scales: The organization's units, likewise.
            retry_s: How long to go on trying; the target's own where absent.
            in_time: Whether the first attempt, too, must end within that time.
            timeout_s: Deadline of one attempt; the target's own where absent.

        Raises:
            TallystickError: What the ledger, or the connection, said at last.
        """
        if forks.forked() or self._closed or method.path not in self._stubs:
            self._open(method)
        stub = self._stubs[method.path]
        attempts = Attempts(self.target, request_id, scales, retry_s, in_time=in_time, timeout_s=timeout_s)
        kind = KINDS.get(method.path) if request_id and self._coalesces and not in_time else None
        try:
            outcome: Any = Verdict.ALONE if kind is None else self._with_others(kind, stub, message, attempts)
            answer: AnswerT_co = self._alone(stub, message, attempts) if outcome is Verdict.ALONE else outcome
        except ValueError as error:
            if self._closed:  # by another thread, meanwhile
                raise ClientClosed(_CLOSED) from error
            raise
        return answer

    def _with_others(self, kind: Kind, stub: Stub, message: Message, attempts: Attempts) -> Any:  # noqa: ANN401
        """The first attempt, by its lane: the answer, or `ALONE` where the next is to be made without it."""
        lane = self._lane(kind.organization_of(message))
        cause: Any = None
        outcome: Any = lane.join(kind, message, attempts.deadline_s())
        if outcome is Verdict.GO:
            try:
                return stub(message, timeout=attempts.deadline_s(), metadata=self._metadata)
            except self._error as error:
                outcome, cause = status_of(error), error
            finally:
                lane.ended()
        if isinstance(outcome, status_pb2.Status):
            time.sleep(attempts.after(outcome, cause))
            return Verdict.ALONE
        return outcome

    def _alone(self, stub: Stub, message: Message, attempts: Attempts) -> Any:  # noqa: ANN401  (an answer)
        while True:
            try:
                return stub(message, timeout=attempts.deadline_s(), metadata=self._metadata)
            except self._error as error:
                delay = attempts.after(status_of(error), error)
            time.sleep(delay)

    def close(self) -> None:
        """Close the connection; later calls raise `ClientClosed`."""
        with self._lock:
            self._closed = True
            channel, self._channel = self._channel, None
        if channel is not None and not forks.forked():
            channel.close()

    def _open(self, method: Method[Any]) -> None:
        with self._lock:
            channel = self._connected()
            for one in (method, BATCH_EXECUTE):
                self._stubs[one.path] = channel.unary_unary(
                    one.path, request_serializer=_to_bytes, response_deserializer=one.answer.FromString
                )

    def _connected(self) -> grpc.Channel:
        """The connection; inside the lock."""
        forks.check()
        import grpc

        if self._closed:
            raise ClientClosed(_CLOSED)
        if self._channel is None:
            forks.mark_used()
            self._error = grpc.RpcError
            options = self.target.options(shared=self._shared)
            credentials = self.target.credentials()
            if credentials is None:
                self._channel = grpc.insecure_channel(self.target.address, options)
            else:
                self._channel = grpc.secure_channel(self.target.address, credentials, options)
            if self.target.tracing:
                self._channel = tracing.traced(self._channel)
        return self._channel

    def _lane(self, organization: str) -> SyncLane:
        lane = self._lanes.get(organization)
        if lane is None:
            lane = self._lanes.setdefault(organization, SyncLane(organization, self._send, self._error))
        return lane

    def _send(self, batch: batch_pb2.BatchExecuteRequest, timeout_s: float) -> batch_pb2.BatchExecuteResponse:
        try:
            answer: batch_pb2.BatchExecuteResponse = self._stubs[BATCH_EXECUTE.path](
                batch, timeout=timeout_s, metadata=self._metadata
            )
        except self._error as error:
            self._coalesces = self._coalesces and _knows_batches(error)
            raise
        return answer


class _LoopChannel:
    """One event loop's connection."""

    def __init__(self, channel: Any, error: type[Exception], metadata: Any) -> None:  # noqa: ANN401  (gRPC's)
        self.channel = channel
        self.stubs: dict[str, Stub] = {}
        self._metadata = metadata
        self._error: Any = error
        self._lanes: dict[str, AsyncLane] = {}
        self.coalesces = True

    def stub(self, method: Method[Any]) -> Stub:
        """What makes that call."""
        stub = self.stubs.get(method.path)
        if stub is None:
            stub = self.stubs[method.path] = self.channel.unary_unary(
                method.path, request_serializer=_to_bytes, response_deserializer=method.answer.FromString
            )
        return stub

    def lane(self, organization: str) -> AsyncLane:
        """Of that organization."""
        lane = self._lanes.get(organization)
        if lane is None:
            lane = self._lanes[organization] = AsyncLane(organization, self._send, self._error)
        return lane

    async def _send(self, batch: batch_pb2.BatchExecuteRequest, timeout_s: float) -> batch_pb2.BatchExecuteResponse:
        try:
            answer: batch_pb2.BatchExecuteResponse = await self.stub(BATCH_EXECUTE)(
                batch, timeout=timeout_s, metadata=self._metadata
            )
        except self._error as error:
            self.coalesces = self.coalesces and _knows_batches(error)
            raise
        return answer


class AsyncTransport:
    """One connection for each event loop that calls, opened by its first call."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._channels: dict[asyncio.AbstractEventLoop, _LoopChannel] = {}
        self._metadata = target.metadata
        self._error: type[Exception] = Exception
        self._closed = False

    @property
    def error(self) -> type[Exception]:
        """What gRPC raises where a call has failed, once there is a connection."""
        return self._error

    def stream(self, method: Method[Any], message: Message, *, timeout_s: float) -> Any:  # noqa: ANN401  (gRPC's call)
        """The ledger's answers to one request, read one after another; where it fails it is not tried again.

        Raises:
            ClientClosed: The client was closed.
        """
        opened = self._opened()
        stream = opened.channel.unary_stream(
            method.path, request_serializer=_to_bytes, response_deserializer=method.answer.FromString
        )
        return stream(message, timeout=timeout_s, metadata=self._metadata)

    async def call(
        self,
        method: Method[AnswerT_co],
        message: Message,
        *,
        request_id: str = "",
        scales: Mapping[str, int] = NO_SCALES,
        retry_s: float | None = None,
        timeout_s: float | None = None,
    ) -> AnswerT_co:
        """The ledger's answer; an attempt without one is repeated with the same message.

        Raises:
            TallystickError: What the ledger, or the connection, said at last.
        """
        opened = self._opened()
        stub = opened.stub(method)
        attempts = Attempts(self.target, request_id, scales, retry_s, timeout_s=timeout_s)
        kind = KINDS.get(method.path) if request_id and opened.coalesces else None
        answer: Any = Verdict.ALONE
        if kind is not None:
            answer = await self._with_others(opened, kind, stub, message, attempts)
        if answer is Verdict.ALONE:
            answer = await self._alone(stub, message, attempts)
        found: AnswerT_co = answer
        return found

    async def _with_others(
        self, opened: _LoopChannel, kind: Kind, stub: Stub, message: Message, attempts: Attempts
    ) -> Any:  # noqa: ANN401
        """The first attempt, by its lane: the answer, or `ALONE` where the next is to be made without it."""
        lane = opened.lane(kind.organization_of(message))
        cause: Any = None
        outcome: Any = await lane.join(kind, message, attempts.deadline_s())
        if outcome is Verdict.GO:
            try:
                return await stub(message, timeout=attempts.deadline_s(), metadata=self._metadata)
            except self._error as error:
                outcome, cause = status_of(error), error
            finally:
                lane.ended()
        if isinstance(outcome, status_pb2.Status):
            await asyncio.sleep(attempts.after(outcome, cause))
            return Verdict.ALONE
        return outcome

    async def _alone(self, stub: Stub, message: Message, attempts: Attempts) -> Any:  # noqa: ANN401  (an answer)
        while True:
            if self._closed:  # while it waited
                raise ClientClosed(_CLOSED)
            try:
                return await stub(message, timeout=attempts.deadline_s(), metadata=self._metadata)
            except self._error as error:
                delay = attempts.after(status_of(error), error)
            await asyncio.sleep(delay)

    async def close(self) -> None:
        """Close this loop's connection; later calls raise `ClientClosed`."""
        self._closed = True
        opened = self._channels.pop(asyncio.get_running_loop(), None)
        if opened is not None and not forks.forked():
            await opened.channel.close()

    def _opened(self) -> _LoopChannel:
        opened = self._channels.get(asyncio.get_running_loop())
        if opened is None or self._closed or forks.forked():
            opened = self._open()
        return opened

    def _open(self) -> _LoopChannel:
        forks.check()
        if self._closed:
            raise ClientClosed(_CLOSED)
        import grpc
        import grpc.aio

        forks.mark_used()
        self._error = grpc.RpcError
        options = self.target.options(shared=True)
        credentials = self.target.credentials()
        spans = tracing.interceptors() if self.target.tracing else None
        if credentials is None:
            channel = grpc.aio.insecure_channel(self.target.address, options, interceptors=spans)
        else:
            channel = grpc.aio.secure_channel(self.target.address, credentials, options, interceptors=spans)
        # A loop that has ended takes its connection with it: one test, one notebook cell after another.
        for ended in [loop for loop in self._channels if loop.is_closed()]:
            del self._channels[ended]
        opened = _LoopChannel(channel, grpc.RpcError, self._metadata)
        opened.coalesces = self.target.coalesce
        self._channels[asyncio.get_running_loop()] = opened
        return opened


def _knows_batches(error: Any) -> bool:  # noqa: ANN401  (a call's error has the call's methods)
    """Whether a server that answered a batch so may be sent another."""
    return bool(error.code().value[0] != UNIMPLEMENTED)


def _to_bytes(message: Message) -> bytes:
    return message.SerializeToString()
