"""Sending: one request to a receiver, on a thread. Redirects are not followed; of the answer only its status counts.

The certificate is checked. What the receiver says beside its status is read up to a bound and forgotten.
"""

import asyncio
import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

ANSWER_BYTES_MAX: Final = 64 * 1024
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
        # One that hangs, in a name that is looked up, say, must not keep the next one waiting.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="webhook")

    async def send(self, headers: Mapping[str, str], body: bytes) -> None:
        """The receiver has taken it.

        Raises:
            NotTaken: It has not, as far as is known.
        """
        connection = self._connection()
        sending = asyncio.get_running_loop().run_in_executor(self._threads, self._post, connection, headers, body)
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await sending
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


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a connection, also one that a thread still reads from."""
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
