import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import Cap, CapKind, CapMode
from ledger.core.events import RefusalsNoted
from ledger.core.faults import StorageUnavailable
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis
from ledger.core.texts import Text
from ledger.storage.address import parse
from ledger.storage.looking import OTHER_TOOLS, Holds, Look, Refusals, Spending, SqlLooker
from ledger.storage.settings import StorageSettings
from tests.storage.world import SECOND, START, Scribe, commit, founding, reserve, usd, uuid7

HOUR = 3600 * SECOND


def spent(look: Look, path: str) -> set[tuple[str, int, int]]:
    """What a partition spent, by tool."""
    pid = next(one.partition_id for one in look.partitions if one.path == path)
    return {(one.tool, one.spent, one.refunded) for one in look.spending if one.partition_id == pid}


async def test_look__is_what_a_load_is(store: Any):
    """A look has what a book is loaded from, but for the reservations, of which it tells how many are open."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    await store.append(
        scribe.decide(reserve("acme/team/a0", number=1, ttl=60), reserve("acme/team/a0", number=2, ttl=30))
    )
    looker = store.looker()

    look = looker.look("acme", 0)

    loaded = await store.load("acme")
    looker.close()
    assert (look.head, look.settings) == (loaded.head, loaded.settings)
    assert list(look.partitions) == list(loaded.partitions)
    assert dict(look.balances) == dict(loaded.balances)
    assert look.holds == [Holds(scribe.book.ids["acme/team/a0"], 2, scribe.book.at + 30 * SECOND)]
    assert look.spending == []


async def test_look__spending_since(store: Any):
    """Spending is told once: a look tells of what was posted after the position that it is given, refunds apart."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    await store.append(scribe.decide(reserve("acme/team/a0", number=1), reserve("acme/team/a1", number=2)))
    await store.append(scribe.decide(commit(1, 3), commit(2, 9)))
    looker = store.looker()
    first = looker.look("acme", 0)
    await store.append(scribe.decide(cmd.Refund(uuid7(1), (usd(2),), Text())))

    second = looker.look("acme", first.head.position)

    whole = looker.look("acme", 0)
    looker.close()
    assert spent(first, "acme/team/a0") == {("", 3, 0)}
    assert spent(first, "acme/team/a1") == {("", 9, 0)}
    assert second.spending == [Spending(scribe.book.ids["acme/team/a0"], "USD", "", 0, 2)]
    assert spent(whole, "acme/team/a0") == {("", 3, 2)}


async def test_look__changed_since(store: Any):
    """A look tells of partitions that are new or changed since, and of accounts that have had postings since."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    looker = store.looker()
    first = looker.look("acme", 0)
    await store.append(scribe.decide(reserve("acme/team/a0", number=1)))
    await store.append(
        scribe.decide(
            cmd.UpdatePartition("acme/team/a1", 1, None, watched=True),
            cmd.CreatePartition("acme/team/a2", Kind.AGENT, Text()),
        )
    )

    second = looker.look("acme", first.head.position)

    third = looker.look("acme", second.head.position)
    looker.close()
    ids = scribe.book.ids
    assert [one.path for one in second.partitions] == ["acme/team/a1", "acme/team/a2"]
    assert dict(second.balances) == {(ids["acme/team/a0"], "USD"): scribe.book.balance(ids["acme/team/a0"], "USD")}
    assert (third.partitions, third.balances, third.spending) == ([], [], [])
    assert (third.head, third.holds) == (second.head, second.holds)


async def test_clock__of_the_database(store: Any):
    """PostgreSQL has a clock of its own; what is in this machine has not."""
    looker = store.looker()

    before = time.time_ns() // 1000
    clock = looker.clock()
    after = time.time_ns() // 1000

    looker.close()
    if store.backend == "postgresql":
        assert before - HOUR <= clock <= after + HOUR  # wherever its server is
    else:
        assert clock is None


async def test_look__tools_of_the_catalogue(store: Any):
    """A tool is named where the catalogue had it when a cost was posted; what it cost before stays with the others."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    for number in (1, 2):
        await store.append(scribe.decide(reserve("acme/team/a0", number=number, tool="search")))
    await store.append(scribe.decide(commit(1, 3)))
    await store.append(scribe.decide(cmd.SetTool("search", (usd(1),), enabled=True, version=0)))
    await store.append(scribe.decide(commit(2, 4)))
    looker = store.looker()

    before = spent(looker.look("acme", 0), "acme/team/a0")
    await store.append(scribe.decide(cmd.DeleteTool("search", version=1)))
    after = spent(looker.look("acme", 0), "acme/team/a0")

    looker.close()
    assert before == after == {(OTHER_TOOLS, 3, 0), ("search", 4, 0)}


