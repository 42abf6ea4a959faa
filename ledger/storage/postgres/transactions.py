"""Transactions: how they begin and end, what is set inside them, and the faults they meet."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import psycopg

from ledger.core.faults import BatchConflict, Fault, HeadMoved, OutcomeUnknown, StorageUnavailable
from ledger.storage import schema
from ledger.storage.mismatch import is_foreign, unfit
from ledger.storage.postgres.pipeline import Link, Sent, Statement, statement
from ledger.storage.rows import Row
from ledger.storage.settings import StorageSettings

BEGIN: Final = Sent(statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"), {})
BEGIN_SNAPSHOT: Final = Sent(statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), {})
COMMIT: Final = Sent(statement("COMMIT"), {})
ROLLBACK: Final = Sent(statement("ROLLBACK"), {})
CLOCK: Final = Sent(statement("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"), {})
_CLOCK_AGREES: Final = (
    ", 1 / (abs(extract(epoch FROM clock_timestamp()) * 1000000 - %(clock)s::numeric) <= %(skew)s::numeric)::int"
)
"""Divides by zero where the clocks disagree."""
_DIVISION_BY_ZERO: Final = "22012"
_ABORTED: Final = "25P02"
_UNDEFINED: Final = {"42P01", "42703"}
"""A table or a column that is not there."""


class Inside(NamedTuple):
    """What is set inside each transaction, so that a pooler may stand between, in three variants."""

    writing: Statement
    and_clock: Statement
    reading: Statement
    parameters: dict[str, Any]


def settings_inside(settings: StorageSettings, synchronous_commit: str, limits_transactions: bool) -> Inside:  # noqa: FBT001
    """What is set, by these settings and what the server says of itself."""
    reading = {
        "statement_timeout": settings.statement_timeout_ms,
        "idle_in_transaction_session_timeout": settings.idle_timeout_ms,
    }
    writing = {**reading, "lock_timeout": settings.lock_timeout_ms, "synchronous_commit": synchronous_commit}
    if limits_transactions:
        # A process that is stopped while it sends holds the lock, and is not idle as the server sees it.
        writing["transaction_timeout"] = settings.transaction_timeout_ms
    read, write = (
        "SELECT " + ", ".join(f"set_config('{name}', %({name})s, true)" for name in names)
        for names in (reading, writing)
    )
    return Inside(statement(write), statement(write + _CLOCK_AGREES), statement(read), writing)


async def whole(link: Link, *sent: Sent) -> list[list[Row]]:
    """Run statements of which one begins a transaction; it is ended where one fails."""
    try:
        return await link.run(*sent)
    except psycopg.Error:
        if not link.connection.closed and not link.clean:
            with contextlib.suppress(psycopg.Error):
                await link.run(ROLLBACK)
        raise


@contextlib.contextmanager
def faults(committing: Link | None = None) -> Iterator[None]:
    """Translate what the driver raises; the original stays as the cause.

    Args:
        committing: A connection on which COMMIT has been sent: where it is lost, the outcome is unknown.
    """
    try:
        yield
    except psycopg.Error as problem:
        if committing is not None and committing.connection.closed:
            raise OutcomeUnknown(f"the connection was lost during COMMIT: {problem}") from problem
        raise _fault_of(problem) from problem


def _fault_of(problem: psycopg.Error) -> Fault:
    state = problem.sqlstate or ""
    if state == _ABORTED:
        return HeadMoved("the batch before was not written")
    if state == _DIVISION_BY_ZERO:
        return HeadMoved("the head, the quarantine or the clock is not as expected")
    if problem.diag.constraint_name == schema.heads.primary_key.name:
        return HeadMoved("the organization has just been created")
    about = problem.diag
    foreign = state[:2] == "23" and is_foreign(about.table_name, about.column_name, about.constraint_name)
    if foreign or state in _UNDEFINED:
        return unfit(problem)
    if state[:2] in {"22", "23"} or (not state and isinstance(problem, psycopg.DataError)):
        return BatchConflict(f"a row of the batch cannot be written: {problem}")
    return StorageUnavailable(f"PostgreSQL: {problem}")
