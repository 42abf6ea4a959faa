"""The projections, compared both ways with a replayed book: rows missing, too many, different. Source: R47; I11."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Table

from ledger.core.book import Book
from ledger.core.clockwork import due_at
from ledger.core.invariants import InvariantBroken, check_book, check_closed
from ledger.core.requests import made_at
from ledger.core.reservations import ReservationState
from ledger.core.texts import Text
from ledger.storage import schema
from ledger.storage.rows import organization_row, partition_row, reservation_row
from ledger.storage.standing import SHAPES, standing_of, standing_row
from ledger.storage.store import FORMAT_NEWEST
from ledger.verify.findings import FindingKind, Sink
from ledger.verify.replay import text_problem
from ledger.verify.scratch import Scratch
from ledger.verify.sealing import Sealing
from ledger.verify.source import Row, Source

_ERASABLE: Final = {
    schema.organizations: ("display_name", "display_name_salt"),
    schema.partitions: ("display_name", "display_name_salt"),
    schema.standing: ("texts",),
}
"""What may have been erased since; their digest may not, and what is still there must agree with it."""

_TEXTS: Final = schema.standing.columns.keys().index("texts")

_REQUEST_ID: Final = schema.request_ids.columns.keys().index("request_id")


class Projections:
    """One organization's tables, against the book that its journal makes."""

    def __init__(self, source: Source, organization: str, sink: Sink) -> None:
        """Nothing was compared yet."""
        self._source = source
        self._organization = organization
        self._sink = sink

    def compare(self, book: Book, scratch: Scratch) -> None:
        """Every table but the journal's own, and what must hold of the book itself."""
        self._compare_kept(book)
        self._many(schema.reservations, scratch, lambda _: False)
        self._many(schema.standing, scratch, lambda _: False)
        since = book.organization.request_ids_since if book.organization else 0
        self._many(schema.request_ids, scratch, lambda row: made_at(row[_REQUEST_ID]) < since)
        self._check(book)

    def compare_live(self, book: Book, live: Callable[[Table, str], Iterator[Row]]) -> None:
        """What a book has in memory anyway: all but what has ended, and request ids.

        Args:
            book: Of the position that the tables are at.
            live: The rows of a table that have not ended.
        """
        organization = self._organization
        self._compare_kept(book)
        opened = (one for one in book.reservations.values() if one.state is ReservationState.OPEN)
        holds = (reservation_row(organization, one) for one in opened)
        self._few(schema.reservations, holds, live(schema.reservations, organization))
        records = (one for kind in book.standing.values() for one in kind.values() if not one.ended)
        governing = (standing_row(organization, one) for one in records)
        self._few(schema.standing, governing, live(schema.standing, organization))
        self._check(book)

    def _compare_kept(self, book: Book) -> None:
        organization = self._organization
        settings = [organization_row(book.organization)] if book.organization else []
        self._few(schema.organizations, settings)
        self._few(schema.partitions, (partition_row(organization, one) for one in book.partitions.values()))
        self._few(schema.balances, ((organization, *account, *found) for account, found in book.balances.items()))

    def _check(self, book: Book) -> None:
        for check in (check_book, check_closed):
            try:
                check(book)
            except InvariantBroken as broken:
                self._sink.add(FindingKind.INVARIANT_BROKEN, "book", position=book.position, found=broken)

    def compare_head(self, sealing: Sealing, position: int, book: Book | None) -> None:
        """The head, with the journal's end; and with the book, where there is one."""
        rows = list(self._rows(schema.heads))
        if not rows:
            self._sink.add(FindingKind.HEAD_MISSING, "heads", position=position)
            return
        for row in rows[1:]:
            self._sink.add(FindingKind.ROW_EXTRA, "heads", found=row)
        _, at_position, at, chain, next_due, newest, incarnation, quarantine = rows[0]
        expected: list[tuple[str, Any, Any]] = [
            ("position", position, at_position),
            ("at_us", sealing.at, at),
            ("chain", sealing.chain, chain),
        ]
        if book is not None and book.organization is not None:
            expected += [
                ("next_due_us", due_at(book), next_due),
                ("incarnation", book.organization.incarnation, incarnation),
            ]
        for name, should, found in expected:
            if should != found:
                self._sink.add(FindingKind.HEAD_ALTERED, f"heads.{name}", expected=should, found=found)
        if not isinstance(newest, int) or newest < max(1, sealing.format):
            self._sink.add(FindingKind.HEAD_ALTERED, "heads.format", expected=max(1, sealing.format), found=newest)
        elif newest > FORMAT_NEWEST:
            self._sink.add(FindingKind.FORMAT_UNKNOWN, "heads.format", expected=FORMAT_NEWEST, found=newest)
        if self._sink.current:
            self._sink.current.quarantine = str(quarantine)

    def _rows(self, table: Table) -> Iterator[Row]:
        for row in self._source.rows(table, self._organization):
            if self._sink.current:
                self._sink.current.rows[table.name] += 1
            yield row

    def _few(self, table: Table, expected: Iterable[Row], found: Iterable[Row] | None = None) -> None:
        """A table whose rows the book holds in memory anyway; or of it those rows that were found."""
        width = len(table.primary_key.columns)
        waiting = {row[:width]: row for row in expected}
        for row in self._rows(table) if found is None else found:
            self._compare(table, waiting.pop(row[:width], None), row)
        for row in waiting.values():
            self._missing(table, row)

    def _many(self, table: Table, scratch: Scratch, may_miss: Callable[[Row], bool]) -> None:
        """A table whose expected rows wait on the scratch pad."""
        for row in self._rows(table):
            self._compare(table, scratch.take(table, row), row)
        for row in scratch.rest(table):
            if not may_miss(row):
                self._missing(table, row)

    def _compare(self, table: Table, expected: Row | None, row: Row) -> None:
        key = row[1 : len(table.primary_key.columns)]
        if expected is None:
            self._sink.add(FindingKind.ROW_EXTRA, table.name, key=key, found=row)
            return
        for column, should, found in zip(table.columns, expected, row, strict=True):
            if should != found and column.name not in _ERASABLE.get(table, ()):
                self._sink.add(
                    FindingKind.ROW_ALTERED, f"{table.name}.{column.name}", key=key, expected=should, found=found
                )
        if table in _ERASABLE:
            first, *_ = _ERASABLE[table]
            problem = _kept_problem(expected, row) if table is schema.standing else _name_problem(table, row)
            if problem:
                self._sink.add(FindingKind.TEXT_ALTERED, f"{table.name}.{first}", key=key, found=problem)

    def _missing(self, table: Table, row: Row) -> None:
        key = row[1 : len(table.primary_key.columns)]
        self._sink.add(FindingKind.ROW_MISSING, table.name, key=key, expected=row)


def _name_problem(table: Table, row: Row) -> str:
    """What is wrong with a display name; empty where nothing is."""
    columns = table.columns.keys()
    value, salt, digest = (row[columns.index(f"display_name{part}")] for part in ("", "_salt", "_digest"))
    if not (isinstance(value, str) and isinstance(salt, str) and isinstance(digest, str)):
        return "it is no text"
    return text_problem(Text(value, salt, digest))


def _kept_problem(expected: Row, row: Row) -> str:
    """What is wrong with the free texts of a standing record; empty where nothing is.

    Args:
        expected: As the journal has it, whose digests count.
        row: As found.
    """
    texts = row[_TEXTS]
    try:
        record = standing_of((*expected[:_TEXTS], texts))
        if standing_row(expected[0], record)[_TEXTS] != texts:
            return "it is not as it was written"
        shape = SHAPES[type(record)]
        return next(filter(None, (text_problem(getattr(record, name)) for name in shape.texts)), "")
    except (AttributeError, LookupError, TypeError, ValueError):
        return "it is not as it was written"
