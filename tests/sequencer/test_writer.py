"""Writing a batch: whatever the store does, the book ends level with the journal and every caller hears the truth."""

import asyncio
import copy
from dataclasses import replace

import pytest

from ledger.core import commands as cmd
from ledger.core import decide
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.faults import (
    BatchConflict,
    ClockSkewed,
    FormatUnknown,
    HeadMoved,
    OutcomeUnknown,
    Quarantined,
    StorageUnavailable,
)
from ledger.core.invariants import InvariantBroken, check_book
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.decision import decide_batch
from ledger.sequencer.pending import Limits, Pending
from ledger.sequencer.registry import Sequencers
from ledger.sequencer.writer import Writer
from ledger.storage.memory import _MemoryLock
from tests.sequencer.world import commit, founding, request, request_id, reserve
from tests.waiting import PATIENCE_S, turns

QUICK = Limits(wait_us=0, attempts_max=2)


async def held(sequencers: Sequencers) -> tuple[int, int]:
    """Available and reserved of the first agent, after checking the whole book."""

    def look(book):
        check_book(book)
        balance = book.balance(book.ids["acme/team/a0"], "USD")
        return balance.available, balance.reserved

    return await sequencers.read("acme", look)


async def test_write__no_reply_before_the_append(sequencers, store):
    """R46: while the batch is being appended nobody has an answer, and no reader sees it."""
    release = asyncio.Event()
    store.on_append = lambda _batch: release.wait()
    reserving = asyncio.create_task(sequencers.submit(request(reserve("acme/team/a0", 12))))
    reading = asyncio.create_task(held(sequencers))
    await turns()
    assert not reserving.done()
    release.set()

    assert isinstance(await reserving, Accepted)
    assert await reading in {(15, 0), (3, 12)}


async def test_write__one_append_for_all_that_wait(sequencers, store):
    """Commands that arrive while a batch is appended are one batch."""
    store.batches.clear()
    await asyncio.gather(*(sequencers.submit(request(reserve("acme/team/a0", 1))) for _ in range(10)))

    assert [len(batch.entries) for batch in store.batches] == [10]


async def test_write__store_away_then_back(sequencers, store):
    """A fault is tried again whole, and the effect is there once."""
    store.before.append(StorageUnavailable("away"))

    outcome = await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert isinstance(outcome, Accepted)
    assert await held(sequencers) == (3, 12)


async def test_write__store_away(sequencers, store):
    """A store that stays away is the callers' fault to hear, and the book is as the journal says."""
    store.before += [StorageUnavailable("away")] * 4

    with pytest.raises(StorageUnavailable):
        await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert await held(sequencers) == (15, 0)


async def test_write__reply_lost_after_commit(sequencers, store):
    """A COMMIT whose answer was lost is found in the journal, and answered as done."""
    store.after.append(OutcomeUnknown("cut"))

    outcome = await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert isinstance(outcome, Accepted)
    assert await held(sequencers) == (3, 12)


async def test_write__connection_lost_before_commit(sequencers, store):
    """A COMMIT that never arrived is not found, and the batch is tried again."""
    store.before.append(OutcomeUnknown("cut"))

    outcome = await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert isinstance(outcome, Accepted)
    assert await held(sequencers) == (3, 12)


@pytest.mark.parametrize("arrived", [True, False])
async def test_write__commit_lost_under_the_lock(sequencers, store, arrived):
    """A COMMIT lost under the lock is looked for too; that takes the lock again, so ours is let go first."""
    unknown = request(commit(request_id(), 3))  # what the book does not have is looked up under the lock
    (store.after if arrived else store.before).append(OutcomeUnknown("cut"))

    async with asyncio.timeout(PATIENCE_S):
        outcome = await sequencers.submit(unknown)
        again = await sequencers.submit(unknown)

    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.RESERVATION_NOT_FOUND
    assert again == replace(outcome, replayed=True)
    assert await held(sequencers) == (15, 0)


async def test_write__clock_set_right(sequencers, clock, monkeypatch):
    """R37: a clock that was set to the database's time goes on writing; where there is no such time it does not."""
    clock.jump(60)
    with pytest.raises(ClockSkewed):
        await sequencers.submit(request(reserve("acme/team/a0", 12)))
    monkeypatch.setattr(_MemoryLock, "clock", property(lambda _: clock.now()))

    outcome = await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert isinstance(outcome, Accepted)
    assert await held(sequencers) == (3, 12)


