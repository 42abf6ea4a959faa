"""The pipeline: several statements to PostgreSQL in one round trip.

Everything is worked out first, then sent at once, then awaited. So a process that stops in between, frozen or killed,
has sent all or nothing, and a lock is never held by a half-sent batch. The driver's own pipeline sends statement by
statement, and ends with a request to flush that switches the server's timer for idle transactions off.

What is sent while other statements are under way comes behind them, and its answers are read when theirs have been.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

from ledger.storage.postgres.arrays import numbers, texts
from ledger.storage.rows import Row

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
_BINARY: Final = 1


class Statement(NamedTuple):
    """A statement as the server takes it.

    Attributes:
        name: Of its prepared form.
        sql: With `$1`, `$2` … for parameters.
        parameters: Their names, in that order.
        lasting: Whether a plan may outlive the size that the tables had when it was made.
    """

    name: bytes
    sql: bytes
    parameters: tuple[str, ...]
    lasting: bool


@lru_cache(maxsize=1024)
def statement(text: str, *, lasting: bool = True) -> Statement:
    """A statement from text with `%(name)s` for parameters."""
    names = list(dict.fromkeys(_PARAMETER.findall(text)))
    sql = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%")
    name = f"tallystick_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
    return Statement(name.encode(), sql.encode(), tuple(names), lasting)


class Sent(NamedTuple):
    """A statement and its parameters by name; `wanted` is whether anybody looks at its rows."""

    statement: Statement
    parameters: dict[str, Any]
    wanted: bool = True


class Link:
    """A connection, and what has been prepared on it.

    Attributes:
        connection: In autocommit mode.
    """

    def __init__(self, connection: Connection, prepare_threshold: int | None, patience_s: float) -> None:
        """Nothing is prepared.

        Args:
            connection: Just made.
            patience_s: How long to wait for everything that was sent together; then the connection is given up.
            prepare_threshold: After how many uses a statement is prepared; None for never.
        """
        self.connection = connection
        self._threshold = prepare_threshold
        self._patience_s = patience_s
        self._uses: dict[bytes, int] = {}
        self._prepared: set[bytes] = set()
        self._last: asyncio.Future[None] | None = None  # done when what was sent last has been answered
        self._reading: asyncio.Future[None] | None = None  # done when there is something to read
        self._watched: int | None = None  # the file that is watched meanwhile

    @property
    def clean(self) -> bool:
        """Whether the next caller may have it: no transaction, nothing under way."""
        connection = self.connection.pgconn
        return connection.transaction_status == pq.TransactionStatus.IDLE and not connection.pipeline_status

    async def run(self, *sent: Sent) -> list[list[Row]]:
        """Send statements together; each one's rows. They share a transaction only if they begin and commit one.

        Raises:
            psycopg.Error: The first statement that failed; those after it were not executed. Or the connection is lost.
        """
        encoded = [[_encoded(each.parameters[name]) for name in each.statement.parameters] for each in sent]
        try:
            results_of = self._send(sent, encoded)
            results = await self._answers()
        except BaseException:  # what still comes would be taken for the answer to something else
            self._stop_watching()
            await self.connection.close()
            raise
        failed = next((result for result in results if result.status == pq.ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            self._prepared.difference_update(name for name in results_of[results.index(failed) :] if name)
            raise error_from_result(failed)
        answers = []
        for what, result in zip(results_of, results, strict=True):
            if not what:
                answers.append([] if what is None else _rows(self.connection, result))
            result.clear()  # a whole book's rows are not kept twice
        return answers

    def _send(self, sent: Sequence[Sent], encoded: Sequence[Sequence[bytes | None]]) -> list[bytes | None]:
        """Send statements; what each result will be for: a name's preparation, or rows, or rows that nobody wants."""
        connection = self.connection.pgconn
        if not connection.pipeline_status:
            connection.enter_pipeline_mode()
        results_of: list[bytes | None] = []
        for (each, _, wanted), values in zip(sent, encoded, strict=True):
            if each.name not in self._prepared and self._should_prepare(each):
                connection.send_prepare(each.name, each.sql)
                results_of.append(each.name)
                self._prepared.add(each.name)
            if each.name in self._prepared:
                connection.send_query_prepared(each.name, values, result_format=_BINARY)
            else:
                connection.send_query_params(each.sql, values, result_format=_BINARY)
            results_of.append(b"" if wanted else None)
        connection.pipeline_sync()
        return results_of

    async def _answers(self) -> list[pq.abc.PGresult]:
        """What came back for what was sent last, after whatever was under way."""
        connection = self.connection.pgconn
        ahead, self._last = self._last, (last := asyncio.get_running_loop().create_future())
        try:
            if ahead is not None:
                connection.flush()
                self._look()  # a full connection was read from while it was written to
                await asyncio.shield(ahead)
            async with asyncio.timeout(self._patience_s):
                results = await self._results()
            if self._last is last:
                connection.exit_pipeline_mode()
        except TimeoutError as late:  # the server hangs, or something between: its own timeouts would have been heard
            raise psycopg.OperationalError(f"PostgreSQL did not answer in {self._patience_s:g} s") from late
        else:
            return results
        finally:
            if self._last is last:
                self._last = None
            last.set_result(None)

    async def _results(self) -> list[pq.abc.PGresult]:
        """What comes back up to the next sync."""
        connection = self.connection.pgconn
        unsent = connection.flush()
        results: list[pq.abc.PGresult] = []
        while True:
            while unsent or connection.is_busy():
                await self._ready(writing=bool(unsent))
                try:
                    connection.consume_input()
                    unsent = connection.flush()
                except psycopg.OperationalError:
                    if connection.status != pq.ConnStatus.BAD:
                        raise
                    break  # why may have been said before, and is the next result
            result = connection.get_result()
            if result is None:  # it stands between the results of two statements
                if connection.status == pq.ConnStatus.BAD:
                    raise _loss(results)
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)

    async def _ready(self, *, writing: bool) -> None:
        """Wait until there is something to read, or where asked, room to write."""
        loop = asyncio.get_running_loop()
        self._reading = loop.create_future()
        self._watched = self.connection.fileno()
        loop.add_reader(self._watched, self._look)
        if writing:
            loop.add_writer(self._watched, self._look)
        try:
            await self._reading
        finally:
            self._stop_watching()

    def _look(self) -> None:
        """Whoever waits for something to read looks whether there is."""
        if self._reading is not None and not self._reading.done():
            self._reading.set_result(None)

    def _stop_watching(self) -> None:
        """Nobody waits for the connection, which may be gone already, and its number somebody else's soon."""
        self._look()
        if self._watched is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._watched)
            loop.remove_writer(self._watched)
            self._watched = None

    def _should_prepare(self, each: Statement) -> bool:
        if self._threshold is None or not each.lasting:
            return False
        uses = self._uses[each.name] = self._uses.get(each.name, 0) + 1
        return uses > self._threshold


def _loss(results: Sequence[pq.abc.PGresult]) -> psycopg.Error:
    """Why the connection is lost: the server's own last word, where it had one."""
    for result in results:
        if result.error_field(pq.DiagnosticField.SEVERITY_NONLOCALIZED) in {b"FATAL", b"PANIC"}:
            return error_from_result(result)
    return psycopg.OperationalError("the connection is lost")


def _encoded(value: Any) -> bytes | None:  # noqa: ANN401  (a parameter of any type)
    """A parameter as the server reads it in text."""
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            raise psycopg.DataError("PostgreSQL cannot store a text with a zero character")
        return value.encode()
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    if isinstance(value, list):
        return (texts if value and isinstance(value[0], str) else numbers)(value).encode()
    return str(value).encode()


def _rows(connection: Connection, result: pq.abc.PGresult) -> list[Row]:
    if result.status != pq.ExecStatus.TUPLES_OK or not result.ntuples:
        return []
    loading = Transformer(connection)
    loading.set_pgresult(result)
    return loading.load_rows(0, result.ntuples, tuple)