async def test_look__a_cost_without_a_reservation(store: Any):
    """A charge that names no reservation says itself which tool it was for."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding(), cmd.SetTool("search", (usd(1),), enabled=True, version=0)))
    for tool in ("search", "made-up", ""):
        charge = cmd.Charge(
            "acme/team/a0", (usd(5),), "", Basis.MEASURED, confirmed=False, tool=tool, workflow_id="", note=Text()
        )
        await store.append(scribe.decide(charge))
    looker = store.looker()

    look = looker.look("acme", 0)

    looker.close()
    assert spent(look, "acme/team/a0") == {("search", 5, 0), (OTHER_TOOLS, 5, 0), ("", 5, 0)}


async def test_look__refusals(store: Any):
    """Refusals are of the partition whose rule said no, as many as the journal says; what was only watched was none."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    event = RefusalsNoted(3, "acme/team", "CAP_REACHED", "acme/team/a0", "USD", 9, 1, "", 7, shadow=False, count=4)
    watching = replace(event, shadow=True)
    await store.append(scribe.tell(event, watching, replace(event, reason="BUDGET_EXHAUSTED", count=1)))
    looker = store.looker()

    look = looker.look("acme", 0)

    looker.close()
    assert look.refusals == [Refusals("acme/team", 5)]


async def test_heads__of_all(store: Any):
    """Every journal's head, and nothing of an organization that does not exist."""
    scribes = [Scribe("acme"), Scribe("globex")]
    for scribe in scribes:
        await store.append(scribe.decide(*founding(scribe.book.name), at=START))
    looker = store.looker()

    heads = looker.heads()

    nobody = looker.look("nobody", 0)
    looker.close()
    assert {name: head.position for name, head in heads.items()} == {s.book.name: s.head.position for s in scribes}
    assert (nobody.head.position, nobody.settings) == (0, None)


async def test_look__in_slices(store: Any, monkeypatch: pytest.MonkeyPatch):
    """What is long ago is read in slices, and comes to the same."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    for number in range(1, 8):
        await store.append(scribe.decide(reserve("acme/team/a0", number=number)))
        await store.append(scribe.decide(commit(number, number)))
    looker = store.looker()
    monkeypatch.setattr("ledger.storage.looking.SLICE", 5)

    look = looker.look("acme", 0)

    looker.close()
    pid = scribe.book.ids["acme/team/a0"]
    assert sum(one.spent for one in look.spending if one.partition_id == pid) == sum(range(1, 8))


async def test_look__more_than_a_database_adds_up(store: Any):
    """What was ever spent may be more than any account ever had, and more than 63 bits."""
    scribe = Scribe()
    much = 2**61
    await store.append(
        scribe.decide(*founding(), cmd.Fund(usd(much), Text()), cmd.Allocate("acme/team", usd(much), Text()))
    )
    await store.append(scribe.decide(cmd.Allocate("acme/team/a0", usd(much), Text())))
    for number in range(1, 6):
        await store.append(scribe.decide(reserve("acme/team/a0", much, number=number)))
        await store.append(scribe.decide(commit(number, much)))
        await store.append(scribe.decide(cmd.Refund(uuid7(number), (usd(much),), Text())))
    looker = store.looker()

    look = looker.look("acme", 0)

    looker.close()
    assert spent(look, "acme/team/a0") == {("", 5 * much, 5 * much)}


async def test_look__counters_of_workflows(store: Any):
    """Of what workflows count under a cap only the most is told, however many there are."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    settings = (CapKind.WORKFLOW, "USD", 700, Period.NONE, Weekday.MONDAY, 0, "", CapMode.ENFORCED)
    await store.append(scribe.decide(cmd.CreateCap("acme/team", *settings)))
    cap_id = scribe.head.position
    for number, workflow in enumerate(("a", 'b"workflow_id":""', "c")):
        await store.append(scribe.decide(reserve("acme/team/a0", 100 + number, number=number, workflow=workflow)))
    looker = store.looker()

    look = looker.look("acme", 0)

    looker.close()
    assert look.busiest == {cap_id: 102}
    assert [type(one) for one in look.standing] == [Cap]


def test_look__unreachable(tmp_path: Path):
    """A database that cannot be looked at is a fault in one sentence; the next look connects again."""
    looker = SqlLooker(parse(f"sqlite:///{tmp_path / 'none.db'}"), StorageSettings())

    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="could not be looked at: unable to open"):
            looker.heads()