async def test_write__outcome_stays_unknown(store, clock, sequencers, monkeypatch):
    """Where nobody says what became of a batch its callers hear that after the last attempt, not some time later."""
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    def away(_organization):
        raise StorageUnavailable("away")

    writer = Writer("acme", store, Limits(attempts_max=3), SkewGuard(clock), sleep)
    waiting = [Pending(request(reserve("acme/team/a0", 12)))]
    store.after.append(OutcomeUnknown("cut"))
    monkeypatch.setattr(store, "lock", away)

    await writer.write(waiting)

    with pytest.raises(OutcomeUnknown):
        await waiting[0].reply
    assert len(slept) == 2


async def test_write__refusal_probed_when_the_reply_was_lost(sequencers, store):
    """A refusal in a batch whose answer was lost is decided again, under the lock."""
    taken = request(reserve("acme/team/a0", 12))
    await sequencers.submit(taken)
    store.after.append(OutcomeUnknown("cut"))

    first, second = await asyncio.gather(
        sequencers.submit(request(reserve("acme/team/a1", 1))), sequencers.submit(taken)
    )

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert second.replayed


async def test_write__repeat_of_a_hold_that_took_the_room(sequencers):
    """R38: a repeat is the first answer, also where the hold itself has used up the budget."""
    taken = request(reserve("acme/team/a0", 12))
    first = await sequencers.submit(taken)

    again = await sequencers.submit(taken)

    assert again == replace(first, replayed=True)
    assert await held(sequencers) == (3, 12)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["one process", "another writes too"])
async def test_write__repeat_notes_nothing(store, sequencers, clock, elsewhere):
    """R38, R82: a repeat of what was granted answers as before and notes nothing, though now it would be refused."""
    other = Sequencers(store, Limits(wait_us=0), clock)
    rid, new = request_id(), request(reserve("acme/team/a0", 4))
    first = await sequencers.submit(request(reserve("acme/team/a0", 4), rid=rid, body=b"4"))
    await (other if elsewhere else sequencers).submit(request(cmd.PausePartition("acme/team", Text())))
    again_asked = request(reserve("acme/team/a0", 4), rid=rid, body=b"4")  # the ledger makes a new reservation id

    again = await sequencers.submit(again_asked)

    kinds = {type(stored.entry.event) for batch in store.batches for stored in batch.entries}
    assert again == replace(first, replayed=True)
    assert ev.RefusalsNoted not in kinds
    assert await sequencers.submit(new) == Rejected(Reason.PARTITION_PAUSED, "acme/team", ask="acme")
    assert [type(stored.entry.event) for stored in store.batches[-1].entries] == [ev.RefusalsNoted]
    await other.close()


async def test_write__what_was_doubted_is_looked_up_at_once(store, sequencers, clock, monkeypatch):
    """R82: a batch that tells of a refusal is decided again under the lock, and not a third time before it."""
    decided: list[bool] = []

    def deciding(book, head, waiting, clock, entries_max, known, unreported):
        decided.append(known is not None)
        return decide_batch(book, head, waiting, clock, entries_max, known, unreported)

    monkeypatch.setattr("ledger.sequencer.writer.decide_batch", deciding)
    writer = Writer("acme", store, QUICK, SkewGuard(clock))
    await writer.load()
    batch = [Pending(request(reserve("acme/team/a0", 99)))]

    assert writer.take_off(batch) is None
    await writer.write(batch)

    outcome = await batch[0].reply
    assert isinstance(outcome, Rejected)
    assert outcome.reason == Reason.BUDGET_EXHAUSTED
    assert decided == [False, True]


async def test_write__repeat_with_another_body(sequencers):
    """R38: another body under the same id changes nothing."""
    taken = request(reserve("acme/team/a0", 12))
    await sequencers.submit(taken)

    again = await sequencers.submit(replace(taken, fingerprint=b"other"))

    assert again == Rejected(Reason.REQUEST_ID_REUSED)


async def test_write__repeat_within_a_batch(sequencers):
    """A copy in the same batch sees the first one's answer."""
    taken = request(reserve("acme/team/a0", 12))

    outcomes = await asyncio.gather(*(sequencers.submit(taken) for _ in range(3)))

    assert [outcome.replayed for outcome in outcomes] == [False, True, True]


