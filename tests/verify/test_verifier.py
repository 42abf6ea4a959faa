import gc
import sqlite3
import tracemalloc
from collections import Counter
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.storage.schema import metadata
from ledger.verify import DatabaseUnreadable, Finding, FindingKind, Verdict, verify
from tests.builders import release, reserve
from tests.verify.flips import cells, flip
from tests.verify.journal import execute_sql, something_of_everything, write_sqlite

FREE = {"quarantine"}
"""Columns that the journal says nothing about: the finding that stopped an organization's writing."""


def kinds(path, *organizations):
    """How many findings of each kind a verification has."""
    return dict(verify(f"sqlite:///{path}", organizations).counts)


def test_verify__clean(journal):
    """I11, I12: what the service wrote verifies, and the report says how much was read."""
    report = verify(f"sqlite:///{journal}")

    (acme,) = report.organizations
    assert (report.verdict, report.findings, acme.verdict) == (Verdict.CLEAN, [], Verdict.CLEAN)
    assert acme.rows == Counter(
        heads=1,
        organizations=1,
        partitions=4,
        balances=5,
        reservations=8,
        request_ids=37,
        entries=39,
        postings=62,
        seals=22,
    )


def test_verify__standing_records(governed_journal):
    """I11: standing records are recomputed, those that ended too, and their rows are counted."""
    report = verify(f"sqlite:///{governed_journal}")

    assert (report.verdict, report.of("acme").rows["standing"]) == (Verdict.CLEAN, 4)


def test_verify__several_organizations(tmp_path):
    """One organization may be asked for; without a name all are read."""
    url = write_sqlite(tmp_path / "two.db", something_of_everything(), something_of_everything("zeta"))

    assert [one.organization for one in verify(url).organizations] == ["acme", "zeta"]
    assert [one.organization for one in verify(url, ["zeta"]).organizations] == ["zeta"]


def test_verify__one_bit_in_each_column(governed_journal, governed_copy):
    """I12: a changed bit is found whatever the column that it is in, and a finding names the table."""
    unfound = []
    for number, cell in enumerate(cells(governed_journal)):
        if cell.column in FREE or cell.number != number % 3:
            continue
        path = governed_copy()
        changed = flip(path, cell, 7 * number)
        places = [finding.place for finding in verify(f"sqlite:///{path}").findings]
        named = (
            "seals" if cell[:2] == ("entries", "at_us") else cell.table
        )  # a batch has one time, which its seal covers
        if changed and not any(place.startswith(named) for place in places):
            unfound.append((cell, changed, places))

    assert not unfound


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_verify__any_bit(data, governed_journal, governed_copy):
    """I12: a changed bit is found wherever it is."""
    cell = data.draw(st.sampled_from([cell for cell in cells(governed_journal) if cell.column not in FREE]))
    path = governed_copy()

    changed = flip(path, cell, data.draw(st.integers(0, 10_000)))

    assert changed is None or verify(f"sqlite:///{path}").verdict is not Verdict.CLEAN


def contents(path):
    """Every row of every table; or that they cannot be read."""
    try:
        with closing(sqlite3.connect(path)) as database:
            database.text_factory = bytes
            return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in metadata.tables}
    except sqlite3.Error as problem:
        return str(problem)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_verify__any_bit_of_the_file(place, bit, governed_journal, governed_copy):
    """Damage below the rows is found where it reaches a row; and nothing that a file may hold makes a traceback."""
    path = governed_copy()
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    path.write_bytes(data)

    try:
        verdict = verify(f"sqlite:///{path}").verdict
    except DatabaseUnreadable:
        verdict = Verdict.INCOMPLETE

    assert verdict is not Verdict.CLEAN or contents(path) == contents(governed_journal)


@pytest.mark.slow
def test_verify__bounded_memory(tmp_path, monkeypatch):
    """Four times the journal does not take more memory: slices and what is open are all that is kept."""
    monkeypatch.setattr("ledger.verify.replay.RESOLVED_KEPT", 100)
    monkeypatch.setattr("ledger.verify.snapshot._SLICE", 100)
    monkeypatch.setattr("ledger.verify.verifier.SLICE", 100)
    peaks = []
    for number, batches in enumerate((8, 8, 32)):  # the first run pays for what is made once
        writer = something_of_everything()
        for batch in range(batches):
            numbers = range(100 + 50 * batch, 150 + 50 * batch)
            writer.write(*(reserve("acme/research/scout", one, USD=1) for one in numbers))
            writer.write(*(release(one) for one in numbers))
        url = write_sqlite(tmp_path / f"{number}.db", writer)
        del writer
        gc.collect()
        tracemalloc.start()
        assert verify(url).verdict is Verdict.CLEAN
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[2] < 1.3 * peaks[1], peaks


