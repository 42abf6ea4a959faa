"""Organizations opened as they are needed, each with its own writer."""

import asyncio

import pytest

from ledger.core import commands as cmd
from ledger.core.faults import ShuttingDown
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.sequencer.pending import Limits
from ledger.sequencer.registry import Sequencers
from tests.sequencer.world import AsItCame, Unreadable, commit, founding, request, reserve
from tests.waiting import turns, until_async


async def available(sequencers: Sequencers, path: str = "acme/team/a0") -> int:
    """What a partition has, as a reader sees it."""
    return await sequencers.read("acme", lambda book: book.balance(book.ids[path], "USD").available)


async def test_submit__the_classic(sequencers):
    """15 available, 50 callers reserve 12 at once: exactly one holds."""
    outcomes = await asyncio.gather(*(sequencers.submit(request(reserve("acme/team/a0", 12))) for _ in range(50)))

    assert [type(outcome) for outcome in outcomes].count(Accepted) == 1
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Rejected)} == {Reason.BUDGET_EXHAUSTED}
    assert await available(sequencers) == 3


async def test_submit__unknown_organization(sequencers):
    """R9: a command on a name without an organization is refused, and its book is let go."""
    outcome = await sequencers.submit(request(reserve("nobody/a", 1), org="nobody"))

    assert outcome == Rejected(Reason.ORGANIZATION_NOT_FOUND, "nobody")


async def test_submit_all__in_order(sequencers):
    """Requests of one call are decided in order, each seeing those before it."""
    hold = reserve("acme/team/a0", 12)

    outcomes = await sequencers.submit_all(
        [
            request(hold),
            request(reserve("acme/team/a0", 12)),
            request(commit(hold.reservation_id, 2)),
            request(reserve("acme/team/a0", 12)),
        ]
    )

    assert [type(outcome) for outcome in outcomes] == [Accepted, Rejected, Accepted, Accepted]


async def test_submit_unread__among_others(sequencers):
    """What came unread is decided in the order of arrival; one that cannot be read costs nobody else anything."""
    asked = [AsItCame(request(reserve("acme/team/a0", 12)), breaks) for breaks in ("read", "", "answer", "")]

    told = await asyncio.gather(*(sequencers.submit_unread(one) for one in asked), return_exceptions=True)

    assert [type(one) for one in told] == [Unreadable, str, ZeroDivisionError, str]
    assert (told[1], told[3]) == ("Accepted", "Rejected")
    assert await available(sequencers) == 3


async def test_submit_unread__only_unreadable(sequencers, store):
    """A batch of which nothing can be read is not written."""
    batches = len(store.batches)

    with pytest.raises(Unreadable):
        await sequencers.submit_unread(AsItCame(request(reserve("acme/team/a0", 12)), "read"))

    assert len(store.batches) == batches
    assert await available(sequencers) == 15


async def test_submit_unread__opens_what_can_be_read(sequencers):
    """An organization is opened for what can be read, and for nothing else."""
    asked = [AsItCame(request(reserve("nobody/a", 1), org="nobody"), breaks) for breaks in ("read", "")]

    with pytest.raises(Unreadable):
        sequencers.submit_unread(asked[0])
    before = [*sequencers._open]

    assert await sequencers.submit_unread(asked[1]) == "Rejected"
    assert (before, [*sequencers._open]) == (["acme"], ["acme", "nobody"])


async def test_submit_unread__caller_gone_before_the_decision(sequencers, store):
    """A caller that is cancelled before his request is read has had no effect."""
    release = asyncio.Event()
    store.on_append = lambda _batch: release.wait()
    asked = [AsItCame(request(reserve("acme/team/a0", 1))) for _ in range(2)]
    first = sequencers.submit_unread(asked[0])
    await turns()
    gone = sequencers.submit_unread(asked[1])
    gone.cancel()
    store.on_append = None
    release.set()

    assert await first == "Accepted"
    assert await available(sequencers) == 14
    assert asked[1].reads == 0


async def test_read__sees_what_is_acknowledged(sequencers):
    """A read after an answer sees its effect, at a position that is not lower."""
    outcome = await sequencers.submit(request(reserve("acme/team/a0", 12)))

    position = await sequencers.read("acme", lambda book: book.position)

    assert position >= outcome.entries[-1].position


async def test_read__question_that_fails(sequencers):
    """A question that fails is its asker's; the loop goes on."""
    with pytest.raises(KeyError):
        await sequencers.read("acme", lambda book: book.ids["nowhere"])

    assert await available(sequencers) == 15


async def test_organizations__apart(sequencers, store):
    """I17: a command of one organization changes nothing of another."""
    before = await store.load("acme")
    for command in founding(name="other"):
        assert isinstance(await sequencers.submit(request(command, org="other")), Accepted)

    assert await store.load("acme") == before


async def test_close__serves_what_waits(store, clock):
    """What was taken before the end is answered; nothing is taken afterwards."""
    sequencers = Sequencers(store, Limits(wait_us=0), clock)
    for command in founding():
        await sequencers.submit(request(command))
    waiting = [asyncio.create_task(sequencers.submit(request(reserve("acme/team/a0", 1)))) for _ in range(5)]
    await asyncio.sleep(0)

    await sequencers.close()

    assert all(isinstance(outcome, Accepted) for outcome in await asyncio.gather(*waiting))
    with pytest.raises(ShuttingDown):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))
    with pytest.raises(ShuttingDown):
        sequencers.submit_unread(AsItCame(request(reserve("acme/team/a0", 1))))


async def test_drop_idle__loads_again(store, clock):
    """A book that is let go loads again from the store, and nothing is lost."""
    sequencers = Sequencers(store, Limits(wait_us=0, idle_us=0), clock)
    for command in founding():
        await sequencers.submit(request(command))
    await until_async(lambda: sequencers._open["acme"].idle)
    await asyncio.sleep(0.01)
    await sequencers.drop_idle()
    assert sequencers._open == {}

    outcome = await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert isinstance(outcome, Accepted)
    await sequencers.close()


async def test_submit__caller_gone_before_the_decision(sequencers, store):
    """A caller that is cancelled before its command is decided has had no effect."""
    release = asyncio.Event()
    store.on_append = lambda _batch: release.wait()
    first = asyncio.create_task(sequencers.submit(request(reserve("acme/team/a0", 1))))
    await turns()
    gone = asyncio.create_task(sequencers.submit(request(reserve("acme/team/a0", 1))))
    await asyncio.sleep(0)
    gone.cancel()
    store.on_append = None
    release.set()
    await first

    assert await available(sequencers) == 14


async def test_submit__create_organization_twice(sequencers):
    """R9: a second creation is refused."""
    outcome = await sequencers.submit(request(founding()[0]))

    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.ORGANIZATION_EXISTS


async def test_submit__groups_whole(sequencers):
    """I15: a refused group leaves nothing."""
    group = cmd.Group((reserve("acme/team/a0", 10), reserve("acme/team/a0", 10)))

    outcome = await sequencers.submit(request(group))

    assert outcome == Rejected(
        Reason.BUDGET_EXHAUSTED, "acme/team/a0", "USD", needed=10, available=5, ask="acme/team", culprit=1
    )
    assert await available(sequencers) == 15
