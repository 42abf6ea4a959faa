"""What must hold after any fault: every acknowledged effect once, positions without gaps, budgets kept, books clean."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.message import Message

from ledger.verify import Verdict, verify
from tallystick.v1 import errors_pb2, journal_pb2, reservations_pb2
from tests.end_to_end.wire import Record, Wire

ENDED = errors_pb2.ERROR_REASON_HOLD_ENDED


async def check_all(wire: Wire, organization: str, database: str) -> list[Any]:
    """Everything below; returns the journal."""
    entries = await wire.entries(organization)
    check_positions(entries)
    check_once(entries, wire.history)
    check_admissions(entries)
    await check_verified(database)
    return entries


def check_positions(entries: Sequence[Any]) -> None:
    """I7: positions are 1, 2, 3 … and times never fall."""
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    times = [entry.time.ToMicroseconds() for entry in entries]
    assert times == sorted(times)


def check_once(entries: Sequence[Any], history: Iterable[Record]) -> None:
    """I10: each acknowledged effect is there exactly once and where its answer says; nothing is there twice."""
    written: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        if entry.request_id:
            written[entry.request_id].append(entry.position)
    asked = {record.request.request_id: record for record in history}
    for request_id, positions in written.items():
        assert len(positions) == 1, (positions, asked.get(request_id))
        assert request_id in asked, f"nobody asked for {request_id}"
    for request_id, record in asked.items():
        found = written.get(request_id, [])
        if record.accepted:
            assert found == [record.position], record
        elif record.refused:
            # A repeat of a Reserve whose hold has ended meanwhile is refused, and yet the hold is in the journal.
            bound = record.answer.position
            assert record.answer.reason == ENDED or found == ([bound] if bound else []), record


def check_admissions(entries: Iterable[Any]) -> None:
    """I2: no hold was admitted beyond what was available, and nothing but recorded cost makes a debt."""
    recording = {"ReservationCommitted", "PartSettled", "Charged"}
    for entry in entries:
        for posting in entry.postings:
            gives = posting.role == journal_pb2.ACCOUNT_ROLE_AVAILABLE and posting.amount < 0
            assert not gives or posting.balance >= 0 or entry.kind in recording, entry


async def check_verified(database: str) -> None:
    """I1, I3, I11, I12 …: the verifier, which shares nothing with the writer but the rules, finds nothing."""
    report = await asyncio.to_thread(verify, database)
    assert report.verdict is Verdict.CLEAN, report.findings[:5]


async def check_repeats(wire: Wire, sample: Sequence[Record] | None = None) -> None:
    """I9: each request that had an answer, sent again, has an equal one, but for what is declared to vary."""
    ended = {
        record.request.reservation_id
        for record in wire.history
        if record.accepted
        and isinstance(record.request, reservations_pb2.CommitRequest | reservations_pb2.ReleaseRequest)
    }
    for record in wire.history if sample is None else sample:
        if not (record.accepted or (record.refused and record.answer.bound)):
            continue
        again = (await wire.again(Record(record.request, 0.0))).answer
        if isinstance(again, errors_pb2.Refusal) and again.reason == ENDED:
            assert isinstance(record.request, reservations_pb2.ReserveRequest)
            assert record.refused or record.answer.reservation_id in ended, record
        else:
            assert lasting(again) == lasting(record.answer), record


def lasting(answer: Any) -> Message:
    """An answer without what is computed anew for each repeat."""
    kept = type(answer)()
    kept.CopyFrom(answer)
    for name in ("time_left", "extend_time", "replayed", "next_expire_time", "reservation", "fits", "reset_time"):
        if name in kept.DESCRIPTOR.fields_by_name:
            kept.ClearField(name)
    if "receipt" in kept.DESCRIPTOR.fields_by_name:
        kept.receipt.ClearField("replayed")
    return kept
