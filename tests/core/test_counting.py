import random
from collections import defaultdict
from dataclasses import replace
from typing import Any, Final

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.calendars import Period
from ledger.core.caps import BUCKETS, Cap, CapKind, CapMode, Counter
from ledger.core.counting import check_counts
from ledger.core.invariants import InvariantBroken
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Rejected
from tests.builders import (
    CLERK,
    DAY,
    HOUR,
    SCOUT,
    SECOND,
    TEAM,
    World,
    acme,
    cap,
    charge,
    commit,
    delete_cap,
    expire,
    part,
    refund,
    release,
    reserve,
    update_cap,
)
from tests.model import MOST

Key = tuple[int, str, int]
"""A cap, a workflow, and where its window begins."""


class Naive:
    """What counts where, worked out of the journal without looking at counters, windows or pins."""

    def __init__(self, world: World) -> None:
        self.calendar = world.calendar
        self.totals: dict[Key, int] = defaultdict(int)
        self.caps: dict[int, Any] = {}
        self.homes: dict[str, dict[tuple[int, str], Key]] = defaultdict(dict)
        self.opened: dict[str, Entry] = {}
        self.lines: dict[str, dict[str, tuple[int, int, int]]] = {}
        self.open: set[str] = set()
        for entry in world.journal:
            self.follow(entry)

    def key(self, cap_id: int, workflow: str, at: int) -> Key:
        """The counter that something counts in at an instant."""
        one = self.caps[cap_id]
        if one.kind is CapKind.WINDOW:
            return cap_id, "", self.calendar(one.period, one.week_start, at).starts_at
        if one.kind is CapKind.ROLLING:
            part_us = one.length_us // BUCKETS
            return cap_id, "", at // part_us * part_us
        return cap_id, workflow if one.kind is CapKind.WORKFLOW else "", 0

    def binding(self, path: str, tool: str, workflow: str, unit: str) -> list[int]:
        """The caps that count this."""
        found = []
        for cap_id, one in self.caps.items():
            alike = tool and tool.startswith(one.tool[:-1]) if one.tool.endswith("*") else tool == one.tool
            if (
                one.unit == unit
                and f"{path}/".startswith(f"{one.path}/")
                and one.kind is not CapKind.SINGLE
                and (not one.tool or alike)
                and (workflow or one.kind is not CapKind.WORKFLOW)
            ):
                found.append(cap_id)
        return found

    def pin(self, rid: str, unit: str, at: int, amount: int, only: int = 0) -> None:
        """From now on a unit of a reservation counts in these windows, so much already."""
        about: Any = self.opened[rid].event
        for cap_id in self.binding(about.path, about.tool, about.workflow_id, unit):
            if not only or only == cap_id:
                key = self.homes[rid][cap_id, unit] = self.key(cap_id, about.workflow_id, at)
                self.totals[key] += amount

    def follow(self, entry: Entry) -> None:  # noqa: C901  (a list of events)
        """An entry has happened."""
        event: Any = entry.event
        match event:
            case ev.CapCreated():
                self.caps[entry.position] = event
                for rid in self.open:
                    if not event.unit:
                        self.pin(rid, "", entry.at, 1, entry.position)
                    elif event.unit in self.lines[rid]:
                        self.pin(rid, event.unit, entry.at, self.lines[rid][event.unit][0], entry.position)
            case ev.CapDeleted():
                del self.caps[event.cap_id]
            case ev.ReservationOpened():
                rid = event.reservation_id
                self.opened[rid] = entry
                self.open.add(rid)
                self.lines[rid] = {unit: (parts, 0, 0) for unit, parts in event.amounts}
                for unit, parts in (("", 1), *event.amounts):
                    self.pin(rid, unit, entry.at, parts)
            case ev.Charged(reservation_id=""):
                for unit, parts in event.amounts:
                    for cap_id in self.binding(event.path, event.tool, event.workflow_id, unit):
                        self.totals[self.key(cap_id, event.workflow_id, entry.at)] += parts
            case ev.CommitRepeated():
                pass
            case _ if hasattr(event, "units") and hasattr(event, "reservation_id"):
                self.settle(entry, event)

    def settle(self, entry: Entry, event: Any) -> None:
        """The lines of a reservation have changed."""
        rid = event.reservation_id
        for line in event.units:
            was = self.lines[rid].get(line.unit)
            now = self.lines[rid][line.unit] = (line.remaining, line.actual, line.refunds)
            more = now[0] + now[1] - (was[0] + was[1] if was else 0)
            if was is None:
                self.pin(rid, line.unit, entry.at, more)
                continue
            for (cap_id, unit), key in self.homes[rid].items():
                if unit == line.unit:
                    older = self.opened[rid].position < cap_id
                    self.totals[key] += more - (0 if older else now[2] - was[2])
        resolving = isinstance(event, ev.ReservationCommitted | ev.ReservationReleased | ev.ReservationExpired)
        if resolving and rid in self.open:
            self.open.remove(rid)
            for (_, unit), key in self.homes[rid].items():
                self.totals[key] -= not unit


def recorded(book: Book) -> dict[Key, int]:
    """What the counters of a book have counted, by the same names."""
    found: dict[Key, int] = {}
    for one in book.standing[Counter].values():
        kind = book.standing[Cap][one.cap_id].kind
        starts_at = one.starts_at if kind in {CapKind.WINDOW, CapKind.ROLLING} else 0
        found[one.cap_id, one.workflow_id, starts_at] = one.counted
    return found