async def test_write__repeat_of_a_bound_refusal(sequencers):
    """R39: a refused allocation stays refused under its id, also once there is room."""
    ask = request(cmd.Allocate("acme/team/a0", Amount("USD", 10_000), Text()))
    first = await sequencers.submit(ask)
    await sequencers.submit(request(cmd.Fund(Amount("USD", 100_000), Text())))

    again = await sequencers.submit(ask)

    assert again == replace(first, replayed=True)


async def test_write__repeat_of_what_cost_the_right(sequencers):
    """R38, R83: whoever gave the first role to somebody else may not ask again, and is answered as before."""
    appointing = replace(request(cmd.SetRole("boss", "acme", PrincipalRole.ADMIN)), principal="ann")
    first = await sequencers.submit(appointing)

    again = await sequencers.submit(appointing)
    anew = await sequencers.submit(replace(appointing, request_id=request_id()))

    assert again == replace(first, replayed=True)
    assert anew.reason is Reason.PERMISSION_DENIED


async def test_write__repeat_of_a_hold_that_ended(sequencers, clock):
    """R41: a repeated reserve whose hold has ended is refused, and names the reservation."""
    hold = reserve("acme/team/a0", 12, ttl=1)
    taken = request(hold)
    await sequencers.submit(taken)
    clock.advance(2)

    again = await sequencers.submit(taken)

    assert again == Rejected(Reason.HOLD_ENDED, "acme/team/a0", reservation_id=hold.reservation_id)


async def test_write__another_process_wrote(store, sequencers, clock):
    """A lost compare locks, catches up and decides anew: two processes share one budget exactly."""
    other = Sequencers(store, Limits(wait_us=0), clock)
    outcomes = [await process.submit(request(reserve("acme/team/a0", 4))) for process in (sequencers, other) * 4]

    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True] * 3 + [False] * 5
    assert await held(other) == await held(sequencers) == (3, 12)
    await other.close()


async def test_write__another_process_answered(store, sequencers, clock):
    """R38: where another process writes too, a repeat here of what it was asked gets its answer, granted or refused."""
    other = Sequencers(store, Limits(wait_us=0), clock)
    granted, last = request(reserve("acme/team/a0", 4)), request(reserve("acme/team/a0", 11))
    await sequencers.submit(request(reserve("acme/team/a1", 1)))
    first = [await other.submit(granted), await other.submit(last)]
    await sequencers.submit(request(reserve("acme/team/a1", 1)))

    again = [await sequencers.submit(granted), await sequencers.submit(last)]

    assert [outcome.replayed for outcome in first] == [False, False]
    assert again == [replace(outcome, replayed=True) for outcome in first]
    await other.close()


async def test_write__what_came_while_another_had_the_lock(store, sequencers, clock):
    """Where another process writes too, a batch takes what came until the lock was there."""
    other = Sequencers(store, Limits(wait_us=0), clock)
    for process in (sequencers, other, sequencers):
        await process.submit(request(reserve("acme/team/a0", 1)))
    batches = len(store.batches)
    async with store.inner.lock("acme"):
        first = asyncio.create_task(sequencers.submit(request(reserve("acme/team/a0", 1))))
        await turns()
        others = [asyncio.create_task(sequencers.submit(request(reserve("acme/team/a0", 1)))) for _ in range(5)]
        await turns()

    assert all(isinstance(outcome, Accepted) for outcome in await asyncio.gather(first, *others))
    assert [len(batch.entries) for batch in store.batches[batches:]] == [6]
    assert sequencers._open["acme"]._filling._taken == 0  # those who joined are counted as they come and go
    await other.close()


async def test_write__many_entries_behind(store, sequencers, clock):
    """A book that is far behind catches up outside the lock first."""
    other = Sequencers(store, replace(QUICK, catch_up_max=3), clock)
    await other.submit(request(reserve("acme/team/a0", 1)))
    for _ in range(10):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))

    outcome = await other.submit(request(reserve("acme/team/a0", 4)))

    assert isinstance(outcome, Accepted)
    assert await held(other) == (0, 15)
    await other.close()


async def test_write__late_commit_of_a_forgotten_reservation(store, sequencers, clock):
    """R26: a resolved reservation that the book no longer keeps is fetched before the rules decide."""
    hold = reserve("acme/team/a0", 12, ttl=1)
    await sequencers.submit(request(hold))
    clock.advance(2)
    fresh = Sequencers(store, QUICK, clock)
    await fresh.submit(request(reserve("acme/team/a1", 1)))

    outcome = await fresh.submit(request(commit(hold.reservation_id, 5)))

    assert isinstance(outcome, Accepted)
    assert await held(fresh) == (10, 0)
    await fresh.close()


