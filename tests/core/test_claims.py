"""What a claim's record says of itself."""

from ledger.core.claims import Claim, assigned_to, claim_key, named
from tests.builders import DAY, START

HELD = Claim(7, "job", 9, holder_id=8, reservation_id="r-1")
DONE = Claim(7, "job", 9, 8, "r-1", done_at=START, done_until=START + DAY, result="there")
ASSIGNED = Claim(7, "job", 9, assignee_id=8, assigned_until=START + 1)


def test_named__is_what_the_key_says():
    """A key may have slashes itself; the scope's number comes before the first."""
    assert named(claim_key(7, "a/b c")) == (7, "a/b c")


def test_held__by_an_open_reservation():
    """Work is held until it is done or free."""
    assert [claim.held for claim in (HELD, DONE, ASSIGNED)] == [True, False, False]


def test_ended__nothing_to_say():
    """A claim has ended when nobody holds it, has done it, or was given it."""
    assert [claim.ended for claim in (HELD, DONE, ASSIGNED, Claim(7, "job", 9))] == [False, False, False, True]


def test_due_at__whichever_is_first():
    """R80: assignments and done marks end by time; a hold ends by its own."""
    both = Claim(7, "job", 9, 8, "r-1", START, START + DAY, "", 8, START + 1)

    assert [claim.due_at for claim in (HELD, DONE, ASSIGNED, both)] == [0, START + DAY, START + 1, START + 1]


def test_places__by_assignee():
    """Whoever closes a partition finds what it was given."""
    assert (HELD.places, ASSIGNED.places) == ((), (assigned_to(8),))


def test_without__what_is_over():
    """A done mark takes its holder along; a live claim stays."""
    assert DONE.without(done=True) == Claim(7, "job", 9)
    assert HELD.without(done=True, assignment=True) == HELD
    assert ASSIGNED.without(assignment=True) == Claim(7, "job", 9)
