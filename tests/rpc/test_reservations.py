from typing import Any

import pytest

from tallystick.v1 import reservations_pb2, types_pb2
from tests.rpc.world import SCOUT, USD, Clock, Wire, new_id, plain, usd


async def _held(wire: Wire, dollars: float = 5, **more: Any) -> dict[str, Any]:
    answer = await wire.call("Reserve", partition=SCOUT, amounts=[usd(dollars)], **more)
    return {"organization": "acme", "reservation_id": answer.reservation_id}


async def test_reserve__what_is_held(acme: Wire, clock: Clock):
    """The answer says what is held, what is left, until when, and when to extend."""
    clock.stand()
    amounts = [usd(5), types_pb2.Amount(unit="tokens", parts=40)]
    chosen = new_id()

    answer = await acme.call(
        "Reserve",
        partition=SCOUT,
        amounts=amounts,
        ttl={"seconds": 30},
        reservation_id=chosen,
        tool="search",
        workflow_id="w1",
        labels={"b": "2", "a": "1"},
    )

    assert (answer.reservation_id, answer.partition, list(answer.held)) == (chosen, SCOUT, amounts)
    assert {one.unit: one.parts for one in answer.available} == {"USD": 10 * USD, "tokens": 60}
    begun = answer.receipt.time.ToNanoseconds()
    assert answer.expire_time.ToNanoseconds() - begun == 30 * 10**9
    assert answer.extend_time.ToNanoseconds() - begun == 15 * 10**9
    assert answer.time_left.ToTimedelta().total_seconds() == 30
    assert not answer.ttl_cut


async def test_reserve__defaults(acme: Wire):
    """Without a time to live it is a minute; one beyond the longest life is cut, and the answer says so."""
    minute = await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])
    cut = await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)], ttl={"seconds": 86_400})

    assert minute.expire_time.seconds - minute.receipt.time.seconds == 60
    assert (cut.ttl_cut, cut.expire_time.seconds - cut.receipt.time.seconds) == (True, 3600)
    assert minute.reservation_id != cut.reservation_id


async def test_reserve__fractions_of_a_microsecond(acme: Wire):
    """A time to live that is finer than a microsecond is rounded up."""
    answer = await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)], ttl={"seconds": 1, "nanos": 1})

    assert answer.expire_time.ToNanoseconds() - answer.receipt.time.ToNanoseconds() == 10**9 + 1000


async def test_reserve__a_repeat_answers_the_same(acme: Wire, clock: Clock):
    """The same request again is the same hold, with the time left computed anew."""
    clock.stand()
    request: dict[str, Any] = {"partition": SCOUT, "amounts": [usd(5)], "request_id": new_id()}
    first = await acme.call("Reserve", **request)
    clock.advance(20)

    again = await acme.call("Reserve", **request)

    assert again.receipt.replayed
    assert again.time_left.ToTimedelta().total_seconds() == 40
    again.receipt.replayed = False
    again.time_left.CopyFrom(first.time_left)
    assert plain(again) == plain(first)


async def test_reserve__a_dry_run_stands_for_its_request(acme: Wire):
    """A dry run has its request's fingerprint: with the id of a request that took effect it repeats that answer."""
    request: dict[str, Any] = {"partition": SCOUT, "amounts": [usd(5)], "request_id": new_id()}
    before = await acme.call("Reserve", **request, validate_only=True)
    first = await acme.call("Reserve", **request)
    after = await acme.call("Reserve", **request, validate_only=True)

    assert (before.receipt.position, before.receipt.validate_only) == (0, True)
    assert (after.reservation_id, after.receipt.replayed) == (first.reservation_id, True)


async def test_settle__life_of_a_reservation(acme: Wire, clock: Clock):
    """Part, commit, charge, refund: each answer shows the reservation's lines, and what the partition has then."""
    held = await _held(acme)

    part = await acme.call("SettlePart", **held, amounts=[usd(1)])
    commit = await acme.call("Commit", **held, actual=[usd(7)], basis=types_pb2.BASIS_ESTIMATED)
    charge = await acme.call("Charge", partition=SCOUT, reservation_id=held["reservation_id"], amounts=[usd(2)])
    refund = await acme.call("Refund", **held, amounts=[usd(3)], note="duplicate")

    state = reservations_pb2.ReservationState.Name
    assert (state(part.state), list(part.available)) == ("RESERVATION_STATE_OPEN", [])
    assert part.basis == types_pb2.BASIS_UNSPECIFIED
    assert (state(commit.state), commit.basis) == ("RESERVATION_STATE_COMMITTED", types_pb2.BASIS_ESTIMATED)
    assert commit.available == [usd(8)]
    assert charge.available == [usd(6)]
    assert refund.available == [usd(9)]
    assert plain(refund.units[0]) == {
        "unit": "USD",
        "held": str(5 * USD),
        "charged": str(6 * USD),
        "actual": str(9 * USD),
        "overrun": str(2 * USD),
        "charges": str(2 * USD),
        "refunded": str(3 * USD),
    }
    shown = (await acme.call("GetReservation", **held)).reservation
    assert shown.units == refund.units
    assert shown.resolve_time == commit.receipt.time


async def test_settle__late(acme: Wire, clock: Clock):
    """After its time a hold is expired, and its cost is still recorded."""
    held = await _held(acme, ttl={"seconds": 1})
    clock.advance(2)

    commit = await acme.call("Commit", **held, actual=[usd(4)])

    assert commit.state == reservations_pb2.RESERVATION_STATE_COMMITTED_LATE
    assert (commit.units[0].late, commit.available) == (4 * USD, [usd(11)])