async def test_write__late_commit_behind_very_much_that_is_due(store, clock):
    """R20: what a command names is fetched, also where the book lets go of it while what is due fills batches."""
    sequencers = Sequencers(store, Limits(wait_us=0, clock_entries_max=2, resolved_kept=3), clock)
    for command in founding(each=100):
        await sequencers.submit(request(command))
    hold = reserve("acme/team/a0", 12, ttl=1)
    await sequencers.submit(request(hold))
    clock.advance(2)
    for _ in range(6):
        await sequencers.submit(request(reserve("acme/team/a1", 1, ttl=1)))
    clock.advance(2)

    outcome = await sequencers.submit(request(commit(hold.reservation_id, 5)))

    assert isinstance(outcome, Accepted)
    await sequencers.close()


async def test_write__conflict_in_the_batch(sequencers, store):
    """A constraint that is violated has the batch decided under the lock; everybody gets an answer."""
    store.before.append(BatchConflict("taken"))

    outcomes = await asyncio.gather(*(sequencers.submit(request(reserve("acme/team/a0", 5))) for _ in range(4)))

    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True, True, True, False]


async def test_write__conflict_of_one_command(sequencers, store):
    """R49: where the batch fails again under the lock it is tried one by one; a command that fails alone is told so."""
    store.before += [BatchConflict("taken")] * 2 + [None, BatchConflict("taken"), BatchConflict("taken")]

    outcomes = await asyncio.gather(
        *(sequencers.submit(request(reserve("acme/team/a0", 5))) for _ in range(3)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [Accepted, InvariantBroken, Accepted]
    assert await held(sequencers) == (5, 10)


async def test_write__rule_that_breaks(sequencers, monkeypatch):
    """R49: a command on which a rule breaks is answered as our bug; the others of its batch go on."""
    broken = reserve("acme/team/a0", 2)
    sound = decide.RULES[cmd.Reserve]

    def breaks(book, command, now):
        if command is broken:
            raise ZeroDivisionError("planted")
        return sound(book, command, now)

    monkeypatch.setitem(decide.RULES, cmd.Reserve, breaks)

    outcomes = await asyncio.gather(
        *(
            sequencers.submit(request(command))
            for command in (reserve("acme/team/a0", 1), broken, reserve("acme/team/a0", 3))
        ),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [Accepted, InvariantBroken, Accepted]
    assert await held(sequencers) == (11, 4)


async def test_write__journal_went_backwards(sequencers, store):
    """R49: a head behind what was acknowledged puts the organization in quarantine: reads only."""
    backup = copy.deepcopy(store.inner)
    await sequencers.submit(request(reserve("acme/team/a0", 1)))
    store.inner = backup

    with pytest.raises(InvariantBroken):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))

    with pytest.raises(Quarantined):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))


async def test_write__quarantine_elsewhere(sequencers, store):
    """A quarantine that another process set stops this one's next batch, and reads go on."""
    await store.quarantine("acme", "found")

    with pytest.raises(Quarantined, match="found"):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))

    assert await held(sequencers) == (15, 0)


async def test_write__newer_format(store, sequencers, clock, monkeypatch):
    """A journal of a format that this process does not know is not written to."""
    monkeypatch.setattr("ledger.sequencer.replica.FORMAT_NEWEST", 0)

    with pytest.raises(FormatUnknown):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))


async def test_write__compare_lost_again_and_again(sequencers, store):
    """A lost compare never answers wrong: the attempt that locks decides."""
    store.before += [HeadMoved("another"), None]

    outcome = await sequencers.submit(request(reserve("acme/team/a0", 12)))

    assert isinstance(outcome, Accepted)
    assert await held(sequencers) == (3, 12)


async def test_write__holds_due_at_once(store, clock):
    """R36: holds due at once expire in batches of nothing else, and no command is refused for want of them."""
    limits = Limits(wait_us=0, clock_entries_max=10)
    sequencers = Sequencers(store, limits, clock)
    for command in founding(each=100):
        await sequencers.submit(request(command))
    for _ in range(100):
        await sequencers.submit(request(reserve("acme/team/a0", 1, ttl=1)))
    clock.advance(2)
    store.batches.clear()

    outcome = await sequencers.submit(request(reserve("acme/team/a0", 100)))

    assert isinstance(outcome, Accepted)
    assert [len(batch.entries) for batch in store.batches] == [10] * 9 + [10 + 1]
    await sequencers.close()
