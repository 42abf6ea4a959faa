from dataclasses import replace
from typing import Any

import pytest

from ledger.storage import rows, schema
from ledger.storage.standing import standing_rows
from tests.storage.world import TOKENS, USD, Scribe, cap, commit, founding, governing, reserve, uuid7


@pytest.fixture
def batches() -> Any:
    """A founding, and a batch that opens two reservations and commits one of an earlier batch."""
    scribe = Scribe()
    founded = scribe.decide(*founding(), reserve("acme/team/a0", number=1))
    return founded, scribe.decide(reserve("acme/team/a0", number=2), commit(1, 7), reserve("acme/team/a1", number=3))


def test_rows__fit_their_tables(batches: Any):
    """Every row has a value for each column, in the table's order, and begins with the organization."""
    founded, later = batches
    made = {
        schema.heads: [rows.head_row("acme", founded.head)],
        schema.organizations: [rows.organization_row(founded.settings)],
        schema.partitions: [rows.partition_row("acme", partition) for partition in founded.partitions],
        schema.balances: rows.balance_rows(founded),
        schema.reservations: [*rows.opened_and_changed(later)[0], *rows.opened_and_changed(later)[1]],
        schema.entries: rows.entry_rows(later),
        schema.postings: rows.posting_rows(founded),
        schema.request_ids: rows.request_rows(later),
        schema.seals: [rows.seal_row("acme", founded.seal)],
        schema.standing: standing_rows(governing(founded, cap(5))),
    }

    assert {*made, schema.deliveries} == set(schema.metadata.sorted_tables)  # whose rows no batch writes
    for table, found in made.items():
        assert found
        for row in found:
            assert (len(row), row[0]) == (len(table.columns), "acme")


def test_rows__come_back(batches: Any):
    """Each record read from its row is the record."""
    founded, later = batches

    assert rows.head_of(rows.head_row("acme", founded.head)) == founded.head
    assert rows.organization_of(rows.organization_row(founded.settings)) == founded.settings
    assert founded.settings.units == (USD, TOKENS)
    for partition in founded.partitions:
        assert rows.partition_of(rows.partition_row("acme", partition)) == partition
    for reservation in (*founded.reservations, *later.reservations):
        assert rows.reservation_of(rows.reservation_row("acme", reservation)) == reservation
    assert tuple(map(rows.balance_of, rows.balance_rows(founded))) == founded.balances
    assert [rows.entry_of(row) for row in rows.entry_rows(later)] == [stored.entry for stored in later.entries]
    assert rows.seal_from(rows.seal_row("acme", founded.seal)) == founded.seal


def test_reservation_row__what_it_counts_in(batches: Any):
    """Counters are a list of numbers, and a claim is as it is; none of either is the same text for all."""
    plain = batches[0].reservations[0]
    counting = replace(plain, pins=(2304, 2**62), claim="1/job “a”")

    row = rows.reservation_row("acme", counting)

    assert row[-2:] == ("[2304,4611686018427387904]", "1/job “a”")
    assert rows.reservation_row("acme", plain)[-2:] == ("[]", "")
    assert rows.reservation_of(row) == counting


def test_opened_and_changed__by_position(batches: Any):
    """What the batch opened must be new; what was opened before it must be there."""
    opened, changed = rows.opened_and_changed(batches[1])

    assert [row[1] for row in changed] == [uuid7(1)]
    assert [row[1] for row in opened] == [uuid7(2), uuid7(3)]


def test_created_and_changed__by_position(batches: Any):
    """The same for partitions."""
    created, changed = rows.created_and_changed(batches[0])

    assert [row[2] for row in created] == ["acme", "acme/team", "acme/team/a0", "acme/team/a1"]
    assert changed == []


def test_request_rows__a_range_for_each(batches: Any):
    """A request's row names the first and the last of its entries."""
    made = rows.request_rows(batches[0])

    entries = [stored.entry for stored in batches[0].entries]
    assert [(row[2], row[4], row[5]) for row in made] == [
        (entry.request_id, entry.position, entry.position) for entry in entries
    ]


def test_entry_rows__path(batches: Any):
    """An entry is filed under the partition it is about; the root's where it names none."""
    assert [row[5] for row in rows.entry_rows(batches[0])][:4] == ["acme", "acme", "acme/team", "acme/team"]


def test_known_of__together(batches: Any):
    """Entries of one request are gathered under its id, in the order of the rows."""
    _, first, second, *_ = rows.entry_rows(batches[0])

    known = rows.known_of([("ann", "r-1", b"f", *first), ("ann", "r-1", b"f", *second)])

    assert [entry.position for entry in known["ann", "r-1"].entries] == [first[1], second[1]]
    assert known["ann", "r-1"].fingerprint == b"f"
