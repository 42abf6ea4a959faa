"""Connections to the ledger: one call is tried, and tried again with the same request id, until it is answered.

The channels' own retries are off: a repeat is decided here, where the request id is known. gRPC is imported with the
first connection, because that takes a tenth of a second.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import Message

from tallystick import forks, refusals
from tallystick.errors import ClientClosed, LedgerUnavailable, OrganizationQuarantined
from tallystick.methods import AnswerT_co, Method

if TYPE_CHECKING:
    import grpc

DELAY_FIRST_S = 0.05
DELAY_MAX_S = 2.0
DEADLINE_MIN_S = 0.05
# Beside the two that are documented, gRPC's own ways to name servers.
_ADDRESS = re.compile(r"(unix|unix-abstract|dns|ipv4|ipv6|xds):.+|[^/\s]+:\d{1,5}")
_LOOPBACK = re.compile(r"unix:.*|(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")

NO_SCALES: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the ledger is, and how long to wait for it.

    Attributes:
        address: `host:port`, or `unix:/path`.
        token: The bearer token; empty for none.
        ca_file: Certificates to check the ledger's own against; empty for a plain connection.
        timeout_s: Deadline of one attempt.
        retry_s: How long to go on trying; 0 for one attempt.
    """

    address: str
    token: str = ""
    ca_file: str = ""
    timeout_s: float = 5.0
    retry_s: float = 30.0

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ValueError(f"{self.address!r} is no address: write host:port, such as 127.0.0.1:7420, or unix:/path")
        if self.token and not self.ca_file and not self.loopback:
            raise ValueError(f"a token must not travel in clear to {self.address}: set TALLYSTICK_CA_FILE")

    @property
    def loopback(self) -> bool:
        """Whether the ledger is on this machine."""
        return _LOOPBACK.fullmatch(self.address) is not None

    @property
    def metadata(self) -> tuple[tuple[str, str], ...] | None:
        """What every call carries."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else None

    def options(self, *, shared: bool) -> list[tuple[str, int]]:
        """Channel arguments.

        Args:
            shared: Whether the connection may be that of another channel to the same address.
        """
        options = [
            ("grpc.enable_retries", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 2000),
            ("grpc.max_reconnect_backoff_ms", 2000),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            # An answer is as long as what happened: a close names everything that it closed.
            ("grpc.max_receive_message_length", -1),
            ("grpc.use_local_subchannel_pool", 0 if shared else 1),
        ]
        if self.loopback:
            options.append(("grpc.enable_http_proxy", 0))
        return options

    def credentials(self) -> grpc.ChannelCredentials | None:
        """TLS where a certificate file is named."""
        import grpc

        return grpc.ssl_channel_credentials(Path(self.ca_file).read_bytes()) if self.ca_file else None


_NOT_CONNECTED: Final = "failed to connect"


class _Attempts:
    """The attempts of one call: what an error means, and how long to wait before the next."""

    __slots__ = ("_count", "_give_up", "_in_time", "_request_id", "_scales", "_target")

    def __init__(
        self, target: Target, request_id: str, scales: Mapping[str, int], retry_s: float, *, in_time: bool = False
    ) -> None:
        self._target = target
        self._request_id = request_id
        self._scales = scales
        self._count = 0
        self._in_time = in_time
        self._give_up = time.monotonic() + retry_s

    def deadline_s(self) -> float:
        if self._count == 0 and not self._in_time:
            return self._target.timeout_s
        return min(self._target.timeout_s, max(self._give_up - time.monotonic(), DEADLINE_MIN_S))

    def after(self, error: Any) -> float:  # noqa: ANN401  (a call's error has the call's methods)
        """Seconds to wait before the next attempt.

        Raises:
            TallystickError: There is no next attempt.
        """
        self._count += 1
        status = refusals.status_of(error.code().value[0], error.details() or "", error.trailing_metadata())
        exception = refusals.exception_of(status, self._scales, self._request_id)
        if isinstance(exception, LedgerUnavailable):
            self._describe(exception)
            if not isinstance(exception, OrganizationQuarantined):
                delay = refusals.retry_delay(status)
                if delay is None:
                    grown = min(DELAY_FIRST_S * 2 ** min(self._count - 1, 10), DELAY_MAX_S)
                    delay = grown * random.uniform(0.75, 1)  # noqa: S311  (to spread repeats, not to hide anything)
                if time.monotonic() + delay < self._give_up:
                    return delay
        raise exception from error

    def _describe(self, exception: LedgerUnavailable) -> None:
        exception.address = self._target.address
        exception.attempts = self._count
        times = "" if self._count == 1 else f" ({self._count} attempts)"
        said = exception.args[0]
        if _NOT_CONNECTED in said:  # gRPC's own account of it stays in the cause
            said = "nobody listens there; start `tallystick serve`, or say in TALLYSTICK_ADDRESS where the ledger is"
        exception.args = (f"no answer from the ledger at {self._target.address}{times}: {said}",)


class SyncTransport:
    """One blocking connection, opened by the first call; may be used from any thread.

    Args:
        target: Where the ledger is.
        shared: Whether the connection may be that of another transport to the same address.
    """

    def __init__(self, target: Target, *, shared: bool = True) -> None:
        self.target = target
        self._shared = shared
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._stubs: dict[str, Callable[..., Any]] = {}
        self._metadata = target.metadata
        self._error: type[Exception] = Exception
        self._closed = False

    def call(
        self,
        method: Method[AnswerT_co],
        message: Message,
        *,
        request_id: str = "",
        scales: Mapping[str, int] = NO_SCALES,
        retry_s: float | None = None,
        in_time: bool = False,
    ) -> AnswerT_co:
        """The ledger's answer; an attempt without one is repeated with the same message.

        Args:
            method: Which call of the wire.
            message: The request.
            request_id: Names its effect, for the errors.
            scales: The organization's units, likewise.
            retry_s: How long to go on trying; the target's own where absent.
            in_time: Whether the first attempt, too, must end within that time.

        Raises:
            TallystickError: What the ledger, or the connection, said at last.
        """
        if forks.forked() or self._closed or method.path not in self._stubs:
            self._open(method)
        stub = self._stubs[method.path]
        patience_s = self.target.retry_s if retry_s is None else retry_s
        attempts = _Attempts(self.target, request_id, scales, patience_s, in_time=in_time)
        while True:
            try:
                answer: AnswerT_co = stub(message, timeout=attempts.deadline_s(), metadata=self._metadata)
            except self._error as error:
                delay = attempts.after(error)
            except ValueError as error:
                if self._closed:  # by another thread, meanwhile
                    raise ClientClosed("the client is closed") from error
                raise
            else:
                return answer
            time.sleep(delay)

    def close(self) -> None:
        """Close the connection; later calls raise `ClientClosed`."""
        with self._lock:
            self._closed = True
            channel, self._channel = self._channel, None
        if channel is not None and not forks.forked():
            channel.close()

    def _open(self, method: Method[Any]) -> None:
        forks.check()
        import grpc

        with self._lock:
            if self._closed:
                raise ClientClosed("the client is closed")
            if self._channel is None:
                forks.mark_used()
                self._error = grpc.RpcError
                options = self.target.options(shared=self._shared)
                credentials = self.target.credentials()
                if credentials is None:
                    self._channel = grpc.insecure_channel(self.target.address, options)
                else:
                    self._channel = grpc.secure_channel(self.target.address, credentials, options)
            self._stubs[method.path] = self._channel.unary_unary(
                method.path, request_serializer=_to_bytes, response_deserializer=method.answer.FromString
            )


@dataclass(slots=True, eq=False)
class _LoopChannel:
    channel: Any
    stubs: dict[str, Callable[..., Any]]


class AsyncTransport:
    """One connection for each event loop that calls, opened by its first call."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._channels: dict[asyncio.AbstractEventLoop, _LoopChannel] = {}
        self._metadata = target.metadata
        self._error: type[Exception] = Exception
        self._closed = False

    async def call(
        self,
        method: Method[AnswerT_co],
        message: Message,
        *,
        request_id: str = "",
        scales: Mapping[str, int] = NO_SCALES,
        retry_s: float | None = None,
    ) -> AnswerT_co:
        """The ledger's answer; an attempt without one is repeated with the same message.

        Raises:
            TallystickError: What the ledger, or the connection, said at last.
        """
        opened = self._channels.get(asyncio.get_running_loop())
        if opened is None or self._closed or forks.forked():
            opened = self._open()
        stub = opened.stubs.get(method.path)
        if stub is None:
            stub = opened.stubs[method.path] = opened.channel.unary_unary(
                method.path, request_serializer=_to_bytes, response_deserializer=method.answer.FromString
            )
        attempts = _Attempts(self.target, request_id, scales, self.target.retry_s if retry_s is None else retry_s)
        while True:
            try:
                answer: AnswerT_co = await stub(message, timeout=attempts.deadline_s(), metadata=self._metadata)
            except self._error as error:
                delay = attempts.after(error)
            else:
                return answer
            await asyncio.sleep(delay)

    async def close(self) -> None:
        """Close this loop's connection; later calls raise `ClientClosed`."""
        self._closed = True
        opened = self._channels.pop(asyncio.get_running_loop(), None)
        if opened is not None and not forks.forked():
            await opened.channel.close()

    def _open(self) -> _LoopChannel:
        forks.check()
        if self._closed:
            raise ClientClosed("the client is closed")
        import grpc
        import grpc.aio

        forks.mark_used()
        self._error = grpc.RpcError
        options = self.target.options(shared=True)
        credentials = self.target.credentials()
        if credentials is None:
            channel = grpc.aio.insecure_channel(self.target.address, options)
        else:
            channel = grpc.aio.secure_channel(self.target.address, credentials, options)
        # A loop that has ended takes its connection with it: one test, one notebook cell after another.
        for ended in [loop for loop in self._channels if loop.is_closed()]:
            del self._channels[ended]
        opened = _LoopChannel(channel, {})
        self._channels[asyncio.get_running_loop()] = opened
        return opened


def _to_bytes(message: Message) -> bytes:
    return message.SerializeToString()
