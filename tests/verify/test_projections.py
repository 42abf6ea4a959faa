import pytest

from ledger.verify import verify
from tests.verify.journal import execute_sql

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
