"""A recorded history, checked: answers are those of one serial order, which respects what the callers saw of time.

Successes and bound refusals carry positions, and so do reads: the order is known, and each answer is compared with that
of the naive model at its position. What carries none, a refused Reserve, must fit some position at which it can have
been decided.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from tallystick.v1 import organizations_pb2, partitions_pb2, reservations_pb2
from tests.end_to_end.wire import Record
from tests.model import Model, Operation

FOREVER: Final = 2**62


def operation_of(record: Record) -> Operation:
    """What was asked, as the model takes it."""
    kind, fields = OPERATIONS[type(record.request)]
    asked: dict[str, Any] = fields(record.request)
    if kind == "reserve":
        asked["key"] = record.answer.reservation_id
    return kind, asked


def _pairs(amounts: Any) -> tuple[tuple[str, int], ...]:
    return tuple((amount.unit, amount.parts) for amount in amounts)


def _moved(asked: Any) -> dict[str, Any]:
    return {"path": asked.partition, "unit": "USD", "parts": asked.amount.parts}


def _settled(asked: Any) -> dict[str, Any]:
    return {"key": asked.reservation_id, "confirmed": asked.confirm_implausible}


OPERATIONS: Final[Mapping[type, tuple[str, Callable[[Any], dict[str, Any]]]]] = {
    organizations_pb2.CreateOrganizationRequest: (
        "create_organization",
        lambda asked: {"units": tuple(unit.name for unit in asked.units), "life": 3_600_000_000},
    ),
    partitions_pb2.CreatePartitionRequest: (
        "create_partition",
        lambda asked: {"path": asked.partition, "kind": "AGENT"},
    ),
    partitions_pb2.FundRequest: ("fund", lambda asked: {"unit": "USD", "parts": asked.amount.parts}),
    partitions_pb2.AllocateRequest: ("allocate", _moved),
    partitions_pb2.ReclaimRequest: ("reclaim", _moved),
    reservations_pb2.ReserveRequest: (
        "reserve",
        lambda asked: {
            "path": asked.partition,
            "amounts": _pairs(asked.amounts),
            "ttl": asked.ttl.ToMicroseconds(),
            "chosen": False,
        },
    ),
    reservations_pb2.CommitRequest: ("commit", lambda asked: _settled(asked) | {"actual": _pairs(asked.actual)}),
    reservations_pb2.SettlePartRequest: (
        "settle_part",
        lambda asked: _settled(asked) | {"amounts": _pairs(asked.amounts)},
    ),
    reservations_pb2.ReleaseRequest: ("release", lambda asked: {"key": asked.reservation_id}),
    reservations_pb2.ChargeRequest: (
        "charge",
        lambda asked: _settled(asked) | {"path": asked.partition, "amounts": _pairs(asked.amounts)},
    ),
}
"""How the model calls each kind of request, and its fields."""


class Replay:
    """The model, taken through a history position by position.

    Attributes:
        available: For each position, what each agent had available then.
    """

    def __init__(self, organization: str, agents: Sequence[str], noted: Collection[int]) -> None:
        """Before the first entry. At the positions `noted` the journal tells of refused reserves."""
        self.noted = noted
        self.model = Model(organization)
        self.agents = agents
        self.available: list[dict[str, int]] = [dict.fromkeys(agents, 0)]

    def to(self, position: int) -> int:
        """Let so many holds end by time that the journal is at a position; when the last of them was due."""
        due = 0
        while self.model.entries < position:
            if self.model.entries + 1 in self.noted:  # R82
                self._step(self.model._write)
                continue
            key = self.model.due(FOREVER)[0]
            due = self.model.holds[key]["ends"]
            self._step(partial(self._expire, key))
        assert self.model.entries == position
        return due

    def _expire(self, key: str) -> None:
        """One hold ends by time: time passes up to its end, but not for its equals."""
        self.model._give_back(key)
        self.model.holds[key]["state"] = "EXPIRED"
        self.model._write()

    def _step(self, work: Callable[[], Any]) -> Any:
        before = self.model.entries
        found = work()
        now = {path: self.model.balance(path, "available", "USD") for path in self.agents}
        self.available += [now] * (self.model.entries - before)
        return found

    def take(self, record: Record) -> None:
        """The next answered mutation: it must be answered as the model answers."""
        refused = record.refused
        position = record.answer.position if refused else record.position
        due = self.to(position - 1)
        now = FOREVER // 2 if refused else record.answer.receipt.time.ToMicroseconds()
        assert due <= now, f"a hold ended before its time, at {due}"
        assert refused or not self.model.due(now), f"{record} was decided before what was due"
        key = record.request.request_id
        said = self._step(lambda: self.model.request("local", key, now, operation_of(record), now))
        assert said["ok"] == record.accepted, (said, record)
        if refused:
            detail = record.answer
            assert said["answer"] == (
                _reason(detail),
                detail.unit,
                _number(detail, "needed"),
                _number(detail, "available"),
            )
        else:
            self._compare(record.answer)

    def _compare(self, answer: Any) -> None:
        """Balances and units, as the answer shows them."""
        if isinstance(answer, partitions_pb2.MoveResponse):
            shown = {answer.from_partition: answer.from_available, answer.to_partition: answer.to_available}
            assert {path: parts for path, parts in shown.items() if path} == {
                path: self.model.balance(path, "available", "USD") for path in shown if path
            }
        for amount in getattr(answer, "available", ()):
            assert amount.parts == self.model.balance(answer.partition, "available", amount.unit), answer
        for line in getattr(answer, "units", ()):
            assert _facts(line) == self._facts(answer.reservation_id, line.unit), answer
        if isinstance(answer, reservations_pb2.SettlementResponse):
            state = reservations_pb2.ReservationState.Name(answer.state).removeprefix("RESERVATION_STATE_")
            assert state == self.model.holds[answer.reservation_id]["state"]

    def _facts(self, key: str, unit: str) -> tuple[int, ...]:
        model, actual = self.model, self.model.actual(key, unit)
        single = (model.fact(key, unit, kind) for kind in ("overrun", "late", "charge"))
        return (model.fact(key, unit, "held"), model.remaining(key, unit), actual, *single)


def _facts(line: Any) -> tuple[int, ...]:
    return line.held, line.remaining, line.actual, line.overrun, line.late, line.charges


def _reason(refusal: Any) -> str:
    name: str = type(refusal).DESCRIPTOR.fields_by_name["reason"].enum_type.values_by_number[refusal.reason].name
    return name.removeprefix("ERROR_REASON_")


def _number(refusal: Any, name: str) -> int | None:
    return getattr(refusal, name) if refusal.HasField(name) else None


def check(
    organization: str,
    agents: Sequence[str],
    history: Sequence[Record],
    reads: Sequence[Record],
    noted: Collection[int],
    head: int,
) -> Replay:
    """Every answer of a history is right at its position, and positions follow the callers' time.

    The journal goes on to `head` by itself after the last answer that has a position: a refusal may rest on that.
    """
    placed = [(place_of(record), record) for record in history if place_of(record)]
    check_real_time([*placed, *((record.answer.position + 0.5, record) for record in reads)])
    ordered: list[tuple[float, Any]] = sorted(
        [*placed, *((record.answer.position + 0.5, record) for record in reads)], key=lambda pair: pair[0]
    )
    replay = Replay(organization, agents, noted)
    for place, record in ordered:
        if place == int(place):
            replay.take(record)
        else:
            replay.to(int(place))
            shown = record.answer.partition
            roles = [replay.model.balance(shown.path, role, "USD") for role in ("available", "reserved", "spent")]
            assert roles == [shown.own[0].available, shown.own[0].reserved, shown.own[0].spent], record
    replay.to(head)
    unplaced = [record for record in history if not place_of(record)]
    for record in unplaced:
        check_refused_reserve(replay, record, ordered)
    return replay


def place_of(record: Record) -> int:
    """The position of an answer; 0 for a refusal that is not bound to its request id."""
    position: int = record.answer.position if record.refused else record.position
    return position


def check_real_time(placed: Sequence[tuple[float, Record]]) -> None:
    """If one answer was there before another request was sent, its position is the earlier one."""
    answered = sorted((record.received, place) for place, record in placed)
    times = [time for time, _ in answered]
    highest: list[float] = []
    for _, place in answered:
        highest.append(max(place, highest[-1] if highest else 0))
    for place, record in placed:
        before = bisect_right(times, record.sent)
        # Two reads may rest on one position.
        assert not before or highest[before - 1] <= place, record


def check_refused_reserve(replay: Replay, record: Record, ordered: Sequence[tuple[float, Record]]) -> None:
    """At some moment while its caller waited the agent had what the refusal says, and that was too little."""
    refusal, asked = record.answer, record.request
    assert _reason(refusal) == "BUDGET_EXHAUSTED"
    assert refusal.needed == asked.amounts[0].parts
    assert refusal.available < refusal.needed
    first = max((int(place) for place, other in ordered if other.received < record.sent), default=0)
    last = min((int(place) for place, other in ordered if other.sent > record.received), default=FOREVER)
    moments = replay.available[first : last + 1]
    assert any(now[asked.partition] == refusal.available for now in moments), record
