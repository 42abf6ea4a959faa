import http.client
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from ledger.observe.http import CONNECTIONS_MAX, METRICS_TYPE, CannotServe, Endpoint, Pages
from tests.waiting import PATIENCE_S, until

WITHOUT_DESCRIPTORS = r"""
import os, resource, socket, time
from ledger.observe.http import Endpoint, Pages
endpoint = Endpoint("127.0.0.1:0", Pages(bytes, str, str))
caller = socket.socket()
last = max(map(int, os.listdir("/proc/self/fd")))
resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
held = []
while True:
    try:
        held.append(os.dup(0))
    except OSError:
        break
host, port = endpoint.address.split(":")
caller.connect((host, int(port)))
began = time.process_time()
time.sleep(2)
print(time.process_time() - began)
for one in held:
    os.close(one)
caller.sendall(b"GET /live HTTP/1.0\r\n\r\n")
print(caller.makefile().readline())
"""


@contextmanager
def serving(
    address: str = "127.0.0.1:0", live: str = "", ready: str = "", seconds: float = PATIENCE_S
) -> Iterator[Endpoint]:
    """An endpoint with these verdicts."""
    endpoint = Endpoint(address, Pages(lambda: b"a 1\n", lambda: live, lambda: ready), seconds)
    try:
        yield endpoint
    finally:
        endpoint.close()


def connected(endpoint: Endpoint) -> socket.socket:
    """A caller who has said nothing yet."""
    host, _, port = endpoint.address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def gone(caller: socket.socket) -> bool:
    """A caller who says one letter more is told that nobody listens."""
    try:
        caller.sendall(b"G")
    except OSError:
        return True
    return False


def ask(endpoint: Endpoint, path: str, method: str = "GET") -> tuple[int, str | None, bytes]:
    """Status, type and body."""
    host, _, port = endpoint.address.rpartition(":")
    with closing(http.client.HTTPConnection(host.strip("[]"), int(port), timeout=30)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()


def test_endpoint__pages():
    """Metrics and probes are answered; a query string does not matter, another path is not found."""
    with serving() as endpoint:
        assert ask(endpoint, "/metrics") == (200, METRICS_TYPE, b"a 1\n")
        assert ask(endpoint, "/metrics?name[]=a")[0] == 200
        assert ask(endpoint, "/metrics", "HEAD")[::2] == (200, b"")
        assert ask(endpoint, "/live")[::2] == ask(endpoint, "/ready")[::2] == (200, b"ok\n")
        assert ask(endpoint, "/")[0] == 404
        assert ask(endpoint, "/metrics", "POST")[0] == 405


def test_endpoint__verdicts():
    """A probe that fails says why."""
    with serving(live="the event loop stands still", ready="draining") as endpoint:
        assert ask(endpoint, "/live")[::2] == (503, b"the event loop stands still\n")
        assert ask(endpoint, "/ready")[::2] == (503, b"draining\n")


def test_endpoint__taken():
    """An address that somebody listens on is an error in one sentence."""
    with (
        serving() as endpoint,
        pytest.raises(CannotServe, match=r"cannot be served on 127.0.0.1:[0-9]+: Address already"),
    ):
        Endpoint(endpoint.address, Pages(bytes, str, str))
    with pytest.raises(CannotServe, match=r"cannot be served on nowhere.invalid:0"):
        Endpoint("nowhere.invalid:0", Pages(bytes, str, str))


def test_endpoint__a_caller_who_says_nothing():
    """Whoever connects and is silent keeps nobody else waiting, nor the process from ending."""
    with serving() as endpoint, connected(endpoint):
        assert ask(endpoint, "/live")[0] == 200


def test_endpoint__callers_without_end():
    """There are so many connections at most, whoever opens them; the oldest goes, and a probe is answered."""
    before = threading.active_count()
    with serving(seconds=3600) as endpoint, ExitStack() as stack:
        callers = [stack.enter_context(connected(endpoint)) for _ in range(2 * CONNECTIONS_MAX)]
        answered = ask(endpoint, "/live")[0]
        until(lambda: threading.active_count() <= before + 1 + CONNECTIONS_MAX)
        until(lambda: all(map(gone, callers[:CONNECTIONS_MAX])))

    assert answered == 200


def test_endpoint__a_caller_who_says_little(capfd):
    """Whoever says one letter after the other has his time as anybody, and that it is over is nothing to write of."""
    before = threading.active_count()
    with serving(seconds=0.1) as endpoint, connected(endpoint) as slow, connected(endpoint) as silent:
        until(lambda: gone(slow))
        until(lambda: silent.recv(1) == b"")
        until(lambda: threading.active_count() <= before + 1)

    assert capfd.readouterr() == ("", "")


def test_endpoint__closed():
    """Whoever is still connected when the endpoint is closed is let go, and no thread stays."""
    before = threading.active_count()
    with serving() as endpoint:
        caller = connected(endpoint)
        until(lambda: threading.active_count() > before + 1)

    with caller:
        assert caller.recv(1) == b""
    until(lambda: threading.active_count() == before)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_endpoint__no_descriptor_left():
    """A process without a free descriptor waits for one and takes no processor meanwhile; then it answers."""
    said = subprocess.run([sys.executable, "-c", WITHOUT_DESCRIPTORS], check=True, capture_output=True, text=True)

    took, answer = said.stdout.splitlines()[:2]
    assert float(took) < 1
    assert answer.startswith("HTTP/1.0 200")


def test_endpoint__ipv6():
    """An address in brackets is one of IPv6."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with serving("[::1]:0") as endpoint:
            assert ask(endpoint, "/live")[0] == 200
    except CannotServe:
        pytest.skip("this machine has no IPv6 loopback")


@pytest.mark.parametrize("address", ["::1:0", "[::1:0", "::1]:0", "[127.0.0.1]:0"])
def test_endpoint__brackets(address):
    """An address that is not written as it should be is refused, and the message says how it should."""
    with pytest.raises(CannotServe, match=r"brackets, as in \[::1\]:7421"), serving(address):
        pass
