"""Claims on the wire."""

from dataclasses import replace

import pytest

from ledger.core.queries import ReservationQuery, ReservationsFound
from ledger.rpc import resources
from ledger.rpc.calls import Call
from ledger.rpc.claims import Claims
from ledger.rpc.problems import InvalidRequest, PageTokenInvalid, Refused
from ledger.rpc.reservations import Reservations
from ledger.rpc.wellformed import surely
from tallystick.v1 import claims_pb2, reservations_pb2
from tests.builders import (
    CLERK,
    HOUR,
    SCOUT,
    SECOND,
    TEAM,
    World,
    acme,
    assign,
    claim,
    commit_done,
    release,
    reservation_id,
    reserve,
)
from tests.rpc.samples import ID
from tests.rpc.world import Asking, plain

CALL = Call("ann", 1.0)
RESERVE = reservations_pb2.ReserveRequest(
    partition=SCOUT, amounts=[{"unit": "USD", "parts": 5}], request_id=ID, claim={"key": "job"}
)
COMMIT = reservations_pb2.CommitRequest(organization="acme", reservation_id=ID, request_id=ID, done=True)


async def _get(world: World, key: str = "job", scope: str = TEAM) -> claims_pb2.Claim:
    return (await _got(world, key, scope)).claim


async def _got(world: World, key: str = "job", scope: str = TEAM) -> claims_pb2.GetClaimResponse:
    servicer = Claims(Asking(world.book), lambda: world.now)
    answer = await servicer.GetClaim(claims_pb2.GetClaimRequest(scope=scope, key=key), CALL)
    assert answer.position == world.book.position
    return answer


async def _list(world: World, **fields: object) -> claims_pb2.ListClaimsResponse:
    message = claims_pb2.ListClaimsRequest(**{"scope": TEAM, **fields})  # type: ignore[arg-type]
    return await Claims(Asking(world.book), lambda: world.now).ListClaims(message, CALL)


def test_surely__not_what_is_rare():
    """What says anything of work is looked at by the rules of its proto."""
    plain_commit = reservations_pb2.CommitRequest(organization="acme", reservation_id=ID, request_id=ID)
    plain_reserve = reservations_pb2.ReserveRequest()
    plain_reserve.CopyFrom(RESERVE)
    plain_reserve.ClearField("claim")

    assert surely(plain_commit)
    assert surely(plain_reserve)
    assert not surely(COMMIT)
    assert not surely(RESERVE)


async def test_get__what_has_become_of_it():
    """A piece of work, from nobody's to done."""
    world = acme(USD=15)

    assert plain(await _get(world)) == {"scope": TEAM, "key": "job"}
    world.do(claim(SCOUT, 1))
    held = await _get(world)
    assert (held.state, held.partition, held.result) == (claims_pb2.CLAIM_STATE_HELD, SCOUT, "")
    assert held.end_time.ToMicroseconds() == world.reservation(1).expires_at
    world.do(commit_done(1, result="s3://x", ttl=HOUR))
    done = await _get(world)

    assert (done.state, done.partition, done.reservation_id) == (claims_pb2.CLAIM_STATE_DONE, SCOUT, reservation_id(1))
    assert (done.result, done.done_time.ToMicroseconds()) == ("s3://x", world.now)
    assert done.end_time.ToMicroseconds() == world.now + HOUR


async def test_get__nothing_there():
    """A scope that does not exist is not found, and a key that cannot be is malformed."""
    with pytest.raises(Refused, match="PARTITION_NOT_FOUND"):
        await _get(acme(), scope="acme/nobody")
    with pytest.raises(InvalidRequest):
        await _get(acme(), "a\nb")


def _busy() -> World:
    """Work of every state in the team, with keys that sort by their letters, and some in another scope."""
    world = acme(USD=15)
    for number, key in enumerate(["b", "B", "é", "😀", "a/1", "a/2", "a"], 1):
        world.do(claim(SCOUT, number, key=key))
    world.do(commit_done(1), commit_done(6), release(7), assign(CLERK, key="c"), claim(CLERK, 8, scope="acme"))
    return world


async def _pages(world: World, **fields: object) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        answer = await _list(world, page_token=token, **fields)
        found += [one.key for one in answer.claims]
        token = answer.next_page_token
        if not token:
            return found


