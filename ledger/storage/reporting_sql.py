"""Reporting from a SQL database: one connection that only reads, each report one snapshot with an end in time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from ledger.core.calendars import Calendar
from ledger.core.faults import DeadlinePassed, StorageUnavailable
from ledger.core.reports import BudgetQuery, Counted, Ground, SpendingQuery, StatementFound, StatementQuery
from ledger.storage.address import Address
from ledger.storage.apart import connected_apart
from ledger.storage.reporting_budget import ground
from ledger.storage.reporting_spending import counted
from ledger.storage.reporting_statement import statement
from ledger.storage.settings import StorageSettings

_LOOK_EVERY_STEPS: Final = 100_000
"""Of SQLite's machine, about a millisecond: how often the time that a report has taken is looked at."""

_TIMEOUT_MS_MAX: Final = 2**31 - 1


class SqlReporter:
    """Reports from a SQLite file or a PostgreSQL database; connects when it first has to, and again after a failure."""

    def __init__(self, address: Address, settings: StorageSettings) -> None:
        """Nothing is connected yet. `settings` are the store's."""
        self._engine = connected_apart(address, settings, "reports")

    def spending(self, query: SpendingQuery, calendar: Calendar, end: float) -> Counted:
        """As `Reporter.spending`."""
        with self._snapshot(end) as connection:
            return counted(connection, query, calendar)

    def statement(self, query: StatementQuery, end: float) -> StatementFound:
        """As `Reporter.statement`."""
        with self._snapshot(end) as connection:
            return statement(connection, query)

    def budgets(self, query: BudgetQuery, end: float) -> Ground:
        """As `Reporter.budgets`."""
        with self._snapshot(end) as connection:
            return ground(connection, query)

    def close(self) -> None:
        """As `Reporter.close`."""
        self._engine.dispose()

    @contextmanager
    def _snapshot(self, end: float) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection, connection.begin():
                _give_up_at(connection, end)
                yield connection
        except SQLAlchemyError as problem:
            self._engine.dispose()  # the connection may be a dead one
            if time.monotonic() >= end:
                raise DeadlinePassed from problem
            said = str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]
            raise StorageUnavailable(f"the database could not be read for a report: {said}") from problem


def _give_up_at(connection: Connection, end: float) -> None:
    """Whatever is asked of the connection ends by then, with an error."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        left_ms = min(max(1, int((end - time.monotonic()) * 1000)), _TIMEOUT_MS_MAX)
        connection.execute(text(f"SET LOCAL statement_timeout = {left_ms}"))
    else:
        file: Any = connection.connection.driver_connection
        file.set_progress_handler(lambda: time.monotonic() > end, _LOOK_EVERY_STEPS)
