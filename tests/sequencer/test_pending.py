"""The bounded queue."""

import asyncio

import pytest

from ledger.core import commands as cmd
from ledger.core.faults import Overloaded
from ledger.core.outcomes import Accepted
from ledger.sequencer.pending import Limits, Pending, Queue, outcomes_of, settles
from tests.sequencer.world import AsItCame, Unreadable, commit, request, request_id, reserve

HOLD = reserve("acme/team/a0", 1)
SETTLE = commit(request_id(), 1)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (HOLD, False),
        (SETTLE, True),
        (cmd.Release(request_id()), True),
        (cmd.Group((SETTLE, SETTLE)), True),
        (cmd.Group((SETTLE, HOLD)), False),
    ],
)
def test_settles__by_kind(command, expected):
    """Commits, parts, releases and charges say what became of a hold; a group only if all of it does."""
    assert settles(request(command)) is expected


async def test_put__quarter_kept_for_settlement():
    """New holds find the queue full while settlements still fit."""
    queue = Queue(Limits(queue_max=8))
    for _ in range(6):
        queue.put([request(HOLD)])

    with pytest.raises(Overloaded):
        queue.put([request(HOLD)])
    queue.put([request(SETTLE), request(SETTLE)])
    with pytest.raises(Overloaded):
        queue.put([request(SETTLE)])
    assert len(queue) == 8


async def test_put__all_or_none():
    """Requests that belong together wait together or not at all."""
    queue = Queue(Limits(queue_max=8))
    queue.put([request(HOLD)])

    with pytest.raises(Overloaded):
        queue.put([request(HOLD)] * 6)
    assert len(queue) == 1


async def test_put_unread__quarter_kept_for_settlement():
    """What is not read yet has its place too, and the kept room where it settles."""
    queue = Queue(Limits(queue_max=8))
    for _ in range(6):
        queue.put_unread(AsItCame(request(HOLD)))

    with pytest.raises(Overloaded):
        queue.put_unread(AsItCame(request(HOLD)))
    queue.put_unread(AsItCame(request(SETTLE)))
    queue.put([request(SETTLE)])
    with pytest.raises(Overloaded):
        queue.put_unread(AsItCame(request(SETTLE)))
    assert (len(queue), queue.calls) == (8, 8)


async def test_take__bounded_and_groups_whole():
    """A batch takes what fits, in order, and never splits a group."""
    queue = Queue(Limits(batch_commands_max=4))
    one, group, last = request(HOLD), request(cmd.Group((HOLD,) * 3)), request(HOLD)
    queue.put([one, group, last])

    assert [[pending.request for pending in queue.take()] for _ in range(3)] == [[one, group], [last], []]


async def test_take__group_larger_than_a_batch():
    """A group that is larger than a batch is a batch."""
    queue = Queue(Limits(batch_commands_max=4))
    group = request(cmd.Group((HOLD,) * 9))
    queue.put([group])

    assert [pending.request for pending in queue.take()] == [group]


async def test_take__caller_gone():
    """A command whose caller is gone is not decided."""
    queue = Queue(Limits())
    [gone], [stays] = queue.put([request(HOLD)]), queue.put([request(HOLD)])
    gone.reply.cancel()

    assert queue.take() == [stays]
    assert len(queue) == 0


async def test_take__reads():
    """What came unread is read when it is taken, each once; the caller of one that cannot be is told, alone."""
    queue = Queue(Limits())
    first, broken, gone = AsItCame(request(HOLD)), AsItCame(request(HOLD), "read"), AsItCame(request(HOLD))
    waiting = [queue.put_unread(one) for one in (first, broken, gone)]
    [last] = queue.put([request(HOLD)])
    waiting[2].reply.cancel()
    before = first.reads

    batch = queue.take()

    assert batch == [waiting[0], last]
    assert [one.request for one in batch] == [first.asked, last.request]
    assert (before, first.reads, gone.reads) == (0, 1, 0)
    with pytest.raises(Unreadable):
        await waiting[1].reply


async def test_outcomes_of__one_wake_up_for_all():
    """Whoever waits for several requests is woken when the last has its outcome; faults stand among outcomes."""
    queue = Queue(Limits())
    pending = queue.put([request(HOLD), request(HOLD), request(HOLD)])
    waiting = asyncio.ensure_future(outcomes_of(pending))
    outcome, fault = Accepted(()), Overloaded()

    pending[2].answer(outcome)
    pending[0].fail(fault)
    pending[0].answer(outcome)
    await asyncio.sleep(0)
    early = waiting.done()
    pending[1].answer(outcome)

    assert (early, await waiting) == (False, [fault, outcome, outcome])


async def test_outcomes_of__caller_gone():
    """Requests that came together are not decided when their caller is gone, and answers to it are dropped."""
    queue = Queue(Limits())
    pending = queue.put([request(HOLD), request(HOLD)])
    waiting = asyncio.ensure_future(outcomes_of(pending))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.sleep(0)

    assert queue.take() == []
    pending[0].answer(Accepted(()))
    assert waiting.cancelled()


async def test_drain__everything():
    """What waits comes back at once."""
    queue = Queue(Limits(batch_commands_max=1))
    pending = queue.put([request(HOLD), request(HOLD)])

    assert queue.drain() == pending
    assert len(queue) == 0


async def test_answer__caller_gone():
    """An answer to a caller that is gone is dropped in silence, and so is a fault."""
    pending = Pending(request(HOLD))
    pending.reply.cancel()

    pending.answer(Accepted(()))
    pending.fail(Overloaded())
    assert pending.reply.cancelled()


async def test_answer__as_its_caller_gets_it():
    """A request that came unread is answered in its caller's own form; a bug in that is this caller's alone."""
    queue = Queue(Limits())
    well, broken = (queue.put_unread(AsItCame(request(HOLD), breaks)) for breaks in ("", "answer"))
    queue.take()

    for pending in (well, broken, well, broken):
        pending.answer(Accepted(()))

    assert await well.reply == "Accepted"
    with pytest.raises(ZeroDivisionError):
        await broken.reply


async def test_fail__unread():
    """A fault is the answer to a request that came unread, as to any other."""
    pending = Queue(Limits()).put_unread(AsItCame(request(HOLD)))

    pending.fail(Overloaded())

    with pytest.raises(Overloaded):
        await pending.reply