@pytest.mark.parametrize(("method", "state"), [("Release", "RELEASED"), ("Expire", "EXPIRED")])
async def test_settle__given_back(acme: Wire, method, state):
    """A hold that is released, or ended early, is available again."""
    held = await _held(acme)

    answer = await acme.call(method, **held)

    assert reservations_pb2.ReservationState.Name(answer.state) == f"RESERVATION_STATE_{state}"
    assert (answer.available, answer.units[0].remaining) == ([usd(15)], 0)


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("Commit", {"actual": [usd(2)]}),
        ("SettlePart", {"amounts": [usd(2)]}),
        ("Release", {}),
        ("Expire", {"note": "why"}),
    ],
)
async def test_settle__a_repeat_answers_the_same(acme: Wire, method, more):
    """Every settlement repeated under its request id answers as before, marked as a repeat."""
    request = {**await _held(acme), **more, "request_id": new_id()}

    first = await acme.call(method, **request)
    again = await acme.call(method, **request)

    assert again.receipt.replayed
    again.receipt.replayed = False
    assert again == first


async def test_extend__outward_and_cut(acme: Wire, clock: Clock):
    """The end moves outward to an absolute time, at most to the longest life, and the answer says so."""
    clock.stand()
    held = await _held(acme)
    opened = (await acme.call("GetReservation", **held)).reservation.create_time.seconds

    moved = await acme.call("Extend", **held, expire_time={"seconds": opened + 120})
    cut = await acme.call("Extend", **held, expire_time={"seconds": opened + 86_400})

    assert (moved.expire_time.seconds, moved.cut) == (opened + 120, False)
    assert (cut.expire_time.seconds, cut.cut) == (opened + 3600, True)
    assert cut.time_left.ToTimedelta().total_seconds() == 3600


async def test_get__due_reads_as_open(acme: Wire, clock: Clock, service, monkeypatch):
    """A hold that is due and not expired yet reads as open with no time left, at its position."""
    held = await _held(acme, ttl={"seconds": 30})
    now = clock.now()
    server = service.server
    servicer = server._servicers["ReservationService"]
    monkeypatch.setattr(servicer, "_clock", lambda: now + 60 * 1_000_000)

    answer = await acme.call("GetReservation", **held)

    assert answer.reservation.state == reservations_pb2.RESERVATION_STATE_OPEN
    assert answer.time_left.ToTimedelta().total_seconds() == 0
    assert answer.position == answer.reservation.position


@pytest.mark.parametrize(
    ("organization", "reason"), [("nobody", "ORGANIZATION_NOT_FOUND"), ("acme", "RESERVATION_NOT_FOUND")]
)
async def test_get__nothing_there(acme: Wire, organization, reason):
    """A reservation or an organization that does not exist is not found."""
    error = await acme.fails("GetReservation", organization=organization, reservation_id=new_id())

    assert error.reason == reason


async def test_list__filters(acme: Wire, clock: Clock):
    """Reservations are found by state, tool, workflow, times and subtree, in the order of their opening."""
    first = await _held(acme, tool="search", workflow_id="w1")
    second = await _held(acme, tool="model", workflow_id="w2", ttl={"seconds": 600})
    await acme.call("Commit", **first)
    shown = (await acme.call("GetReservation", **second)).reservation

    async def found(**filters: Any) -> list[str]:
        answer = await acme.call("ListReservations", **{"partition": "acme", **filters})
        return [one.reservation_id for one in answer.reservations]

    one, two = first["reservation_id"], second["reservation_id"]
    opened = shown.create_time
    assert await found() == [one, two]
    assert await found(partition="acme/research/scout") == [one, two]
    assert await found(states=["RESERVATION_STATE_OPEN"]) == [two]
    assert await found(tool="search") == [one]
    assert await found(workflow_id="w2") == [two]
    assert await found(create_time_from=opened) == [two]
    assert await found(create_time_before=opened) == [one]
    assert await found(expire_time_before={"seconds": opened.seconds + 120}) == [one]
    assert await found(tool="nothing") == []


async def test_list__pages(acme: Wire):
    """Pages follow each other without gap or repetition, and a token is bound to its filter."""
    ids = [(await _held(acme, 1))["reservation_id"] for _ in range(5)]

    found, token, pages = [], "", 0
    while token or not pages:
        page = await acme.call("ListReservations", partition="acme", page_size=2, page_token=token)
        found += [one.reservation_id for one in page.reservations]
        token, pages = page.next_page_token, pages + 1
        if token:
            other = await acme.fails("ListReservations", partition="acme", tool="x", page_token=token)
            assert other.reason == "PAGE_TOKEN_INVALID"
    assert (found, pages) == (ids, 3)


@pytest.mark.parametrize(
    ("partition", "reason"), [("nobody", "ORGANIZATION_NOT_FOUND"), ("acme/nobody", "PARTITION_NOT_FOUND")]
)
async def test_list__nothing_there(acme: Wire, partition, reason):
    """An empty list of a partition that does not exist is an error, not an empty list."""
    assert (await acme.fails("ListReservations", partition=partition)).reason == reason


async def test_list__at_a_position(acme: Wire, told_early: float):
    """A list that asks for a position that is not reached waits, and says so in time."""
    error = await acme.fails("ListReservations", partition="acme", min_position=1000, seconds=told_early)

    assert error.reason == "POSITION_NOT_REACHED"
