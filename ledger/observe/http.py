"""The HTTP endpoint beside gRPC: `/metrics` for Prometheus, `/live` and `/ready` for probes that speak no gRPC.

It has threads of its own, so a probe is answered while the event loop is busy, and `/live` says if that is stuck. What
it serves is ready made; nothing that is asked here reaches the database. Nobody says who he is here, so callers have so
many connections and so much time, and no more: the process needs its descriptors for gRPC.
"""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog

from ledger.core.records import dataclass

log: Any = structlog.get_logger("tallystick.metrics")

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_TEXT_TYPE: Final = "text/plain; charset=utf-8"
CONNECTIONS_MAX: Final = 32
"""How many connections are open at once, at most."""
REQUEST_SECONDS: Final = 10.0
"""How long each may be, from its beginning to the end of the answer."""
_LEAVING_SECONDS: Final = 1.0
_FULL_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 5.0


class CannotServe(Exception):
    """The address cannot be listened on; the message says why."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What is served.

    Attributes:
        metrics: Prometheus's text format.
        live: Why the process should be restarted; empty where it should not.
        ready: Why no calls should come here; empty where they should.
    """

    metrics: Callable[[], bytes]
    live: Callable[[], str]
    ready: Callable[[], str]


class Endpoint:
    """Serves the pages.

    Attributes:
        address: `host:port`, with the actual port.
    """

    def __init__(self, address: str, pages: Pages, seconds: float = REQUEST_SECONDS) -> None:
        """It listens.

        Args:
            address: `host:port`, port 0 for any free one.
            pages: What to serve.
            seconds: How long a connection may be open.

        Raises:
            CannotServe: The address is taken, or is none of this machine's.
        """
        host, _, port = address.rpartition(":")
        bare = host.strip("[]")
        if host != (f"[{bare}]" if ":" in bare else bare):
            raise CannotServe(f"metrics cannot be served on {address}: IPv6 is written with brackets, as in [::1]:7421")
        try:
            self._server = make_server(bare, int(port), _App(pages), _server_of(host), _Handler)
        except (OSError, ValueError) as problem:
            why = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
            raise CannotServe(f"metrics cannot be served on {address}: {why}") from problem
        self._server.seconds = seconds
        self.address = f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics-http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """It listens no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_STOP_SECONDS)


class _App:
    """The pages, as WSGI wants them."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One answer."""
        status, form, body = self._answer(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        start_response(
            status, [("Content-Type", form), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, method: str, path: str) -> tuple[str, str, bytes]:
        if method not in {"GET", "HEAD"}:
            return "405 Method Not Allowed", _TEXT_TYPE, b"only GET and HEAD\n"
        match path:
            case "/metrics":
                return "200 OK", METRICS_TYPE, self._pages.metrics()
            case "/live":
                return _verdict(self._pages.live())
            case "/ready":
                return _verdict(self._pages.ready())
            case _:
                return "404 Not Found", _TEXT_TYPE, b"there are /metrics, /live and /ready\n"


def _verdict(problem: str) -> tuple[str, str, bytes]:
    if problem:
        return "503 Service Unavailable", _TEXT_TYPE, f"{problem}\n".encode()
    return "200 OK", _TEXT_TYPE, b"ok\n"


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection, none of which keeps the process alive.

    Attributes:
        seconds: How long each may be open.
    """

    daemon_threads = True
    request_queue_size = CONNECTIONS_MAX
    seconds = REQUEST_SECONDS

    def __init__(self, *args: Any) -> None:  # noqa: ANN401  (the library's signature)
        self._room = threading.Semaphore(CONNECTIONS_MAX)
        self._began: dict[socket.socket, float] = {}
        super().__init__(*args)

    def get_request(self) -> tuple[Any, Any]:
        """The next connection. Without a free descriptor it stays in the queue, and is not asked for again at once."""
        try:
            return super().get_request()
        except OSError:
            time.sleep(_FULL_SECONDS)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A thread serves it. Where there is no room the oldest has to go: whoever says nothing keeps no probe out."""
        if not self._room.acquire(blocking=False):
            for oldest in list(self._began)[:1]:
                _hang_up(oldest)
            if not self._room.acquire(timeout=_LEAVING_SECONDS):
                self.shutdown_request(request)
                return
        self._began[request] = time.monotonic()
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """Who has had his time has to go; looked at after each connection, and twice a second."""
        late = time.monotonic() - self.seconds
        for request, began in list(self._began.items()):
            if began < late:
                _hang_up(request)

    def server_close(self) -> None:
        """It listens no more, and whoever is still there has to go."""
        super().server_close()
        for request in list(self._began):
            _hang_up(request)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """It is closed, and there is room for another."""
        known = self._began.pop(request, None)
        super().shutdown_request(request)
        if known is not None:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002
        """That a caller has gone, or had to, is no news."""
        problem = sys.exception()
        if not isinstance(problem, OSError):
            log.error("metrics_request_failed", exc_info=problem)


def _hang_up(request: socket.socket) -> None:
    """Whoever reads from it, or writes, does so no more; its thread closes it."""
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class _Server6(_Server):
    address_family = socket.AF_INET6


def _server_of(host: str) -> type[_Server]:
    return _Server6 if host.startswith("[") else _Server


class _Handler(WSGIRequestHandler):
    """Says nothing on standard error."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401  (the library's signature)
        """Scrapes are no news."""
