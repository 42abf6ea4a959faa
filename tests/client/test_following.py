"""Where a follower stands."""

import pytest
from google.rpc import status_pb2

import tallystick
from tallystick.attempts import DELAY_MAX_S
from tallystick.following import Following
from tallystick.refusals import DEADLINE_EXCEEDED, INVALID_ARGUMENT, UNAVAILABLE
from tallystick.v1 import journal_pb2

AWAY = status_pb2.Status(code=UNAVAILABLE, message="away")


def answer(*positions: int, upto: int = 0, incarnation: int = 3) -> journal_pb2.WatchJournalResponse:
    """Some entries, and how far the journal was looked through."""
    upto = upto or positions[-1]
    entries = [journal_pb2.Entry(position=position, kind="Funded") for position in positions]
    return journal_pb2.WatchJournalResponse(
        entries=entries, position=upto, committed_position=upto + 5, incarnation=incarnation
    )


def test_message__goes_on_after_what_has_arrived():
    """The next stream begins after all that has arrived, whether or not it was handed out, in the same incarnation."""
    following = Following("acme", after=7, partition="acme/a", kinds="Funded", heartbeat=2)
    first = following.message()
    following.took(answer(8, 11, upto=14), {})

    second = following.message()

    assert (first.from_position, first.incarnation, list(first.kinds)) == (8, 0, ["Funded"])
    assert (first.organization, first.partition, first.heartbeat.seconds) == ("acme", "acme/a", 2)
    assert (second.from_position, second.incarnation) == (15, 3)


def test_hand_out__position():
    """The position is that of the last entry handed out, and what did not match behind the last of all."""
    following = Following("acme", after=7)
    following.took(answer(8, 11, upto=14), {})
    seen = [following.position]

    while (entry := following.hand_out()) is not None:
        seen += [entry.position, following.position]

    assert seen == [7, 8, 8, 11, 14]
    assert following.committed == 19
    following.took(answer(upto=20), {})
    assert following.position == 20


def test_begin__from_now():
    """Where only what is yet to come is wanted the journal's position is where it begins."""
    following = Following("acme", after=None)
    assert following.from_now

    following.begin(41, 2)

    assert not following.from_now
    assert (following.message().from_position, following.message().incarnation) == (42, 2)


def test_ended__waits_longer_each_time():
    """What only failed is tried again, after a pause that grows to a bound and begins anew after an answer."""
    following = Following("acme")

    delays = [following.ended(AWAY, {}) for _ in range(20)]
    following.took(answer(1), {})

    assert delays[0] < delays[3] < delays[9] <= DELAY_MAX_S
    assert max(delays) <= DELAY_MAX_S
    assert following.ended(AWAY, {}) < delays[3]


def test_ended__its_time_was_over():
    """A stream that has lasted as long as one may is opened again at once."""
    over = status_pb2.Status(code=DEADLINE_EXCEEDED)
    following = Following("acme")

    assert following.ended(over, {}) == 0
    following.ended(AWAY, {})
    assert following.ended(over, {}) > 0


def test_ended__for_good():
    """What another stream would be told too is raised."""
    with pytest.raises(tallystick.InvalidRequest):
        Following("acme").ended(status_pb2.Status(code=INVALID_ARGUMENT, message="no such kind"), {})