@pytest.mark.parametrize("page_size", [0, 1, 2, 5, 6, 7])
async def test_list__by_key(page_size):
    """The live work of a scope by key, page after page."""
    assert await _pages(_busy(), page_size=page_size) == ["B", "a/1", "a/2", "b", "c", "é", "😀"]


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"key_prefix": "a"}, ["a/1", "a/2"]),
        ({"key_prefix": "z"}, []),
        ({"states": [claims_pb2.CLAIM_STATE_DONE]}, ["a/2", "b"]),
        ({"states": [claims_pb2.CLAIM_STATE_ASSIGNED]}, ["c"]),
        ({"states": [claims_pb2.CLAIM_STATE_HELD, claims_pb2.CLAIM_STATE_DONE], "key_prefix": "a"}, ["a/1", "a/2"]),
        ({"scope": "acme"}, ["job"]),
        ({"scope": SCOUT}, []),
    ],
)
async def test_list__filters(fields, keys):
    """By state and by what keys begin with, of one scope and no other."""
    assert await _pages(_busy(), page_size=1, **fields) == keys


async def test_list__tokens():
    """A token goes on after keys of any characters and length, fits the wire, and is good for its own list only."""
    world = acme(USD=15)
    longest = ["😀" * 200, '"\\' * 100]
    for number, key in enumerate([*longest, "\U0010ffff" * 200], 1):
        world.do(claim(SCOUT, number, key=key))

    first = await _list(world, page_size=1)
    second = await _list(world, page_size=1, page_token=first.next_page_token)

    assert [first.claims[0].key, second.claims[0].key] == sorted(longest)
    assert max(len(first.next_page_token), len(second.next_page_token)) <= 2048
    with pytest.raises(PageTokenInvalid):
        await _list(world, key_prefix="x", page_token=first.next_page_token)


class _Stored:
    """A reader of one world's reservations."""

    def __init__(self, world: World) -> None:
        book = world.book
        found = tuple((one, book.path(one.partition_id)) for one in book.reservations.values())
        self._found = ReservationsFound(found, book.position, 1)

    async def reservation(self, _: str, reservation_id: str) -> ReservationsFound:
        return replace(
            self._found,
            reservations=tuple(one for one in self._found.reservations if one[0].reservation_id == reservation_id),
        )

    async def reservations(self, _: ReservationQuery) -> ReservationsFound:
        return self._found


async def test_reservation__what_it_claimed():
    """A reservation shows what it claimed, with the scope's path, also when it is resolved."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), claim(SCOUT, 2, scope="acme", key="a/b"), reserve(CLERK, 3, USD=1), release(1))
    servicer = Reservations(Asking(world.book), _Stored(world), lambda: world.now)  # type: ignore[arg-type]

    listed = await servicer.ListReservations(reservations_pb2.ListReservationsRequest(partition="acme"), CALL)
    one = await servicer.GetReservation(
        reservations_pb2.GetReservationRequest(organization="acme", reservation_id=reservation_id(2)), CALL
    )

    assert [plain(one.claim) for one in listed.reservations] == [
        {"scope": TEAM, "key": "job"},
        {"scope": "acme", "key": "a/b"},
        {},
    ]
    assert one.reservation == listed.reservations[1]


def test_resources__without_the_scope():
    """Where the path of the scope is not known, nothing is said of the claim."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1))

    assert not resources.reservation(world.reservation(1), SCOUT).HasField("claim")


async def test_get_claim__time_left():
    """R36, R76: what is due to end, and which the clock has not ended yet, reads as it was, with no time left."""
    world = acme(USD=15)
    nobody = await _got(world)
    world.do(claim(SCOUT, 1))
    opened = world.now
    left = []
    for later in (0, 20 * SECOND, 60 * SECOND, 90 * SECOND):
        world.now = opened + later
        left.append(await _got(world))

    assert not nobody.HasField("time_left")
    assert {one.claim.state for one in left} == {claims_pb2.CLAIM_STATE_HELD}
    assert [one.time_left.seconds for one in left] == [60, 40, 0, 0]
    assert all(one.HasField("time_left") for one in left)


async def test_get_claim__time_left_of_an_assignment():
    """R80: of work that is only assigned it is the assignment's."""
    world = acme(USD=15)
    world.do(assign(SCOUT, ttl=50 * SECOND))

    assert (await _got(world)).time_left.seconds == 50
