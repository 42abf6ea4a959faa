"""A receiver of webhooks: a real HTTP server that checks every signature and answers what a test says."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

SECRET: Final = b"a secret of more than twenty-four bytes"


class Receiver:
    """Takes events.

    Attributes:
        events: Every event that came and was rightly signed, taken or not.
        taken: The ids of those that were answered with 200.
        forged: What was not signed with the secret.
        answers: The next statuses; 200 where there is none.
        before: Called with each event before it is answered.
    """

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.taken: list[str] = []
        self.forged: list[bytes] = []
        self.answers: list[int] = []
        self.before: Callable[[dict[str, Any]], None] = lambda _: None
        self.headers: list[dict[str, str]] = []
        self.extra: dict[str, str] = {}
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]

    def start(self, context: ssl.SSLContext | None = None) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(dict(self.headers), body)
                self.send_response(status)
                for name, value in receiver.extra.items():
                    self.send_header(name, value)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, headers: dict[str, str], body: bytes) -> int:
        named = {name.lower(): value for name, value in headers.items()}
        if not genuine(named, body):
            self.forged.append(body)
            return 401
        event = json.loads(body)
        self.headers.append(named)
        self.events.append(event)
        self.before(event)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.taken.append(event["id"])
        return status


def genuine(headers: dict[str, str], body: bytes) -> bool:
    """Whether a message is what the sender signed, a moment ago: as Standard Webhooks describes it."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    recent = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return recent and f"v1,{wanted}" in headers["webhook-signature"].split()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """One that listens on a free port of loopback."""
    receiver = Receiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
