"""Sending to a receiver."""

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger.webhooks.messages import Message, headers
from ledger.webhooks.sending import ANSWER_BYTES_MAX, THREAD, NotTaken, Sender
from tests.waiting import PATIENCE_S, until_async
from tests.webhooks.receiver import SECRET, Receiver, receiving

MADE = Message("acme/1/1", b'{"id":"acme/1/1"}')
TLS = Path(__file__).parents[1] / "client" / "tls"


def at_work() -> list[threading.Thread]:
    """Threads that make requests."""
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


async def sent(sender: Sender) -> None:
    """One message."""
    await sender.send(headers(MADE, SECRET, int(time.time())), MADE.body)


async def test_send__taken():
    """What is answered with a status of success is taken."""
    with receiving() as receiver:
        receiver.answers = [204]
        await sent(Sender(receiver.url, 5))

    assert receiver.ids == ["acme/1/1"]


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 429, 500, 503])
async def test_send__not_taken(status):
    """Anything else is not; a redirect is not followed, since the secret's holder was named by the operator."""
    with receiving() as receiver, receiving() as other:
        receiver.answers = [status]
        receiver.extra = {"location": other.url}
        with pytest.raises(NotTaken, match=f"answered {status}"):
            await sent(Sender(receiver.url, 5))

    assert (len(receiver.events), other.events) == (1, [])


async def test_send__nobody_there():
    """A receiver that is away has taken nothing."""
    with receiving() as receiver:
        pass

    with pytest.raises(NotTaken, match="refused"):
        await sent(Sender(receiver.url, 5))


def stalling(drip: bytes) -> tuple[socket.socket, int]:
    """A server that takes connections, says something now and then, and never answers."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
                while connection.send(drip or b"") >= 0:
                    time.sleep(0.02)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    return server, server.getsockname()[1]


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nx: "[:1]])
async def test_send__too_slow(drip):
    """A receiver that stalls, or drips, is given up when the time is over."""
    server, port = stalling(drip)
    sender = Sender(f"http://127.0.0.1:{port}/", 0.3)

    with pytest.raises(NotTaken):
        await sent(sender)
    server.close()


async def test_send__cancelled():
    """Whoever stops sending is not kept waiting."""
    server, port = stalling(b"")
    sending = asyncio.create_task(sent(Sender(f"http://127.0.0.1:{port}/", 60)))
    await asyncio.sleep(0.1)

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    server.close()


@contextmanager
def swallowing() -> Iterator[int]:
    """The port of a server that answers nothing, not even to a connection: others wait already, and it takes none."""
    with ExitStack() as opened:
        server = opened.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        for _ in range(6):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


def at(*ports: int) -> list[tuple[Any, ...]]:
    """What a name is looked up to that has several addresses; here they differ in their ports."""
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port)) for port in ports]


async def test_send__one_address_swallows_packets(monkeypatch: pytest.MonkeyPatch):
    """A receiver of several addresses is sent each event once, though the first one answers nothing."""
    with swallowing() as port, receiving() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: at(port, receiver.port))
        await sent(Sender(receiver.url, 6))

    assert receiver.ids == ["acme/1/1"]


async def test_send__address_that_answered(monkeypatch: pytest.MonkeyPatch):
    """The address that was reached is tried first the next time, so that only one event waits for the others."""
    with receiving() as away:
        pass
    addresses: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    with receiving() as receiver, receiving() as other:
        sender = Sender(receiver.url, 30)
        addresses[:] = at(away.port, receiver.port)
        await sent(sender)
        addresses[:] = at(other.port, receiver.port)
        await sent(sender)

    assert (receiver.ids, other.ids) == (["acme/1/1"] * 2, [])


async def test_send__given_up_before_it_was_sent(monkeypatch: pytest.MonkeyPatch):
    """What was given up while its receiver was looked for is not sent when it is found."""
    begun, found = threading.Event(), threading.Event()

    def look_up(*_: object, **__: object) -> list[tuple[Any, ...]]:
        begun.set()
        found.wait()
        return at(receiver.port)

    with receiving() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        sender = Sender(receiver.url, 3600)
        sending = asyncio.create_task(sent(sender))
        await until_async(begun.is_set)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        found.set()
        await until_async(lambda: not at_work())

    assert receiver.ids == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_send__given_up_while_it_waits(scheme):
    """A request that is given up waits no longer for its receiver: not for an answer, and not for a handshake."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        sending = asyncio.create_task(sent(Sender(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/", 3600)))
        connection, _ = await asyncio.to_thread(server.accept)
        with connection:
            await asyncio.to_thread(connection.recv, 1)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await until_async(lambda: not at_work())


async def test_send__given_up_while_it_connects():
    """A request that is given up waits no longer for a connection either."""
    with swallowing() as port:
        sending = asyncio.create_task(sent(Sender(f"http://127.0.0.1:{port}/", 3600)))
        await until_async(at_work)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await until_async(lambda: not at_work())


STOPS_SENDING = """
import asyncio, socket, sys, threading
from ledger.webhooks.sending import Sender

where, url = sys.argv[1:]
begun = threading.Event()
found = socket.getaddrinfo

def look_up(*asked, **further):
    begun.set()
    return threading.Event().wait() if where == "lookup" else found(*asked, **further)

async def main():
    socket.getaddrinfo = look_up
    sending = asyncio.create_task(Sender(url, 3600).send({}, b""))
    while not begun.is_set():
        await asyncio.sleep(0.01)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("where", ["lookup", "handshake"])
def test_send__no_process_is_kept(where):
    """A process that has stopped sending ends, whatever a thread of it still waits for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}/"
        ended = subprocess.run([sys.executable, "-c", STOPS_SENDING, where, url], timeout=PATIENCE_S, check=False)

    assert ended.returncode == 0


async def test_send__certificates_are_checked():
    """Over TLS only a receiver whose certificate is trusted, and is its own, is sent anything."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    receiver = Receiver()
    receiver.start(serving)
    url = f"https://localhost:{receiver.port}/"
    trusting = ssl.create_default_context(cafile=str(TLS / "certificate.pem"))

    with pytest.raises(NotTaken, match="certificate"):
        await sent(Sender(url, 5))
    await sent(Sender(url, 5, trusting))
    receiver.stop()

    assert len(receiver.events) == 1


def test_answer__bounded():
    """Of an answer no more is read than its status needs."""
    assert ANSWER_BYTES_MAX <= 64 * 1024