_NOTHING: Final[dict[str, Any]] = {}
_BOTH: Final[dict[str, Any]] = {"USD": 5, "tokens": 7}
_TOOLS: Final = ("", "search", "searching", "mail")
_FLOWS: Final = ("", "a", "b")
_KINDS: Final = (*CapKind, CapKind.WINDOW, CapKind.WINDOW)


def something(choose: random.Random, world: World) -> cmd.Single | None:
    """A command, or time passes."""
    path, number = choose.choice((SCOUT, CLERK, TEAM)), choose.randint(1, 40)
    parts: dict[str, Any] = {choose.choice(("USD", "tokens")): choose.randint(1, 40)}
    caps = [one.cap_id for one in world.book.standing[Cap].values() if not one.deleted]
    match choose.randint(0, 19):
        case 0 | 1:
            kind = choose.choice(_KINDS)
            period = choose.choice(list(Period)[1:]) if kind is CapKind.WINDOW else Period.NONE
            length = 12 * choose.choice((5 * SECOND, HOUR)) if kind is CapKind.ROLLING else 0
            mode, tool = choose.choice(tuple(CapMode)), choose.choice(("", "", "search", "search*"))
            where, limit = choose.choice(("acme", TEAM, SCOUT)), choose.randint(0, 150)
            unit = choose.choice(("USD", "tokens"))
            return cap(where, limit, kind, unit, period=period, length=length, mode=mode, tool=tool)
        case 2 if caps:
            cap_id = choose.choice(caps)
            return update_cap(cap_id, world.book.standing[Cap][cap_id].version, limit=choose.randint(0, 150))
        case 3 if caps and choose.random() < 0.3:
            cap_id = choose.choice(caps)
            return delete_cap(cap_id, world.book.standing[Cap][cap_id].version)
        case 4:
            return charge(path, choose.choice((0, number)), confirmed=True, **parts)
        case 5:
            return refund(number, **parts)
        case 6 | 7:
            return part(number, confirmed=True, **parts)
        case 8 | 9:
            return commit(number, confirmed=True, **choose.choice((_NOTHING, _BOTH, parts)))
        case 10:
            return choose.choice((release, expire))(number)
        case 11 | 12:
            world.wait(choose.choice((SECOND, 20 * SECOND, HOUR, DAY // 2)))
            return None
        case _:
            ttl, tool, flow = choose.randint(1, 3600) * SECOND, choose.choice(_TOOLS), choose.choice(_FLOWS)
            return replace(reserve(path, number, ttl=ttl, **parts), tool=tool, workflow_id=flow)


@pytest.mark.parametrize("seed", range(12))
def test_counters__recomputed_from_the_journal(seed):
    """R54, R55, I14: whatever happens, each window has counted what a naive reading of the journal counts in it.

    Nothing is admitted above a cap that says no, and whoever only follows the journal has the same records.
    """
    choose = random.Random(seed)
    world = acme(USD=500, tokens=500)
    world.do(cmd.UpdateOrganization(1, choose.choice(("UTC", "America/New_York")), None, None))
    for _ in range(250):
        command = something(choose, world)
        if command is None:
            continue
        world.ask(command)
        last = world.journal[-1]
        if isinstance(last.event, ev.ReservationOpened):
            for counter_id, _, after in last.counts:
                bound = world.book.standing[Cap][world.book.standing[Counter][counter_id].cap_id]
                assert after <= bound.limit or bound.mode is CapMode.SHADOW

    expected = {key: total for key, total in Naive(world).totals.items() if total}
    follower = Book("acme")
    for entry in world.journal:
        follower.apply(entry)

    assert {key: total for key, total in recorded(world.book).items() if total} == expected
    assert follower.standing == world.book.standing
    assert follower.reservations == world.book.reservations


def test_follow__without_what_has_ended():
    """R54: a book that has let go of what has ended comes to the same live counters as one that has not."""
    choose = random.Random(7)
    world, forgetful = acme(USD=500, tokens=500), Book("acme")
    for _ in range(250):
        if (command := something(choose, world)) is not None:
            world.ask(command)
        for entry in world.journal[forgetful.position :]:
            forgetful.apply(entry)
        forgetful.keep()
        forgetful.forget_resolved(0)

    live = {key: one for key, one in world.book.standing[Counter].items() if not one.ended}
    assert dict(forgetful.standing[Counter]) == live
    assert live


def test_check_counts__does_not_follow():
    """R54, I14: an entry that counts to another number than the book's counters come to is found out."""
    world = acme(USD=100)
    world.do(cap(TEAM, 50), reserve(SCOUT, 1, USD=5), reserve(SCOUT, 2, USD=5))
    (count,) = world.journal[-1].counts
    entry = replace(world.journal[-1], counts=(count._replace(amount=4, counted=15),))

    with pytest.raises(InvariantBroken):
        check_counts(world.book, entry)


@pytest.mark.parametrize("mode", CapMode)
def test_follow_counts__beyond_the_range(mode):
    """R20, R57: no cost is refused because a cap has counted more than an amount can be, and none of it is lost."""
    world = acme(USD=100)
    world.do(reserve(SCOUT, 1, USD=5), reserve(SCOUT, 2, USD=5), cap(TEAM, MOST, mode=mode))
    (counter_id,) = world.book.standing[Counter]

    world.do(commit(1, USD=MOST, confirmed=True), refund(1, USD=MOST), part(2, USD=MOST, confirmed=True), expire(2))

    assert world.book.standing[Counter][counter_id].counted == 2 * MOST
    world.do(refund(2, USD=MOST))
    assert isinstance(world.ask(reserve(SCOUT, 3, USD=1)), Rejected if mode is CapMode.ENFORCED else Accepted)
