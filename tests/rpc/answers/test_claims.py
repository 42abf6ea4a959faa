from ledger.core import commands as cmd
from ledger.core.outcomes import Accepted
from ledger.rpc.answers import ANSWERS
from ledger.rpc.calls import Call
from ledger.rpc.claims import Claims
from tallystick.v1 import claims_pb2
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
    extend,
    release,
    reservation_id,
    unassign,
)
from tests.rpc.world import Asking, plain

CALL = Call("ann", 1.0)


async def _get(world: World, key: str = "job", scope: str = TEAM) -> claims_pb2.Claim:
    claims = Claims(Asking(world.book), lambda: world.now)
    answer = await claims.GetClaim(claims_pb2.GetClaimRequest(scope=scope, key=key), CALL)
    assert answer.position == world.book.position
    return answer.claim


async def _agrees(world: World, command: cmd.Single) -> claims_pb2.Claim:
    """The answer to a command is what is read next."""
    accepted = world.do(command)
    assert isinstance(accepted, Accepted)
    answer = ANSWERS[type(command)]("acme", accepted, world.now)
    assert isinstance(answer, claims_pb2.ClaimResponse)
    assert answer.claim == await _get(world)
    assert answer.receipt.position == world.book.position
    return answer.claim


async def test_work__answers_what_is_read_next():
    """Assigning and unassigning answer with the work as it is then, held or not."""
    world = acme(USD=15)

    assigned = await _agrees(world, assign(SCOUT))
    world.do(claim(SCOUT, 1), extend(1, world.now + 200 * SECOND))
    held = await _agrees(world, assign(CLERK, ttl=HOUR))
    kept = await _agrees(world, unassign())
    world.do(release(1))
    await _agrees(world, assign(CLERK))
    free = await _agrees(world, unassign())

    assert (assigned.state, assigned.assignee) == (claims_pb2.CLAIM_STATE_ASSIGNED, SCOUT)
    assert (held.state, held.partition, held.assignee) == (claims_pb2.CLAIM_STATE_HELD, SCOUT, CLERK)
    assert (kept.state, kept.reservation_id, kept.assignee) == (claims_pb2.CLAIM_STATE_HELD, reservation_id(1), "")
    assert plain(free) == {"scope": TEAM, "key": "job"}
