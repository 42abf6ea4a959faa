"""What the events of claims do to the book; more of it in test_claiming.py."""

from ledger.core.claims import Claim, claim_key
from tests.builders import CLERK, DAY, SCOUT, TEAM, acme, assign, claim, commit_done, release, unassign


def kept(world):
    """The claim on `job` of the team, as the book has it."""
    return world.book.standing[Claim].get(claim_key(world.book.ids[TEAM], "job"))


def test_freed__begins_anew():
    """R77: work that was freed and is taken again is another claim, whether or not the book still knows the first."""
    world = acme(USD=10)
    world.do(claim(SCOUT))
    first = kept(world)
    world.do(release(1))
    freed = kept(world)
    world.do(claim(CLERK, 2))

    assert (first.held, freed.ended) == (True, True)
    assert kept(world).position > first.position


def test_work_unassigned__takes_back_both():
    """R80: an assignment and a done mark are taken back together."""
    world = acme(USD=10)
    world.do(claim(SCOUT), commit_done(1))
    done = kept(world)
    world.do(unassign())

    assert (done.done_at > 0, kept(world).ended) == (True, True)


def test_claim_ended__by_time():
    """R80: an assignment ends by itself."""
    world = acme(USD=10)
    world.do(assign(SCOUT))
    world.wait(2 * DAY)

    assert kept(world).ended
