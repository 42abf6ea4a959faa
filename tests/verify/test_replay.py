from dataclasses import replace as changed
from typing import Final

import pytest

from ledger.core.book import Book
from ledger.core.caps import Counter
from ledger.core.texts import Text
from ledger.storage import schema
from ledger.storage.codec import load_entry
from ledger.storage.rows import reservation_row
from ledger.storage.standing import standing_row
from ledger.verify import replay as replaying
from ledger.verify.findings import Report, Sink
from ledger.verify.replay import Replay, text_problem
from ledger.verify.scratch import Scratch
from ledger.verify.sealing import Sealing
from ledger.verify.snapshot import Row, open_snapshot
from tests.verify.governance import governed_by_all
from tests.verify.journal import execute_sql, note, something_of_everything, write_sqlite

REWRITE: Final = "UPDATE entries SET body = cast({} AS blob) WHERE position = {}"


def replayed(path, size=1000):
    """A replay of a database's entries in slices, what it found, and its scratch pad."""
    report = Report("x")
    sink = Sink(report)
    scratch = Scratch((schema.reservations, schema.request_ids, schema.standing))
    with open_snapshot(f"sqlite:///{path}") as snapshot:
        rows = list(snapshot.rows(schema.entries, "acme"))
        seals = list(snapshot.rows(schema.seals, "acme"))
    replay = Replay("acme", scratch, Sealing("acme", iter(seals), sink), sink)
    postings: list[Row] = []
    for start in range(0, len(rows), size):
        postings += replay.take(rows[start : start + size])
    replay.end()
    return (
        replay,
        [(finding.kind.value, finding.place, finding.position) for finding in report.findings],
        scratch,
        postings,
    )


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_take__any_slices(size, journal, monkeypatch):
    """R47: the book, the reservations and the postings come out the same in whatever slices the journal is read."""
    monkeypatch.setattr(replaying, "RESOLVED_KEPT", 0)
    book = something_of_everything().book

    replay, found, scratch, postings = replayed(journal, size)

    assert [one for one in found if one[0] != "SEAL_MISSING"] == []
    assert (replay.book.balances, replay.book.partitions) == (book.balances, book.partitions)
    expected = sorted(reservation_row("acme", one) for one in book.reservations.values())
    assert sorted(scratch.rest(schema.reservations)) == expected
    assert len(postings) == 62
    assert len(list(scratch.rest(schema.request_ids))) == 37


@pytest.mark.parametrize("size", [1, 1000])
def test_take__standing_records(size, tmp_path, monkeypatch):
    """Standing records are expected as they are at last, and an ended one is fetched when an entry names it."""
    monkeypatch.setattr(replaying, "RESOLVED_KEPT", 0)
    adopt, fetched = Book.adopt_standing, []

    def adopted(book, record):
        fetched.append(record)
        adopt(book, record)

    monkeypatch.setattr(Book, "adopt_standing", adopted)
    writer = governed_by_all()
    write_sqlite(tmp_path / "all.db", writer)
    kept = [record for table in writer.book.standing.values() for record in table.values()]

    _, found, scratch, _ = replayed(tmp_path / "all.db", size)

    assert [one for one in found if one[0] != "SEAL_MISSING"] == []
    assert sorted(scratch.rest(schema.standing)) == sorted(standing_row("acme", record) for record in kept)
    assert (Counter in {type(record) for record in fetched if record.ended}) is (size == 1)  # else nothing is let go of


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("DELETE FROM entries WHERE position = 9", ("ENTRY_MISSING", "entries", 9)),
        ("UPDATE entries SET position = 0 WHERE position = 1", ("ENTRY_EXTRA", "entries", 0)),
        ("UPDATE entries SET kind = 'Funded' WHERE position = 9", ("ENTRY_ALTERED", "entries.kind", 9)),
        ("UPDATE entries SET path = 'acme' WHERE position = 14", ("ENTRY_ALTERED", "entries.path", 14)),
        ("UPDATE entries SET body = x'00' WHERE position = 9", ("ENTRY_UNREADABLE", "entries", 9)),
        ("UPDATE entries SET body = 'text' WHERE position = 9", ("ENTRY_UNREADABLE", "entries", 9)),
        (
            REWRITE.format("replace(cast(body AS text), char(10) || '{', char(10) || ' {')", 3),
            ("ENTRY_ALTERED", "entries.body", 3),
        ),
        (
            REWRITE.format("'Unheard' || char(0) || '1' || char(10) || '{}'", 39),
            ("FORMAT_UNKNOWN", "entries", 39),
        ),
    ],
)
def test_take__damaged_row(sql, finding, database):
    """Every way in which a row may be wrong has a kind of finding, and the replay goes on to the end."""
    execute_sql(database, sql)

    replay, found, _, _ = replayed(database)

    assert finding in found
    assert replay.position in {38, 39}


def test_take__request_twice(database, monkeypatch):
    """R38: a second effect of a request id is found although every entry is in order by itself."""

    def read_as_one_request(*arguments):
        entry = load_entry(*arguments)
        if entry.position not in {2, 9}:
            return entry
        return changed(entry, principal="ann", request_id="01900000-0000-7000-8000-000000000001")

    monkeypatch.setattr(replaying, "load_entry", read_as_one_request)

    assert ("REQUEST_TWICE", "entries", 9) in replayed(database)[1]


def test_text_problem():
    """R48: a text agrees with its digest, or was erased with its salt; a salt has one spelling."""
    text = note("why")

    assert [text_problem(one) for one in (text, Text(), Text("", "", text.digest))] == ["", "", ""]
    assert all(
        text_problem(one)
        for one in (
            text._replace(value="who"),
            text._replace(salt=text.salt.upper()),
            text._replace(salt="zz"),
            text._replace(value=""),
            text._replace(digest=""),
        )
    )