BOOKS = sorted(set(metadata.tables) - {"deliveries"})
"""All tables but that of the webhooks' cursors, which say nothing of the journal."""


@pytest.mark.parametrize("table", BOOKS)
def test_verify__row_gone(table, governed_database):
    """A row that is missing is found in every table."""
    keys = ", ".join(column.name for column in metadata.tables[table].primary_key.columns)
    last = f"SELECT {keys} FROM {table} ORDER BY {keys} LIMIT 1 OFFSET (SELECT count(*) / 2 FROM {table})"
    deleted = execute_sql(governed_database, f"DELETE FROM {table} WHERE ({keys}) IN ({last})")

    found = kinds(governed_database)

    assert deleted == 1
    assert set(found) & {"ENTRY_MISSING", "SEAL_ALTERED", "HEAD_MISSING", "ROW_MISSING"}


@pytest.mark.parametrize("table", BOOKS)
def test_verify__row_of_nobody(table, governed_database):
    """Rows of an organization that has no journal are found in every table."""
    columns = [column.name for column in metadata.tables[table].columns]
    others = ", ".join(columns[1:])
    execute_sql(governed_database, f"INSERT INTO {table} SELECT 'ghost', {others} FROM {table} LIMIT 1")

    report = verify(f"sqlite:///{governed_database}")

    assert report.of("acme").verdict is Verdict.CLEAN
    assert report.of("ghost").verdict is Verdict.FINDINGS


SWAP = """
    UPDATE {table} SET position = -position WHERE organization = 'acme' AND position IN (10, 11);
    UPDATE {table} SET position = 21 + position WHERE position < 0
"""


@pytest.mark.parametrize("tables", [("entries",), ("entries", "postings")], ids=" ".join)
def test_verify__two_entries_swapped(tables, database):
    """I7, I12: entries that stand in each other's place are found, each by what its bytes say of its position."""
    for table in tables:
        for statement in SWAP.format(table=table).split(";"):
            assert execute_sql(database, statement) >= 2

    report = verify(f"sqlite:///{database}")

    altered = {finding.position for finding in report.findings if finding.place == "entries.position"}
    assert altered == {10, 11}
    assert FindingKind.SEAL_ALTERED in report.counts


def test_verify__entry_dropped_and_the_rest_moved_up(database):
    """A gap that somebody closes shows in every later entry, and in the chain."""
    for table in ("entries", "postings"):
        execute_sql(database, f"DELETE FROM {table} WHERE position = 20")
        execute_sql(database, f"UPDATE {table} SET position = -position WHERE position > 20")
        execute_sql(database, f"UPDATE {table} SET position = -position - 1 WHERE position < 0")

    report = verify(f"sqlite:///{database}")

    assert FindingKind.SEAL_ALTERED in report.counts
    assert {20, 38} <= {finding.position for finding in report.findings if finding.place == "entries.position"}


PROJECTIONS = {
    "a balance": ("balances", "UPDATE balances SET available = available + 100 WHERE partition_id = 4"),
    "a hold that is open again": ("reservations", "UPDATE reservations SET state = 'OPEN' WHERE state = 'RELEASED'"),
    "what was charged": ("reservations", "UPDATE reservations SET units = replace(units, '12,8,', '12,0,')"),
    "a request id that took effect": ("request_ids", "DELETE FROM request_ids WHERE first_position = 30"),
    "another's answer": ("request_ids", "UPDATE request_ids SET first_position = 7 WHERE last_position = 30"),
    "a partition that is open again": ("partitions", "UPDATE partitions SET closed = 0"),
    "a role": ("standing", "UPDATE standing SET body = replace(body, '\"role\":0', '\"role\":4')"),
    "a longer life": ("organizations", "UPDATE organizations SET reservation_life_max_us = 9"),
    "an end that never comes": ("heads", "UPDATE heads SET next_due_us = NULL"),
}


@pytest.mark.parametrize("meddled", PROJECTIONS.values(), ids=PROJECTIONS)
def test_verify__projection_edited(meddled, governed_database):
    """I11: whatever somebody would like the books to say that the journal does not, its row is named."""
    table, sql = meddled
    assert execute_sql(governed_database, sql) >= 1

    report = verify(f"sqlite:///{governed_database}")

    assert report.verdict is Verdict.FINDINGS
    assert {finding.place.partition(".")[0] for finding in report.findings} == {table}


