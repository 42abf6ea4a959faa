import http.client
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ledger.observe.http import METRICS_TYPE, CannotServe, Endpoint, Pages


@contextmanager
def serving(address: str = "127.0.0.1:0", live: str = "", ready: str = "") -> Iterator[Endpoint]:
    """An endpoint with these verdicts."""
    endpoint = Endpoint(address, Pages(lambda: b"a 1\n", lambda: live, lambda: ready))
    try:
        yield endpoint
    finally:
        endpoint.close()


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
    with serving() as endpoint:
        host, _, port = endpoint.address.rpartition(":")
        with socket.create_connection((host, int(port))):
            assert ask(endpoint, "/live")[0] == 200


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
