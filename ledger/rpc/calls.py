"""Calls: the one wrapper of every method. Bytes in, bytes or a status out; servicers see messages, and raise."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeAlias, cast

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from ledger.core.faults import DeadlinePassed, Fault
from ledger.core.records import dataclass
from ledger.observe.logs import CallLog
from ledger.rpc.asked import Asked
from ledger.rpc.form import Form
from ledger.rpc.gate import Gate
from ledger.rpc.identity import Identity
from ledger.rpc.ports import Submitter
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.status import status_of

DETAILS_KEY: Final = "grpc-status-details-bin"

Context = grpc.aio.ServicerContext[bytes, bytes]
Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"


@dataclass(frozen=True, slots=True)
class Call:
    """What a servicer knows of a call beside its message.

    Attributes:
        principal: Who calls.
        seconds: How long the caller waits, at most the service's own limit.
    """

    principal: str
    seconds: float


Behaviour = Callable[[Any, Call], Awaitable[Message]]
"""What a servicer does with a message that obeys the rules of its proto."""

Streaming = Callable[[Any, Call, Callable[[bytes], Awaitable[None]]], Awaitable[None]]
"""What a servicer does with a message that is answered again and again; it gets what sends an answer."""

_Serve = Callable[[Asked, float], Awaitable[bytes]]
"""Serves a call that is decoded, within some seconds."""


class Calls:
    """Wraps methods."""

    def __init__(
        self,
        form: Form,
        identity: Identity,
        gate: Gate,
        log: CallLog,
        deadline_max_seconds: float,
        clock: Callable[[], int],
    ) -> None:
        self._form = form
        self._identity = identity
        self._gate = gate
        self._log = log
        self._deadline_max = deadline_max_seconds
        self._clock = clock

    def handler(self, method: MethodDescriptor, behaviour: Behaviour) -> Handler:
        """A method that a servicer has, as gRPC calls it."""
        gate = self._gate

        async def serve(asked: Asked, seconds: float) -> bytes:
            message = asked.check()
            gate.check(message)
            answer = await behaviour(message, Call(asked.principal, seconds))
            return answer.SerializeToString()

        return self._handler(method, serve)

    def stream(self, method: MethodDescriptor, behaviour: Streaming) -> Handler:
        """A method whose answers go on for as long as its caller wants. It is no open call: nobody awaits its end."""
        message_type = GetMessageClass(method.input_type)
        check = partial(self._form.check, strict=False)
        name = method.name

        async def handle(data: bytes, context: Context) -> None:
            began = perf_counter()
            asked: Asked | None = None
            try:
                message = self._form.decode(message_type, data)
                asked = Asked(message, data, self._identity(context), check, self._clock)
                await behaviour(asked.check(), Call(asked.principal, self._deadline_max), context.write)
            except asyncio.CancelledError as gone:
                self._log.cancelled(name, _shown(asked, gone), perf_counter() - began)
                raise
            except Exception as error:  # noqa: BLE001  (a bug is answered too, and logged)
                failure = error
            else:
                self._log.answered(name, message, perf_counter() - began)
                return
            await self._abort(context, failure, name, _shown(asked, failure), perf_counter() - began)

        return grpc.unary_stream_rpc_method_handler(handle)

    def command(self, method: MethodDescriptor, submitter: Submitter) -> Handler:
        """A method that is one command, as gRPC calls it. What is malformed is told so before what is too much."""
        gate = self._gate

        def serve(asked: Asked, seconds: float) -> Awaitable[bytes]:  # noqa: ARG001  (cancelled when they are over)
            try:
                gate.check(asked.message)
            except Fault:
                asked.check()
                raise
            try:
                return submitter.submit_unread(asked)
            except Fault:
                asked.read()
                raise

        return self._handler(method, serve)

    def _handler(self, method: MethodDescriptor, serve: _Serve) -> Handler:
        """It gets the raw bytes, so that whatever is wrong with them is answered here."""
        message_type = GetMessageClass(method.input_type)
        check = partial(self._form.check, strict="request_id" in method.input_type.fields_by_name)
        name, limit = method.name, self._deadline_max

        async def handle(data: bytes, context: Context) -> bytes:
            began = perf_counter()
            gate = self._gate
            gate.open_calls += 1
            asked: Asked | None = None
            try:
                message = self._form.decode(message_type, data)
                asked = Asked(message, data, self._identity(context), check, self._clock)
                remaining = cast("float | None", context.time_remaining())  # None: no deadline
                if remaining is not None and remaining <= limit:
                    # gRPC cancels the call's task when it passes, and with it what was not decided yet.
                    reply = await serve(asked, remaining)
                else:
                    reply = await _within(limit, serve, asked)
            except asyncio.CancelledError as gone:
                self._log.cancelled(name, _shown(asked, gone), perf_counter() - began)
                raise
            except Exception as error:  # noqa: BLE001  (a bug is answered too, and logged)
                failure = error
            else:
                self._log.answered(name, message, perf_counter() - began)
                return reply
            finally:
                gate.open_calls -= 1
            return await self._abort(context, failure, name, _shown(asked, failure), perf_counter() - began)

        return grpc.unary_unary_rpc_method_handler(handle)

    async def _abort(
        self, context: Context, error: Exception, method: str, message: Message | None, seconds: float
    ) -> bytes:
        code, reason, status = status_of(error)
        if reason == "INTERNAL":
            self._log.failed(method, message, seconds, code.name, error)
        elif isinstance(error, Fault):
            self._log.faulted(method, message, seconds, code.name, reason, error)
        else:
            self._log.refused(method, message, seconds, code.name, reason, status.message)
        details = ((DETAILS_KEY, status.SerializeToString()),)
        await context.abort(code, status.message, details)
        raise AssertionError("abort raises")


async def _within(limit: float, serve: _Serve, asked: Asked) -> bytes:
    """Serve a call that has no deadline, or a long one, until the service's own limit."""
    timer = asyncio.timeout(limit)
    try:
        async with timer:
            return await serve(asked, limit)
    except TimeoutError as error:
        if not timer.expired():
            raise  # somebody else's, and a bug
        raise DeadlinePassed from error


def _shown(asked: Asked | None, error: BaseException) -> Message | None:
    """The message of a call that failed, for the log; none where it breaks its rules, since it may hold anything."""
    if asked is None:
        return None
    if not isinstance(error, InvalidRequest):  # which has just said whether it does
        with suppress(InvalidRequest):
            asked.check()
    return asked.message if asked.checked else None
