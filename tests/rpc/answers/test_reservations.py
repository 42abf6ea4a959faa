import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.journal import Posting, Role
from ledger.core.reservations import Basis, ReservationState, ReservedUnit
from ledger.rpc.answers.reservations import opened, settled
from tallystick.v1 import reservations_pb2
from tests.builders import CLERK, SCOUT, TEAM, World, acme, claim, commit_done, expire, reserve
from tests.rpc.world import accepted, plain


def test_settled__what_the_partition_has_afterwards():
    """Available is the last balance of the reservation's own partition, whatever else the entry moved."""
    event = ev.ReservationReleased("r", 3, "acme/x", (ReservedUnit("USD", 5, 0),))
    entry = accepted(
        event,
        Posting(3, "USD", Role.RESERVED, -5, 0, 2),
        Posting(3, "USD", Role.AVAILABLE, 5, 5, 3),
        Posting(3, "USD", Role.AVAILABLE, -5, 0, 4),
        Posting(1, "USD", Role.AVAILABLE, 5, 105, 9),
    )

    answer = settled("acme", entry)

    assert [(one.unit, one.parts) for one in answer.available] == [("USD", 0)]


@pytest.mark.parametrize("state", [ReservationState.COMMITTED, ReservationState.COMMITTED_LATE])
def test_settled__a_commit_said_again(state):
    """A repeated commit answers with the facts of the commit."""
    event = ev.CommitRepeated("r", 3, "acme/x", state, (ReservedUnit("USD", 5, 0, 5),), Basis.MEASURED)

    answer = settled("acme", accepted(event))

    assert plain(answer)["state"] == f"RESERVATION_STATE_{state}"
    assert plain(answer)["basis"] == "BASIS_MEASURED"
    assert list(answer.available) == []


def _answered(world: World, command: cmd.Single) -> reservations_pb2.SettlementResponse:
    return settled("acme", world.do(command))


def test_opened__what_was_claimed():
    """The answer to a reservation says what it claimed, scope and all."""
    world = acme(USD=15)

    claiming = opened("acme", world.do(claim(SCOUT, 1)), world.now)
    without = opened("acme", world.do(reserve(CLERK, 2, USD=1)), world.now)

    assert plain(claiming.claim) == {"scope": TEAM, "key": "job"}
    assert not without.HasField("claim")


def test_settled__not_marked():
    """A late commit is told that its work is somebody else's by now; others are told nothing of the kind."""
    world = acme(USD=15)
    world.do(claim(SCOUT, 1), expire(1), claim(CLERK, 2))

    late, theirs = _answered(world, commit_done(1)), _answered(world, commit_done(2))

    assert (late.done_not_marked, theirs.done_not_marked) == (True, False)
    assert late.state == reservations_pb2.RESERVATION_STATE_COMMITTED_LATE