def test_verify__end_cut_off(database):
    """A journal that was cut off together with its seals contradicts the head and the projections."""
    for table, column in (("entries", "position"), ("postings", "position"), ("seals", "last_position")):
        execute_sql(database, f"DELETE FROM {table} WHERE {column} > 30")

    found = kinds(database)

    assert found["HEAD_ALTERED"] >= 3
    assert found["ROW_EXTRA"]


def test_verify__erased_text(database):
    """R48: a text may be erased with its salt, and the journal still verifies."""
    execute_sql(database, "UPDATE entries SET texts = '' WHERE kind = 'Reclaimed'")
    execute_sql(
        database, "UPDATE partitions SET display_name = '', display_name_salt = '' WHERE path = 'acme/research'"
    )

    assert verify(f"sqlite:///{database}").verdict is Verdict.CLEAN


def test_verify__replaced_text(database):
    """R48: another text under the same digest is found."""
    execute_sql(database, "UPDATE entries SET texts = replace(texts, 'too much', 'too little')")

    assert kinds(database) == {"TEXT_ALTERED": 1}


def test_verify__newer_format(database):
    """What this program cannot read makes the verdict incomplete, not clean."""
    execute_sql(database, "UPDATE heads SET format = 99")

    report = verify(f"sqlite:///{database}")

    assert report.verdict is Verdict.INCOMPLETE
    assert report.counts == {FindingKind.FORMAT_UNKNOWN: 1}


def test_verify__quarantined(database):
    """A quarantine is reported and is itself no finding: it is what a verification is asked about."""
    execute_sql(database, "UPDATE heads SET quarantine = 'the seal at 7 is not the one this process knows'")

    (acme,) = verify(f"sqlite:///{database}").organizations

    assert (acme.verdict, acme.quarantine) == (Verdict.CLEAN, "the seal at 7 is not the one this process knows")


def test_verify__replay_stops(database):
    """After an entry that cannot be applied the bytes are still checked, and the rest is said to be uncompared."""
    execute_sql(database, "DELETE FROM entries WHERE position = 5")
    execute_sql(database, "UPDATE entries SET digest = zeroblob(32) WHERE position = 39")

    report = verify(f"sqlite:///{database}")

    assert report.incomplete
    assert [finding.position for finding in report.findings if finding.place == "entries.digest"] == [39]


def test_verify__beside_a_writer(database):
    """SQLite: an uncommitted transaction of a running server neither blocks the reading nor shows in it."""
    with closing(sqlite3.connect(database, isolation_level=None)) as server:
        server.execute("BEGIN IMMEDIATE")
        server.execute("UPDATE balances SET available = available + 1")

        report = verify(f"sqlite:///{database}")

        server.execute("ROLLBACK")
    assert report.verdict is Verdict.CLEAN


def test_verify__tells_as_it_goes(database):
    """Findings and progress are told at once, so that a long verification can be watched."""
    execute_sql(database, "UPDATE balances SET spent = spent + 1 WHERE partition_id = 4")
    told: list[Finding] = []
    steps: list[tuple[str, int, int]] = []

    report = verify(f"sqlite:///{database}", tell=told.append, progress=lambda *step: steps.append(step))

    assert told == report.findings != []
    assert (steps[0], steps[-1]) == (("acme", 0, 39), ("acme", 39, 39))


def test_verify__nothing_there(tmp_path, journal):
    """No file, no Tallystick, no such organization: each is said in a sentence."""
    other = tmp_path / "other.db"
    execute_sql(other, "CREATE TABLE notes (text)")

    for url, organizations, said in (
        (f"sqlite:///{tmp_path}/none.db", (), "no database file"),
        (f"sqlite:///{other}", (), "not Tallystick's"),
        (f"sqlite:///{journal}", ("nobody",), "no organization nobody"),
        ("mysql://there/db", (), "mysql"),
        ("memory:", (), "not memory"),
        ("?", (), "no address"),
    ):
        with pytest.raises(DatabaseUnreadable, match=said):
            verify(url, organizations)


def test_verify__cursors_are_no_books(governed_database):
    """Where webhooks stand in a journal is none of its books, and nothing that a verification looks at."""
    execute_sql(governed_database, "INSERT INTO deliveries VALUES ('acme', 'alerts', 7, 1, '', 0)")

    assert verify(f"sqlite:///{governed_database}").verdict is Verdict.CLEAN
