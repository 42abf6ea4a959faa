"""Pages of a journal, and who shares them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ledger.core.faults import ShuttingDown, StorageUnavailable
from ledger.core.queries import EntriesFound, EntryQuery
from ledger.rpc import pages
from ledger.rpc.pages import Pages
from tests.waiting import turns


class Journal:
    """A journal of entries without content, and who waits for more of it."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.reads = 0
        self.news: list[asyncio.Future[None]] = []
        self.slow: asyncio.Event | None = None
        self.fault: Exception | None = None

    def until_written(self, _: str, concerns: Callable[[Any], bool]) -> "asyncio.Future[None]":
        assert concerns(None)
        self.news.append(asyncio.get_running_loop().create_future())
        return self.news[-1]

    async def entries(self, query: EntryQuery) -> EntriesFound:
        self.reads += 1
        position = self.position
        if self.slow is not None:
            await self.slow.wait()
        if self.fault is not None:
            raise self.fault
        assert position <= query.after, "these tests are about empty pages"
        return EntriesFound((), position, 1)


def made(journal: Journal) -> Pages:
    """Pages of it."""
    both: Any = journal
    return Pages(both, both)


async def test_shared__one_read_for_all_who_ask_at_once():
    """While a page is being read whoever asks for it waits for the same; one who gives up stops nobody else."""
    journal = Journal(7)
    journal.slow = asyncio.Event()
    shared = made(journal)
    asking = [asyncio.create_task(shared.shared("acme", 7)) for _ in range(3)]
    await turns()
    asking[0].cancel()
    await turns()
    journal.slow.set()

    found = await asyncio.gather(*asking[1:])

    assert found[0] is found[1]
    assert (journal.reads, found[0].position, found[0].more) == (1, 7, False)


async def test_shared__an_empty_page_is_good_until_there_is_news():
    """What was empty is handed out again while nobody has said that there is more, and then read anew."""
    journal = Journal(7)
    shared = made(journal)

    first = await shared.shared("acme", 7)
    again = await shared.shared("acme", 7)
    journal.news[0].set_result(None)
    anew = await shared.shared("acme", 7)

    assert first is again
    assert anew is not first
    assert journal.reads == 2


async def test_shared__nobody_waits_for_what_was_told_before(monkeypatch: pytest.MonkeyPatch):
    """A page's news was asked for before the page was read, so nothing that is not in it goes untold."""
    journal = Journal(7)
    journal.slow = asyncio.Event()
    shared = made(journal)
    early = asyncio.create_task(shared.shared("acme", 7))
    await turns()
    journal.news[0].set_result(None)  # something was committed, which this read does not see
    late = asyncio.create_task(shared.shared("acme", 7))
    await turns()
    journal.slow.set()

    assert (await early).news.done()
    assert (await late).news.done(), "so that it is looked for at once"


async def test_shared__old_pages_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    """Of many pages the oldest are let go, and none is handed out long after it was read."""
    monkeypatch.setattr(pages, "KEPT_MAX", 2)
    journal = Journal(1)
    shared = made(journal)

    for position in (1, 2, 3):
        await shared.shared("acme", position)
    assert len(shared._kept) == 2
    monkeypatch.setattr(pages, "KEPT_S", -1.0)
    await shared.shared("globex", 1)
    await shared.shared("globex", 1)

    assert journal.reads == 5


async def test_shared__a_fault_is_everybodys():
    """A read that fails is told to all who asked for it, and made again for the next."""
    journal = Journal(7)
    journal.fault = StorageUnavailable("away")
    shared = made(journal)

    found = await asyncio.gather(*(shared.shared("acme", 7) for _ in range(2)), return_exceptions=True)
    journal.fault = None
    later = await shared.shared("acme", 7)

    assert [type(one) for one in found] == [StorageUnavailable] * 2
    assert later.position == 7


async def test_following__nobody_left():
    """The sequencer is asked once for all who follow, and not any more when the last has gone."""
    journal = Journal(7)
    shared = made(journal)
    with shared.following("acme"):
        with shared.following("acme"):
            await shared.shared("acme", 7)
            await shared.shared("acme", 8)
        assert not journal.news[0].cancelled()

    assert len(journal.news) == 1
    assert journal.news[0].cancelled()


async def test_end__whoever_waits_is_told():
    """At the end whoever waits for news hears that there will be none."""
    journal = Journal(7)
    shared = made(journal)
    with shared.following("acme"):
        page = await shared.shared("acme", 7)

        shared.end(ShuttingDown("down"))

        with pytest.raises(ShuttingDown):
            page.news.result()
