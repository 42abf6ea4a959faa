"""A proxy before PostgreSQL that loses a connection at a moment of the test's choice."""

import asyncio
import contextlib
from typing import Any, Self

from sqlalchemy.engine import make_url


class Proxy:
    """Passes bytes on between clients on loopback and the server, until told to lose some."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        """Stand before the server that psycopg would reach by these arguments."""
        self._arguments = arguments
        self._lose_request = False
        self._lose_answer = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        await self._server.wait_closed()

    def url(self, url: str) -> str:
        """An address through this proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        through = make_url(url).set(host="127.0.0.1", port=port, query={})
        return through.render_as_string(hide_password=False)

    def lose_next_request(self) -> None:
        """What a client sends next does not arrive, and its connection is cut."""
        self._lose_request = True

    def lose_next_answer(self) -> None:
        """What a client sends next arrives and is answered; then its connection is cut instead of the answer."""
        self._lose_answer = True

    async def _serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        folder, port = str(self._arguments.get("host") or "localhost"), int(self._arguments.get("port") or 5432)
        if folder.startswith("/"):
            server, forth = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        else:
            server, forth = await asyncio.open_connection(folder, port)
        self._writers += [back, forth]
        for task in (
            asyncio.ensure_future(self._requests(client, forth, back)),
            asyncio.ensure_future(self._answers(server, back, forth)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _requests(
        self, client: asyncio.StreamReader, forth: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await client.read(1 << 20):
                if self._lose_request:
                    self._lose_request = False
                    back.transport.abort()
                    break
                forth.write(data)
                await forth.drain()
        forth.close()

    async def _answers(
        self, server: asyncio.StreamReader, back: asyncio.StreamWriter, forth: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await server.read(1 << 20):
                if self._lose_answer:
                    self._lose_answer = False
                    await self._finish(server, data)
                    back.transport.abort()
                    forth.close()
                    return
                back.write(data)
                await back.drain()
        back.close()

    @staticmethod
    async def _finish(server: asyncio.StreamReader, data: bytes) -> None:
        """Read until the server waits for the next request: everything sent before has been done."""
        waits = b"Z\x00\x00\x00\x05"
        while waits not in data[-6:]:
            data += await server.read(1 << 20)
