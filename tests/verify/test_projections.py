from typing import Final

import pytest
from sqlalchemy import create_engine, text

from ledger.storage import schema
from ledger.storage.migrate import migrate
from ledger.storage.standing import standing_row
from ledger.verify import verify
from ledger.verify.findings import Report, Sink
from ledger.verify.projections import Projections
from ledger.verify.scratch import Scratch
from ledger.verify.snapshot import open_snapshot
from tests.builders import create_organization
from tests.storage.world import examples, governing
from tests.verify.journal import Writer, append, execute_sql, governed, write_sqlite

SCOUT = "SELECT partition_id FROM partitions WHERE path = 'acme/research/scout'"


def findings(path):
    """Kind, place and key of everything that a verification finds."""
    return [(one.kind.value, one.place, one.key) for one in verify(f"sqlite:///{path}").findings]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE organizations SET time_zone = 'UTC'", ("ROW_ALTERED", "organizations.time_zone", "")),
        ("UPDATE partitions SET closed = 1 WHERE path = 'acme'", ("ROW_ALTERED", "partitions.closed", "1")),
        (f"UPDATE balances SET spent = 0 WHERE partition_id = ({SCOUT})", ("ROW_ALTERED", "balances.spent", "4, USD")),
        (
            "UPDATE reservations SET basis = 'ESTIMATED' WHERE tool = 'search'",
            ("ROW_ALTERED", "reservations.basis", None),
        ),
        ("UPDATE request_ids SET fingerprint = x'00' WHERE first_position = 3", ("ROW_ALTERED", None, None)),
        ("DELETE FROM balances WHERE partition_id = 1 AND unit = 'tokens'", ("ROW_MISSING", "balances", "1, tokens")),
        (
            "INSERT INTO balances SELECT organization, 3, 'tokens', 0,0,0,0,0,0,0,0 FROM heads",
            ("ROW_EXTRA", "balances", "3, tokens"),
        ),
        ("UPDATE heads SET next_due_us = NULL", ("HEAD_ALTERED", "heads.next_due_us", "")),
        ("UPDATE heads SET incarnation = 7", ("HEAD_ALTERED", "heads.incarnation", "")),
        ("UPDATE heads SET format = 0", ("HEAD_ALTERED", "heads.format", "")),
        ("DELETE FROM heads", ("HEAD_MISSING", "heads", "")),
        (
            "UPDATE partitions SET display_name = 'Spy' WHERE path LIKE '%scout'",
            ("TEXT_ALTERED", "partitions.display_name", "4"),
        ),
    ],
)
def test_compare__one_change(sql, expected, database):
    """I11: a changed projection is one finding, typed, with the table, the column and the row's key."""
    assert execute_sql(database, sql) == 1

    found = findings(database)

    assert len(found) == 1
    assert all(wanted in {None, is_} for wanted, is_ in zip(expected, found[0], strict=True))


def test_compare__pruned_request_ids(database):
    """R40: ids older than the cut-off may be gone or not; younger ones may not."""
    execute_sql(database, "DELETE FROM request_ids WHERE first_position BETWEEN 5 AND 7")

    assert [kind for kind, *_ in findings(database)] == ["ROW_MISSING"] * 3


ANOTHER: Final = (
    "INSERT INTO standing SELECT organization, 'Cap', key, partition_id, position, live, state, decider_id, body, texts"
    " FROM standing WHERE kind = 'RefusalNoted'"
)

STANDING: Final = [
    ("UPDATE standing SET live = NOT live WHERE key LIKE '%/bob'", ("ROW_ALTERED", "standing.live")),
    (
        "UPDATE standing SET body = replace(body, 'ann', 'eve') WHERE kind = 'RoleHeld' AND body LIKE '%ann%'",
        ("ROW_ALTERED", "standing.body"),
    ),
    ("UPDATE standing SET position = 41 WHERE kind = 'RefusalNoted'", ("ROW_ALTERED", "standing.position")),
    ("UPDATE standing SET decider_id = 3 WHERE kind = 'RefusalNoted'", ("ROW_ALTERED", "standing.decider_id")),
    ("UPDATE standing SET state = 'PENDING' WHERE kind = 'RefusalNoted'", ("ROW_ALTERED", "standing.state")),
    ("UPDATE standing SET texts = '{}' WHERE kind = 'RefusalNoted'", ("TEXT_ALTERED", "standing.texts")),
    ("DELETE FROM standing WHERE key LIKE '%/bob'", ("ROW_MISSING", "standing")),
    (ANOTHER, ("ROW_EXTRA", "standing")),
]
"""Changes to standing records, and what is found."""


@pytest.mark.parametrize(("sql", "expected"), STANDING)
def test_compare__standing_record(sql, expected, governed_database):
    """I11: a standing record that is missing, extra or altered is one finding on SQLite."""
    assert execute_sql(governed_database, sql) == 1

    assert [found[:2] for found in findings(governed_database)] == [expected]


@pytest.mark.postgres
def test_compare__standing_record_on_postgresql(postgres_url):
    """And on PostgreSQL; each change is taken back."""
    migrate(postgres_url)
    append(postgres_url, governed())
    assert verify(postgres_url).findings == []
    engine = create_engine(postgres_url)

    for sql, expected in STANDING:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE before AS SELECT * FROM standing"))
            assert connection.execute(text(sql)).rowcount == 1
        found = [(one.kind.value, one.place) for one in verify(postgres_url).findings]
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM standing"))
            connection.execute(text("INSERT INTO standing SELECT * FROM before"))
            connection.execute(text("DROP TABLE before"))
        assert found == [expected]
    engine.dispose()


@pytest.fixture
def compared(tmp_path):
    """Two records of each kind in a database, changed by a statement and compared; what is found."""

    def compared_after(sql):
        writer, path = Writer(), tmp_path / "standing.db"
        writer.write(create_organization())
        writer.batches[0] = governing(writer.batches[0], *examples())
        write_sqlite(path, writer)
        assert execute_sql(path, sql) == 1
        report = Report("x")
        scratch = Scratch((schema.reservations, schema.request_ids, schema.standing))
        scratch.put(schema.standing, [standing_row("acme", record) for record in examples()])
        with open_snapshot(f"sqlite:///{path}") as snapshot:
            scratch.put(schema.request_ids, list(snapshot.rows(schema.request_ids, "acme")))
            Projections(snapshot, "acme", Sink(report)).compare(writer.book, scratch)
        scratch.close()
        return [(one.kind.value, one.place, one.key) for one in report.findings]

    return compared_after


def test_compare__erased_text_of_a_standing_record(compared):
    """R48: the texts of a standing record may be erased with their salts, and all else still agrees."""
    assert compared("UPDATE standing SET texts = '' WHERE kind = 'Escalation' AND key = '8'") == []


@pytest.mark.parametrize(
    "sql",
    [
        "replace(texts, 'fast', 'slow')",
        "replace(texts, '00', 'zz')",
        "replace(texts, 'note', 'nota')",
        "replace(texts, ':', ': ')",
        "'[]'",
        "'null'",
        '\'{"note":["","00"]}\'',
        '\'{"note":[7,"00"]}\'',
        "x'00'",
    ],
)
def test_compare__another_text_of_a_standing_record(sql, compared):
    """R48: what is still there is what was given, as it was written."""
    found = compared(f"UPDATE standing SET texts = {sql} WHERE kind = 'Pause' AND key = '3'")

    assert found == [("TEXT_ALTERED", "standing.texts", "Pause, 3")]
