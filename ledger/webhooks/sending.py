"""Sending: one request to a receiver, on a thread. Redirects are not followed; of the answer only its status counts.

The certificate is checked. What the receiver says beside its status is read up to a bound and forgotten.
"""

import asyncio
import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

ANSWER_BYTES_MAX: Final = 64 * 1024
THREAD: Final = "webhook"
"""The name of each thread that makes a request."""

_TAKEN: Final = range(200, 300)


class NotTaken(Exception):
    """The receiver did not take it; the message says why."""


class _GivenUp(Exception):
    """Nobody waits for this attempt any more, so nothing is sent."""


class _Attempt:
    """One request: a thread makes it within one deadline, and the event loop may give it up at any time.

    The thread shows its socket once it is connected, and looks after that whether it was given up. So either it is
    told, or the socket is cut: what was given up is not sent any more, however late it would have been.
    """

    def __init__(self, seconds: float) -> None:
        """It has so much time, for everything."""
        self._deadline = monotonic() + seconds
        self._given_up = False
        self._socket: socket.socket | None = None

    def left(self) -> float:
        """How much of its time is left, in seconds.

        Raises:
            TimeoutError: None is.
        """
        if (left := self._deadline - monotonic()) > 0:
            return left
        raise TimeoutError("timed out")

    def uses(self, used: socket.socket) -> None:
        """This socket is cut when the attempt is given up.

        Raises:
            _GivenUp: It was.
        """
        self._socket = used
        if self._given_up:
            raise _GivenUp

    def give_up(self) -> None:
        """The thread ends soon, whatever it waits for on a socket, and sends nothing any more."""
        self._given_up = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not by its own `shutdown`: over TLS that forgets the keys first, and goes on in the clear.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Sender:
    """Sends to one receiver, one request at a time."""

    def __init__(self, url: str, timeout_s: float, context: ssl.SSLContext | None = None) -> None:
        """Nothing is sent yet.

        Args:
            url: Where to.
            timeout_s: How long a request may take, from looking up the name to the end of the answer.
            context: How certificates are checked; against those of the system where absent.
        """
        where = urlsplit(url)
        secure = where.scheme == "https"
        self._host, self._port = where.hostname or "", where.port or (443 if secure else 80)
        self._target = (where.path or "/") + (f"?{where.query}" if where.query else "")
        self._timeout_s = timeout_s
        self._context = (context or ssl.create_default_context()) if secure else None
        self._reached: Any = None

    async def send(self, headers: Mapping[str, str], body: bytes) -> None:
        """The receiver has taken it.

        Raises:
            NotTaken: It has not, as far as is known; and what is not sent by now, is not sent later.
        """
        attempt = _Attempt(self._timeout_s)
        sending = _on_a_thread(partial(self._post, attempt, headers, body))
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await asyncio.wrap_future(sending)
        except TimeoutError:
            raise NotTaken(f"no answer in {self._timeout_s:g} seconds") from None
        except (OSError, http.client.HTTPException) as error:
            raise NotTaken(f"{type(error).__name__}: {error}") from error
        finally:
            attempt.give_up()
        if status not in _TAKEN:
            raise NotTaken(f"the receiver answered {status}")

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port)
        return http.client.HTTPSConnection(self._host, self._port, context=self._context)

    def _post(self, attempt: _Attempt, headers: Mapping[str, str], body: bytes) -> int:
        """Make the request; the answer's status."""
        with contextlib.closing(self._connection()) as connection:
            connection.sock = self._secured(attempt, self._connected(attempt))
            connection.request("POST", self._target, body, dict(headers))
            with contextlib.closing(connection.getresponse()) as answer:
                answer.read(ANSWER_BYTES_MAX)
                return answer.status

    def _connected(self, attempt: _Attempt) -> socket.socket:
        """A connection to the first address that takes one, beginning with the one that did last time.

        Each has its share of the time that is left, so that one that swallows packets leaves some to the others.
        """
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        found.sort(key=lambda one: one[4] != self._reached)
        problem = OSError("the name has no address")
        for tried, (family, kind, protocol, _, address) in enumerate(found):
            made = socket.socket(family, kind, protocol)
            try:
                attempt.uses(made)
                made.settimeout(attempt.left() / (len(found) - tried))
                made.connect(address)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                made.close()
                problem = error
            except _GivenUp:
                made.close()
                raise
            else:
                self._reached = address
                return made
        raise problem

    def _secured(self, attempt: _Attempt, made: socket.socket) -> socket.socket:
        """The connection, over TLS if it is to be."""
        try:
            attempt.uses(made)  # again: one that was not connected yet could not be cut
            made.settimeout(attempt.left())
            if self._context is not None:
                made = self._context.wrap_socket(made, server_hostname=self._host, do_handshake_on_connect=False)
                attempt.uses(made)
                made.do_handshake()
                made.settimeout(attempt.left())
        except BaseException:
            made.close()
            raise
        return made


def _on_a_thread(work: Callable[[], int]) -> Future[int]:
    """What work comes to, done on a thread of its own.

    It keeps neither the next request waiting nor the process from ending: a name may be looked up for longer than
    anybody waits, and nothing can end that.
    """
    done: Future[int] = Future()
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as problem:  # noqa: BLE001  (whoever waits is told)
            done.set_exception(problem)

    threading.Thread(target=run, name=THREAD, daemon=True).start()
    return done
