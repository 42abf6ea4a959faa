"""What is said to databases about the past, and that each answers alike."""

from typing import Any

import pytest

from ledger.core.journal import Entry, Posting, Role
from ledger.storage.statements.past import PastReads, past_reads
from tests.storage.statements.test_standing import steps
from tests.storage.world import SECOND, START, Scribe, commit, founding, reserve


@pytest.fixture
async def journal(store: Any) -> list[Entry]:
    """The entries of acme, whose agents have held and spent; beside it there is another organization."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    for number in range(4):
        hold = reserve(f"acme/team/a{number % 2}", number=number)
        await store.append(scribe.decide(hold, at=START + (number + 1) * SECOND))
    await store.append(scribe.decide(commit(0, 7), commit(1, 1)))
    await store.append(Scribe("globex").decide(*founding("globex"), reserve("globex/team/a0", number=9)))
    entries: list[Entry] = await store.entries("acme", 0, 1000)
    return entries


def posted(entries: list[Entry], *, first: bool) -> set[Posting]:
    """Of each account the first or last posting of some entries."""
    found: dict[tuple[int, str, Role], Posting] = {}
    for entry in entries:
        for posting in entry.postings:
            if posting.role is not Role.ISSUED and not (first and posting[:3] in found):
                found[posting[:3]] = posting
    return set(found.values())


@pytest.mark.parametrize("first", [True, False])
async def test_posted__first_and_last_of_each_account(store: Any, journal: list[Entry], first: bool):
    """R89: in every range of positions each account's first or last posting is found, of this organization only."""
    for after in range(len(journal)):
        for upto in (after + 1, len(journal)):
            found = await store.reader.posted("acme", after, upto, first=first)
            assert set(found) == posted(journal[after:upto], first=first)
            assert len(found) == len(set(found))


async def test_accounts__as_they_stand(store: Any, journal: list[Entry]):
    """All accounts that were ever posted to have the balance of their last posting, at the head."""
    head = await store.head("acme")

    found = await store.reader.accounts("acme")

    assert set(found.accounts) == {(*one[:3], one.balance) for one in posted(journal, first=False)}
    assert (found.position, found.at, found.incarnation) == (head.position, head.at, head.incarnation)


async def test_accounts__of_nobody(store: Any):
    """An organization that does not exist is at position 0."""
    assert (await store.reader.accounts("nobody")).position == 0


async def test_created__by_then(store: Any, journal: list[Entry]):
    """Partitions exist from the entry on that created them."""
    everything = await store.reader.created("acme", len(journal))

    assert sorted(path for _, path in everything) == ["acme", "acme/team", "acme/team/a0", "acme/team/a1"]
    for pid, path in everything:
        assert (pid, path) in await store.reader.created("acme", pid)
        assert (pid, path) not in await store.reader.created("acme", pid - 1)


async def test_time_of__each_entry(store: Any, journal: list[Entry]):
    """Each position has the time of its batch."""
    assert [await store.reader.time_of("acme", entry.position) for entry in journal] == [one.at for one in journal]


async def test_posted__by_the_key(sqlite_store: Any):
    """A range of positions is read by the key, and nothing else is."""
    parameters = {"organization": "acme", "after": 0, "upto": 9}

    for text in PastReads("sqlite").posted.values():
        plan = steps(sqlite_store, text, parameters)
        assert [step for step in plan if step.startswith("SCAN p")] == []
        assert plan[0] == "SEARCH postings USING PRIMARY KEY (organization=? AND position>? AND position<?)"


def test_past_reads__compiled_once():
    """Every reader of a dialect has the same texts."""
    assert past_reads("sqlite") is past_reads("sqlite")
