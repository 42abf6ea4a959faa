"""Which entries somebody wants."""

import pytest

from ledger.core.queries import EntryQuery
from ledger.rpc.entry_filter import KINDS, EntryFilter
from ledger.rpc.problems import InvalidRequest
from tallystick.v1 import journal_pb2

ENTRIES = [
    (path, journal_pb2.Entry(position=position, kind=kind))
    for position, (path, kind) in enumerate(
        [("acme", "Funded"), ("acme/a", "Allocated"), ("acme/a/b", "Charged"), ("acme/ab", "Allocated")], 1
    )
]


@pytest.mark.parametrize(
    ("partition", "kinds", "positions"),
    [
        ("", [], [1, 2, 3, 4]),
        ("acme", [], [1, 2, 3, 4]),
        ("acme/a", [], [2, 3]),
        ("", ["Allocated"], [2, 4]),
        ("acme/a", ["Allocated", "Funded"], [2]),
    ],
)
def test_among__as_a_store_would(partition: str, kinds: list[str], positions: list[int]):
    """A subtree is a path and what lies below it, not what begins alike; kinds are any of those named."""
    wanted = EntryFilter("acme", partition, kinds)

    assert [one.position for one in wanted.among(ENTRIES)] == positions
    assert wanted.whole == (positions == [1, 2, 3, 4])


def test_query__the_same_for_a_store():
    """A store is asked for the same; a kind that is named twice is asked for once."""
    wanted = EntryFilter("acme", "acme/a", ["Funded", "Funded"])

    assert wanted.query(7, 9) == EntryQuery("acme", "acme/a", ("Funded",), 7, 9)
    assert EntryFilter("acme", "acme", []).query(0, 1) == EntryQuery("acme", limit=1)


@pytest.mark.parametrize(("partition", "kinds", "field"), [("other/a", [], "partition"), ("", ["Fundet"], "kinds[0]")])
def test_filter__is_none(partition: str, kinds: list[str], field: str):
    """What can match nothing is a mistake to be told of."""
    with pytest.raises(InvalidRequest) as refused:
        EntryFilter("acme", partition, kinds)

    assert refused.value.violations[0].field == field


def test_kinds__all_there_are():
    """Every kind of entry has a name to ask for it by."""
    assert {"Funded", "ReservationOpened", "IncarnationBegun"} <= set(KINDS)
