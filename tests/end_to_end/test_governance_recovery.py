"""What a process has forgotten of governance it looks up, and what comes late counts where it belongs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.allowances import AllowanceMode
from ledger.core.calendars import Period
from ledger.core.caps import Counter
from ledger.core.escalations import Escalation
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.sequencer.registry import Sequencers
from ledger.storage.memory import MemoryStore
from tests import builders
from tests.builders import CLERK, SCOUT, TEAM
from tests.end_to_end.audit import check_verified
from tests.end_to_end.playing import book_of, opened, sequencers
from tests.sequencer.world import FakeClock

DAY_S = 86_400


class Office:
    """A process with a clock, which keeps nothing that is resolved or has ended.

    Attributes:
        clock: Moves when told.
        store: Where the journal is.
    """

    def __init__(self, store: Any) -> None:
        self.clock = FakeClock()
        self.store = store
        self._running: Sequencers = sequencers(store, self.clock, resolved_kept=0)
        self._numbered = 0

    async def ask(self, command: cmd.Command) -> Any:
        """The outcome of a new request."""
        self._numbered += 1
        self.clock.advance(0.001)
        request_id = builders.uuid7(self.clock.now(), self._numbered)
        fingerprint = builders.fingerprint_of(command)
        return await self._running.submit(cmd.Request("acme", "ann", request_id, fingerprint, command))

    async def do(self, *commands: cmd.Command) -> int:
        """All are accepted; the position of the last one's first entry."""
        outcome: Any = None
        for command in commands:
            outcome = await self.ask(command)
            assert isinstance(outcome, Accepted), (command, outcome)
        return outcome.entries[0].position

    async def restart(self) -> None:
        """Another process takes over."""
        await self._running.close()
        self._running = sequencers(self.store, self.clock, resolved_kept=0)

    async def close(self) -> None:
        """The process has ended."""
        await self._running.close()

    def forgot(self, kind: type, key: int) -> bool:
        """Whether the process does not remember a record."""
        return key not in book_of(self._running).standing[kind]

    async def counted(self, counter_id: int) -> int:
        """What is stored of a counter."""
        (record,) = (await self.store.reader.standing_record("acme", Counter, counter_id)).records
        return record.counted


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def office(request) -> AsyncIterator[Office]:
    """Acme with a team whose agents have 100 USD each, on each store in turn; verified in the end."""
    databases = {"sqlite": "sqlite_database", "postgresql": "postgres_database"}
    async with AsyncExitStack() as stack:
        store: Any = MemoryStore()
        url = ""
        if request.param in databases:
            url = request.getfixturevalue(databases[request.param])
            store = await stack.enter_async_context(opened(url))
        made = Office(store)
        stack.push_async_callback(made.close)
        await made.do(builders.create_organization(life=30 * builders.DAY, zone="Europe/Berlin"))
        await made.do(builders.team(TEAM), builders.agent(SCOUT), builders.agent(CLERK), builders.fund(1000))
        await made.do(builders.allocate(TEAM, 500), builders.allocate(SCOUT, 100), builders.allocate(CLERK, 100))
        yield made
        if url:
            await check_verified(url)


async def yesterday(office: Office) -> int:
    """Reservation 1 of 9 was held under a daily cap and ended by time; its day is over. The counter that it had."""
    await office.do(builders.cap(TEAM, 50, period=Period.DAY))
    opened_at = await office.do(builders.reserve(SCOUT, 1, USD=9))
    await office.do(builders.reserve(SCOUT, 2, USD=5))
    office.clock.advance(DAY_S)
    for number in range(3, 8):
        await office.do(builders.reserve(CLERK, number, USD=1), builders.release(number))
    counter_id = opened_at * 256
    assert office.forgot(Counter, counter_id)
    return counter_id


