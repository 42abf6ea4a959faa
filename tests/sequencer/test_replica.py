"""The book as a replica of the journal."""

from dataclasses import replace

import pytest

from ledger.core.faults import FormatUnknown, Quarantined
from ledger.core.invariants import InvariantBroken
from ledger.sequencer.replica import Breach, Replica, check_writable
from ledger.storage.store import Head
from tests.sequencer.world import request, reserve


async def test_load__at_the_head(sequencers, store):
    """A loaded book stands at the head that its snapshot includes."""
    replica = await Replica.load(store, "acme")

    assert (replica.book.position, replica.head) == (8, await store.head("acme"))


async def test_follow__what_others_wrote(sequencers, store):
    """Entries of others are applied in slices until the book is level."""
    replica = await Replica.load(store, "acme")
    for _ in range(5):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))

    await replica.follow(store, 2)

    assert replica.book.position == 13
    assert replica.book.balance(replica.book.ids["acme/team/a0"], "USD").reserved == 5


async def test_catch_up__too_far_behind(sequencers, store):
    """A book that is too far behind is not caught up with inside the lock."""
    replica = await Replica.load(store, "acme")
    for _ in range(5):
        await sequencers.submit(request(reserve("acme/team/a0", 1)))

    async with store.lock("acme") as locked:
        assert not await replica.catch_up(locked, 4)
        assert await replica.catch_up(locked, 5)


async def test_follow__unreadable(sequencers, store, monkeypatch):
    """R49: an entry whose bytes cannot be read is a breach, not a command's fault."""
    replica = await Replica.load(store, "acme")
    await sequencers.submit(request(reserve("acme/team/a0", 1)))

    async def unreadable(_organization, _after, _limit):
        raise InvariantBroken("the bytes make no sense")

    monkeypatch.setattr(store.inner, "entries", unreadable)

    with pytest.raises(Breach, match="no sense"):
        await replica.follow(store, 10)


async def test_meet__another_journal(sequencers, store):
    """R49: the same position under another seal is another journal."""
    replica = await Replica.load(store, "acme")

    with pytest.raises(Breach, match="seal"):
        replica.meet(replace(replica.head, chain=b"y" * 32))


async def test_meet__journal_behind(sequencers, store):
    """R49: a journal that is behind what this process knows has lost its tail."""
    replica = await Replica.load(store, "acme")

    with pytest.raises(Breach, match="this process knows of 8"):
        replica.meet(replace(replica.head, position=7))


def test_check_writable__quarantine_and_format():
    """A quarantined organization, or one of a newer format, is not written to."""
    check_writable(Head())

    with pytest.raises(Quarantined):
        check_writable(Head(quarantine="found"))
    with pytest.raises(FormatUnknown):
        check_writable(Head(format=99))
