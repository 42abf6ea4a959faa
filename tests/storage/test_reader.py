from typing import Any

import pytest

from ledger.core.caps import Cap, Counter
from ledger.core.escalations import Escalation, EscalationState
from ledger.core.queries import (
    EntriesFound,
    EntryQuery,
    OrganizationFound,
    ReservationQuery,
    ReservationsFound,
    StandingFound,
    StandingQuery,
)
from ledger.core.reservations import ReservationState
from tests.storage.world import (
    SECOND,
    START,
    Scribe,
    cap,
    commit,
    counter,
    escalation,
    founding,
    governing,
    reserve,
    uuid7,
)

OPEN, COMMITTED = ReservationState.OPEN, ReservationState.COMMITTED


@pytest.fixture
async def reader(store: Any) -> Any:
    """A reader over six reservations: 0, 2, 4 of a0 and 1, 3, 5 of a1; 0 and 1 are committed."""
    scribe = Scribe()
    await store.append(scribe.decide(*founding()))
    for number in range(6):
        hold = reserve(
            f"acme/team/a{number % 2}",
            number=number,
            ttl=60 + number,
            tool="search" if number < 4 else "",
            workflow="w" * (number // 2),
        )
        await store.append(scribe.decide(hold, at=START + (number + 1) * SECOND))
    await store.append(scribe.decide(commit(0, 7), commit(1, 1)))
    await store.append(Scribe("globex").decide(*founding("globex"), reserve("globex/team/a0", number=9)))
    return store.reader


def numbers(found: ReservationsFound) -> list[int]:
    """Which reservations were found, in their order."""
    by_id = {uuid7(number): number for number in range(10)}
    return [by_id[reservation.reservation_id] for reservation, _ in found.reservations]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"path": "acme/team"}, [0, 1, 2, 3, 4, 5]),
        ({"path": "acme/team/a1"}, [1, 3, 5]),
        ({"path": "acme/team/a"}, []),
        ({"path": "acme/nothing"}, []),
        ({"states": (OPEN,)}, [2, 3, 4, 5]),
        ({"states": (COMMITTED, ReservationState.EXPIRED)}, [0, 1]),
        ({"tool": "search"}, [0, 1, 2, 3]),
        ({"workflow_id": "w"}, [2, 3]),
        ({"opened_from": START + 3 * SECOND}, [2, 3, 4, 5]),
        ({"opened_before": START + 3 * SECOND}, [0, 1]),
        ({"expires_before": START + 63 * SECOND}, [0]),
        ({"path": "acme/team/a0", "states": (OPEN,), "tool": "search", "workflow_id": "w"}, [2]),
        ({"path": "acme/team/a1", "states": (OPEN, COMMITTED), "opened_from": START, "limit": 2}, [1, 3]),
    ],
    ids=str,
)
async def test_reservations__filters(reader: Any, filters: dict[str, Any], expected: list[int]):
    """Each filter alone and together, in the order of opening, within one organization."""
    found = await reader.reservations(ReservationQuery(**{"organization": "acme", "path": "acme", **filters}))

    assert numbers(found) == expected


async def test_reservations__paging(reader: Any):
    """Pages that each begin after the last one's end are the whole list."""
    after, pages = 0, []
    while page := (await reader.reservations(ReservationQuery("acme", "acme", after=after, limit=4))).reservations:
        pages.append([reservation.reservation_id for reservation, _ in page])
        after = page[-1][0].opened_position

    assert pages == [[uuid7(number) for number in (0, 1, 2, 3)], [uuid7(number) for number in (4, 5)]]


async def test_reservations__with_paths_and_position(store: Any, reader: Any):
    """Each comes with its partition's path, all as of the head's position and incarnation."""
    head = await store.head("acme")

    found = await reader.reservations(ReservationQuery("acme", "acme", states=(COMMITTED,)))

    assert [path for _, path in found.reservations] == ["acme/team/a0", "acme/team/a1"]
    assert (found.position, found.incarnation) == (head.position, head.incarnation)


async def test_reservation__one_or_none(reader: Any):
    """One reservation by its id, of this organization only."""
    found = await reader.reservation("acme", uuid7(1))
    other = await reader.reservation("acme", uuid7(9))

    [(reservation, path)] = found.reservations
    assert (reservation.reservation_id, reservation.state, path) == (uuid7(1), COMMITTED, "acme/team/a1")
    assert other == ReservationsFound((), found.position, 1)


async def test_entries__all(store: Any, reader: Any):
    """Without filters the journal comes as it is, with texts, digests and the paths that postings name."""
    found = await reader.entries(EntryQuery("acme", limit=1000))

    assert [one.entry for one in found.entries] == await store.entries("acme", 0, 1000)
    created, funded = found.entries[:2]
    assert (created.kind, created.version, created.texts, created.paths) == (
        "OrganizationCreated",
        1,
        {"display_name": "Acme"},
        {},
    )
    assert f'"display_name":"{created.entry.event.display_name.digest}"' in created.event_json
    assert len(created.digest) == 32
    assert funded.paths == {1: "acme"}


