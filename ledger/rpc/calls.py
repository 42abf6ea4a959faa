"""Calls: the one wrapper of every method. Bytes in, bytes or a status out; servicers see messages, and raise."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Final, cast

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from ledger.core.faults import DeadlinePassed, Fault
from ledger.core.records import dataclass
from ledger.observe.logs import CallLog
from ledger.rpc.form import Form
from ledger.rpc.gate import Gate
from ledger.rpc.identity import Identity
from ledger.rpc.status import status_of

DETAILS_KEY: Final = "grpc-status-details-bin"

Context = grpc.aio.ServicerContext[bytes, bytes]


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


class Calls:
    """Wraps servicers' methods."""

    def __init__(self, form: Form, identity: Identity, gate: Gate, log: CallLog, deadline_max_seconds: float) -> None:
        self._form = form
        self._identity = identity
        self._gate = gate
        self._log = log
        self._deadline_max = deadline_max_seconds

    def handler(self, method: MethodDescriptor, behaviour: Behaviour) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """A method as gRPC calls it. It gets the raw bytes, so that whatever is wrong with them is answered here."""
        message_type = GetMessageClass(method.input_type)
        strict = "request_id" in method.input_type.fields_by_name
        name, limit = method.name, self._deadline_max

        async def handle(data: bytes, context: Context) -> bytes:
            began = perf_counter()
            gate = self._gate
            gate.open_calls += 1
            message: Message | None = None
            try:
                message = self._form.read(message_type, data, strict=strict)
                gate.check(message)
                remaining = cast("float | None", context.time_remaining())  # None: no deadline
                if remaining is not None and remaining <= limit:
                    # gRPC cancels the call's task when it passes, and with it what was not decided yet.
                    answer = await behaviour(message, Call(self._identity(context), remaining))
                else:
                    answer = await _within(limit, behaviour, message, Call(self._identity(context), limit))
                reply = answer.SerializeToString()
            except asyncio.CancelledError:
                self._log.cancelled(name, message, perf_counter() - began)
                raise
            except Exception as error:  # noqa: BLE001  (a bug is answered too, and logged)
                failure = error
            else:
                self._log.answered(name, message, perf_counter() - began)
                return reply
            finally:
                gate.open_calls -= 1
            return await self._abort(context, failure, name, message, perf_counter() - began)

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


async def _within(limit: float, behaviour: Behaviour, message: Message, call: Call) -> Message:
    """Run a method that has no deadline, or a long one, until the service's own limit."""
    timer = asyncio.timeout(limit)
    try:
        async with timer:
            return await behaviour(message, call)
    except TimeoutError as error:
        if not timer.expired():
            raise  # somebody else's, and a bug
        raise DeadlinePassed from error
