"""A TCP proxy in front of PostgreSQL that understands just enough to cut or stall a connection at COMMIT."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Iterator
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

from sqlalchemy.engine import make_url

_HEADER: Final = struct.Struct("!ci")
_LENGTH: Final = struct.Struct("!i")
_SSL_OR_GSS: Final = {80877103, 80877104}


class Fate(StrEnum):
    """What becomes of a connection at its next COMMIT."""

    BEFORE = "cut before COMMIT is sent"
    DURING = "cut right after COMMIT is sent"
    AFTER = "cut after COMMIT succeeded, its answer withheld"
    STALL = "nothing comes back for a while, then the connection is cut"


class Frontend:
    """Follows what a client says, message by message, to know a COMMIT when it comes."""

    def __init__(self) -> None:
        self._buffer = b""
        self._started = False
        self._commits: set[bytes] = set()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        """The whole messages so far, and whether each says COMMIT."""
        self._buffer += data
        while (message := self._next()) is not None:
            yield message, self._is_commit(message)

    def _next(self) -> bytes | None:
        start = 0 if not self._started else 1
        if len(self._buffer) < start + _LENGTH.size:
            return None
        length = start + _LENGTH.unpack_from(self._buffer, start)[0]
        if len(self._buffer) < length:
            return None
        message, self._buffer = self._buffer[:length], self._buffer[length:]
        if not self._started:
            self._started = _LENGTH.unpack_from(message, _LENGTH.size)[0] not in _SSL_OR_GSS
            return message
        return message

    def _is_commit(self, message: bytes) -> bool:
        """A query, or the binding of a statement, whose text is COMMIT. A prepared statement is known by its name."""
        kind, body = message[:1], message[_HEADER.size :]
        if kind == b"Q":
            return _says_commit(body)
        if kind == b"P":
            name, _, text = body.partition(b"\0")
            (self._commits.add if _says_commit(text) else self._commits.discard)(name)
        if kind == b"B":
            return body.split(b"\0", 2)[1] in self._commits
        return False


class Proxy:
    """Listens on loopback and passes everything on to a database server.

    Attributes:
        fates: What becomes of the next connections that say COMMIT, first come first served; None lets one pass.
        cuts: How many connections were cut so.
        done: No fates are left.
        stall_seconds: How long a stall lasts.
    """

    def __init__(self, url: str, stall_seconds: float = 2.0) -> None:
        self.fates: list[Fate | None] = []
        self.cuts = 0
        self.done = asyncio.Event()
        self.stall_seconds = stall_seconds
        self._target = make_url(url)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def doom(self, *fates: Fate | None) -> None:
        """What becomes of the next connections that say COMMIT; `done` says when all has happened."""
        self.fates = list(fates)
        self.done.clear()

    @property
    def url(self) -> str:
        """The database's address through this proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        query = {"sslmode": "disable", "gssencmode": "disable"}
        through = self._target.set(host="127.0.0.1", port=port, query=query)
        return through.render_as_string(hide_password=False)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            _abort(writer)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        socket_folder = self._target.query.get("host")
        if socket_folder:
            server, to_server = await asyncio.open_unix_connection(f"{socket_folder}/.s.PGSQL.5432")
        else:
            server, to_server = await asyncio.open_connection(self._target.host, self._target.port or 5432)
        # While a fate runs its course nothing goes back to the client.
        passing = asyncio.Event()
        passing.set()
        committed = asyncio.Event()
        back = asyncio.create_task(_pass_back(server, to_client, passing, committed))
        try:
            async for message, fate in self._messages(client):
                if fate is Fate.BEFORE:
                    return
                if fate is not None:
                    passing.clear()
                    committed.clear()
                to_server.write(message)
                await to_server.drain()
                if fate is Fate.DURING:
                    return
                if fate is Fate.AFTER:
                    await asyncio.wait_for(committed.wait(), self.stall_seconds)
                    return
                if fate is Fate.STALL:
                    await asyncio.sleep(self.stall_seconds)
                    return
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)
            _abort(to_server)

    async def _messages(self, client: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, Fate | None]]:
        frontend = Frontend()
        while data := await client.read(65536):
            messages = list(frontend.feed(data))
            for place, (message, commit) in enumerate(messages):
                fate = self.fates.pop(0) if commit and self.fates else None
                if commit and not self.fates:
                    self.done.set()
                if fate is None:
                    yield message, None
                    continue
                self.cuts += 1
                # What the client sent in one go goes to the server in one go: a pipeline ends with its Sync.
                rest = b"".join(following for following, _ in messages[place + 1 :])
                yield message + rest, fate
                return


async def _pass_back(
    server: asyncio.StreamReader, to_client: asyncio.StreamWriter, passing: asyncio.Event, committed: asyncio.Event
) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await server.read(65536):
            if not passing.is_set():
                if b"COMMIT\0" in data:
                    committed.set()
                continue
            to_client.write(data)
            await to_client.drain()
    _abort(to_client)


def _says_commit(text: bytes) -> bool:
    return text.lstrip().upper().startswith(b"COMMIT")


def _abort(writer: asyncio.StreamWriter) -> None:
    """The connection is gone, without a farewell."""
    writer.transport.abort()