@pytest.mark.parametrize(
    ("filters", "kinds"),
    [
        ({"path": "acme/team/a0", "limit": 3}, ["PartitionCreated", "Allocated", "ReservationOpened"]),
        ({"path": "acme/team/a0", "kinds": ("ReservationCommitted",)}, ["ReservationCommitted"]),
        ({"path": "acme/team", "kinds": ("PartitionCreated",)}, ["PartitionCreated"] * 3),
        ({"path": "acme", "kinds": ("OrganizationCreated", "Funded")}, ["OrganizationCreated", "Funded"]),
        ({"path": "acme/team/a"}, []),
        ({"kinds": ("Refunded",)}, []),
        ({"after": 4, "limit": 2}, ["PartitionCreated", "Allocated"]),
    ],
    ids=str,
)
async def test_entries__filters(reader: Any, filters: dict[str, Any], kinds: list[str]):
    """By partition with what lies below, by kind, and after a position."""
    found = await reader.entries(EntryQuery("acme", **filters))

    assert [one.kind for one in found.entries] == kinds


async def test_entries__unknown_organization(reader: Any):
    """What does not exist has position 0 and nothing in it."""
    assert await reader.entries(EntryQuery("nobody")) == EntriesFound((), 0, 1)
    assert await reader.reservations(ReservationQuery("nobody", "nobody")) == ReservationsFound((), 0, 1)
    assert await reader.reservation("nobody", uuid7(1)) == ReservationsFound((), 0, 1)
    assert await reader.organization("nobody") is None


async def test_organizations__paging(store: Any, reader: Any):
    """By name, byte by byte, after a name, at most so many; with position and quarantine."""
    for name in ("a-b", "a_b", "a.b", "ab", "a0"):
        await store.append(Scribe(name).decide(*founding(name)))
    await store.quarantine("ab", "a finding")

    everyone = await reader.organizations("", 100)
    names = [found.organization.name for found in everyone]

    assert names == sorted(["a-b", "a_b", "a.b", "ab", "a0", "acme", "globex"])
    assert await reader.organizations("a0", 2) == everyone[3:5]
    assert everyone == [await reader.organization(name) for name in names]
    assert everyone[names.index("ab")].quarantine == "a finding"
    snapshot = await store.load("acme")
    assert await reader.organization("acme") == OrganizationFound(snapshot.settings, snapshot.head.position, "")


@pytest.fixture
async def governed(store: Any) -> Any:
    """A reader over escalations of a0 (7, 9, 12) and a1 (8), decided by the team but for 8 and 9, and two caps."""
    scribe = Scribe()
    batch = scribe.decide(*founding())
    team, a0, a1 = (scribe.book.ids[path] for path in ("acme/team", "acme/team/a0", "acme/team/a1"))
    approved = {"state": EscalationState.APPROVED, "decided_by": "ann", "granted": 5, "source_id": a1}
    records = (
        escalation(12, a0, team),
        escalation(7, a0, team, **approved),
        escalation(8, a1, 1),
        escalation(9, a0, 1, state=EscalationState.DENIED),
        cap(7, a0),
        cap(10, team, deleted=True),
        counter(10 * 256 + 1),
        counter(10 * 256),
    )
    await store.append(governing(batch, *records))
    await store.append(governing(Scribe("globex").decide(*founding("globex")), escalation(7, 3, 1)))
    return store.reader


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [7, 8, 9, 12]),
        ({"path": "acme"}, [7, 8, 9, 12]),
        ({"path": "acme/team"}, [7, 8, 9, 12]),
        ({"path": "acme/team/a0"}, [7, 9, 12]),
        ({"path": "acme/team/a"}, []),
        ({"states": ("PENDING",)}, [8, 12]),
        ({"states": ("APPROVED", "DENIED")}, [7, 9]),
        ({"decider_id": 1}, [8, 9]),
        ({"decider_id": 1, "states": ("PENDING",), "path": "acme/team/a1"}, [8]),
        ({"after": 7, "limit": 2}, [8, 9]),
        ({"after": 9, "states": ("PENDING",), "path": "acme/team"}, [12]),
        ({"kind": Cap}, [7, 10]),
        ({"kind": Cap, "path": "acme/team/a0"}, [7]),
        ({"kind": Counter}, [2560, 2561]),
    ],
    ids=str,
)
async def test_standing__filters(governed: Any, filters: dict[str, Any], expected: list[int]):
    """Each filter alone and together, by position, of one kind and organization."""
    found = await governed.standing(StandingQuery(**{"organization": "acme", "kind": Escalation, **filters}))

    assert [record.key for record in found.records] == expected


async def test_standing__with_paths_and_position(store: Any, governed: Any):
    """The paths of all partitions that the records name come along, as of the head's position and incarnation."""
    head = await store.head("acme")

    approved = await governed.standing(StandingQuery("acme", Escalation, states=("APPROVED",)))
    pending = await governed.standing(StandingQuery("acme", Escalation, path="acme/team/a1"))

    assert set(approved.paths.values()) == {"acme/team/a0", "acme/team/a1", "acme/team"}
    assert set(pending.paths.values()) == {"acme/team/a1", "acme"}
    assert (approved.position, approved.incarnation) == (head.position, head.incarnation)


async def test_standing_record__one_or_none(governed: Any):
    """One record by its kind and key, ended or not, of this organization only."""
    found = await governed.standing_record("acme", Cap, 10)

    assert [(record.key, record.deleted) for record in found.records] == [(10, True)]
    assert list(found.paths.values()) == ["acme/team"]
    assert await governed.standing_record("acme", Cap, 8) == StandingFound((), {}, found.position, 1)
    assert await governed.standing_record("globex", Cap, 10) == StandingFound((), {}, found.position, 1)
    assert await governed.standing_record("nobody", Cap, 10) == StandingFound((), {}, 0, 1)
    assert await governed.standing(StandingQuery("nobody", Cap)) == StandingFound((), {}, 0, 1)
