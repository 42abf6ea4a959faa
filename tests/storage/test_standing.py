import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.caps import Counter
from ledger.core.claims import Claim
from ledger.core.escalations import EscalationState, Grant
from ledger.core.faults import FormatUnknown
from ledger.core.standing import KINDS
from ledger.core.texts import Text
from ledger.storage import schema
from ledger.storage.standing import (
    counting_and_others,
    key_text,
    names_of,
    partitions_named,
    standing_of,
    standing_row,
    standing_rows,
)
from tests.storage.anything import records
from tests.storage.world import Scribe, cap, counter, escalation, founding, governing, pause


@given(st.one_of(*(records(kind) for kind in KINDS)))
def test_standing_row__round_trip(record: Any):
    """Whatever kind of record is stored comes back as it was, and fits its table."""
    row = standing_row("acme", record)

    assert standing_of(row) == record
    assert standing_row("acme", standing_of(row)) == row
    assert len(row) == len(schema.standing.columns)
    assert row[:6] == (
        "acme",
        type(record).__name__,
        str(record.key),
        record.partition_id,
        record.position,
        not record.ended,
    )


def test_standing_row__bytes():
    """What is stored of a counter, in full."""
    body = (
        '{"counter_id":2304,"partition_id":1,"cap_id":9,"workflow_id":"","unit":"USD","starts_at":1800000000000000,'
        '"ends_at":1800000001000000,"counted":7,"last_at":1800000000000000,"open":0,"over":false}'
    )

    assert standing_row("acme", counter(2304, 7)) == ("acme", "Counter", "2304", 1, 9, True, "", 0, body, "")


def test_standing_row__escalation():
    """An escalation's state and who decides are columns; its texts lie beside its body."""
    columns = schema.standing.columns.keys()

    row = dict(zip(columns, standing_row("acme", escalation(7, 3, 2)), strict=True))

    assert (row["state"], row["decider_id"], row["live"]) == ("PENDING", 2, True)
    assert json.loads(row["texts"]) == {"reason": ["second “source”", "00" * 16]}
    assert "second" not in row["body"]


def test_standing_row__ended():
    """A record that has ended is not live."""
    ended: list[Any] = [cap(5, deleted=True), counter(9, over=True), pause(1, 3, over=True)]

    assert [standing_row("acme", record)[5] for record in ended] == [False] * 3
    assert standing_row("acme", counter(9, over=True, open=1))[5] is True


def test_standing_of__erased_text():
    """An erased text is empty and keeps its digest."""
    kept = pause(3, 9, "too fast")
    *row, _ = standing_row("acme", kept)

    assert kept.note.digest
    assert standing_of((*row, "")) == replace(kept, note=Text("", "", kept.note.digest))


def test_standing_of__unknown_kind():
    """A kind of a newer program is refused as such."""
    organization, _, *rest = standing_row("acme", cap(5))

    with pytest.raises(FormatUnknown, match="kind Curfew"):
        standing_of((organization, "Curfew", *rest))


def test_standing_rows__of_a_batch():
    """A batch has a row for each of its records, in their order."""
    batch = governing(Scribe().decide(*founding()), cap(5), pause(3, 9))

    assert [row[1:3] for row in standing_rows(batch)] == [("Cap", "5"), ("Pause", "3")]


def test_counting_and_others__counters_that_go_on():
    """Counters that have not ended are apart; one that has ended is among the others."""
    records = (cap(5), counter(2304), counter(2560, over=True), counter(2816, over=True, open=1))

    counting, others = counting_and_others(governing(Scribe().decide(*founding()), *records))

    assert [row[2] for row in counting] == ["2304", "2816"]
    assert [row[1:3] for row in others] == [("Cap", "5"), ("Counter", "2560")]


def test_names_of__as_columns():
    """Kinds go by their names and numbers in decimal."""
    assert names_of([(Counter, 2**62), (Claim, "1/job")]) == [("Counter", str(2**62)), ("Claim", "1/job")]
    assert key_text(12) == "12"


def test_partitions_named__each_kind():
    """The partition it is about, and whatever others it names; 0 names none."""
    approved = escalation(9, 3, 2, state=EscalationState.APPROVED, source_id=4, policy_id=0)

    assert partitions_named(cap(5, 3)) == {3}
    assert partitions_named(approved) == {2, 3, 4}
    assert partitions_named(Grant(9, 3, 4, "USD", 5, 5, 100)) == {3, 4}
    assert partitions_named(Claim(1, "job", 7, holder_id=3, assignee_id=5)) == {1, 3, 5}
