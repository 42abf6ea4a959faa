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
from typing import Final
from urllib.parse import urlsplit

ANSWER_BYTES_MAX: Final = 64 * 1024
THREAD: Final = "webhook"
"""The name of each thread that makes a request."""

_TAKEN: Final = range(200, 300)


class NotTaken(Exception):
    """The receiver did not take it; the message says why."""


class Sender:
    """Sends to one receiver, one request at a time."""

    def __init__(self, url: str, timeout_s: float, context: ssl.SSLContext | None = None) -> None:
        """Nothing is sent yet.

        Args:
            url: Where to.
            timeout_s: How long a request may take, from connecting to the end of the answer.
            context: How certificates are checked; against those of the system where absent.
        """
        where = urlsplit(url)
        self._host, self._port = where.hostname or "", where.port
        self._target = (where.path or "/") + (f"?{where.query}" if where.query else "")
        self._timeout_s = timeout_s
        self._context = (context or ssl.create_default_context()) if where.scheme == "https" else None

    async def send(self, headers: Mapping[str, str], body: bytes) -> None:
        """The receiver has taken it.

        Raises:
            NotTaken: It has not, as far as is known.
        """
        connection = self._connection()
        sending = _on_a_thread(partial(self._post, connection, headers, body))
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await asyncio.wrap_future(sending)
        except TimeoutError:
            raise NotTaken(f"no answer in {self._timeout_s:g} seconds") from None
        except (OSError, http.client.HTTPException) as error:
            raise NotTaken(f"{type(error).__name__}: {error}") from error
        finally:
            _cut(connection)
        if status not in _TAKEN:
            raise NotTaken(f"the receiver answered {status}")

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=self._context)

    def _post(self, connection: http.client.HTTPConnection, headers: Mapping[str, str], body: bytes) -> int:
        connection.request("POST", self._target, body, dict(headers))
        with contextlib.closing(connection.getresponse()) as answer:
            answer.read(ANSWER_BYTES_MAX)
            return answer.status


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


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a connection, also one that a thread still reads from."""
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