LATE: list[tuple[bool, list[cmd.Command], int]] = [
    (False, [builders.commit(1, USD=7)], 7),
    (True, [builders.commit(1, USD=7)], 7),
    (True, [builders.part(1, USD=4), builders.commit(1, USD=12)], 12),
    (True, [builders.charge(SCOUT, 1, USD=3)], 3),
    (False, [builders.commit(1, USD=7), builders.refund(1, USD=2)], 5),
]


@pytest.mark.parametrize(("restarted", "late", "counted"), LATE)
async def test_late__counts_where_it_was_held(office, restarted, late, counted):
    """R54: what comes late counts in the window of the hold, which has ended and which the book has let go of."""
    counter_id = await yesterday(office)
    if restarted:
        await office.restart()

    await office.do(*late)

    assert await office.counted(counter_id) == counted


@pytest.mark.parametrize("restarted", [False, True])
async def test_decide__forgotten(office, restarted):
    """R64: an escalation that was decided long ago is still decided, not unknown."""
    asked = [await office.do(builders.escalate(SCOUT, 5)) for _ in range(4)]
    await office.do(builders.approve(asked[0]), *(builders.deny(one) for one in asked[1:]))
    if restarted:
        await office.restart()
        await office.do(builders.fund(1))
    forgotten = office.forgot(Escalation, asked[0])

    refused = [await office.ask(decide(asked[0])) for decide in (builders.approve, builders.deny, builders.cancel)]
    unknown = await office.ask(builders.approve(9_999))

    assert forgotten
    assert {(one.reason, one.escalation_id) for one in refused} == {(Reason.ESCALATION_DECIDED, asked[0])}
    assert isinstance(unknown, Rejected)
    assert unknown.reason is Reason.ESCALATION_NOT_FOUND


async def test_grant__ends_for_another_process(office):
    """R72: a grant that one process gave ends in another: what is not spent goes back, what is held goes back later."""
    now = office.clock.now()
    asked = await office.do(builders.escalate(SCOUT, 20))
    await office.do(
        builders.approve(asked, ends_at=now + 60 * builders.SECOND), builders.charge(SCOUT, USD=4, confirmed=True)
    )
    await office.do(builders.reserve(SCOUT, 1, ttl=builders.HOUR, USD=110))
    await office.restart()

    office.clock.advance(61)
    await office.do(builders.reserve(CLERK, 2, USD=1))
    book = book_of(office._running)
    at_end = book.balance(book.ids[SCOUT], "USD").available
    await office.restart()
    await office.do(builders.release(1))

    book = book_of(office._running)
    assert at_end == 0
    assert book.balance(book.ids[SCOUT], "USD").available == 100
    assert book.balance(book.ids[TEAM], "USD").available == 296


@pytest.mark.parametrize("days", [1, 400])
async def test_allowance__all_were_down(office, days):
    """R74: after a day or a year in which no process ran, each missed period of ADD is settled, and the last once."""
    await office.do(builders.allowance(SCOUT, 1, AllowanceMode.ADD), builders.allowance(CLERK, 150))
    await office.restart()

    office.clock.advance(days * DAY_S)
    await office.do(builders.fund(1))

    book = book_of(office._running)
    have = [book.balance(book.ids[path], "USD").available for path in (SCOUT, CLERK, TEAM)]
    assert have == ([101, 150, 249] if days == 1 else [350, 150, 0])


async def test_approve__carried_reservation_id_is_taken(office):
    """R42, R70: the id of a reservation long resolved is not held again by an approval, which stands all the same."""
    await office.do(builders.reserve(SCOUT, 1, USD=3), builders.release(1))
    again = builders.carrying(builders.reserve(SCOUT, 1, USD=300), builders.uuid7(office.clock.now(), 77))
    asked = await office.do(builders.escalate(SCOUT, 200, carried=again))

    await office.do(builders.approve(asked))

    (escalation,) = (await office.store.reader.standing_record("acme", Escalation, asked)).records
    assert (escalation.reservation_id, escalation.reserve_reason) == ("", Reason.RESERVATION_ID_TAKEN)
