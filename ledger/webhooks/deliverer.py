"""The deliverer: one webhook follows one journal, and its receiver gets the entries that it wants, in order.

The cursor lies in the database and is moved when the receiver has taken an event. Whoever moves it holds it, for some
seconds at a time; so one process delivers, and another goes on where the first one died. What was taken and not noted
any more is sent again, with the same id. Source: R90.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final, Protocol

import structlog

from ledger.core.faults import Fault
from ledger.core.queries import EntryQuery
from ledger.rpc.entry_filter import EntryFilter
from ledger.rpc.pages import Page, Pages
from ledger.rpc.ports import Reader, Submitter
from ledger.storage.deliveries import Delivery
from ledger.webhooks.messages import headers, message
from ledger.webhooks.sending import NotTaken, Sender
from ledger.webhooks.settings import Webhook
from tallystick.v1 import journal_pb2

log = structlog.get_logger("tallystick.webhooks")

HELD_S: Final = 10.0
"""How long a process holds a cursor without saying so again."""

RENEW_S: Final = HELD_S / 3
GAP_S: Final = 0.05
"""After a journal was looked at, how long to let more come."""

FIRST_PAUSE_S: Final = 1.0
PAUSE_MAX_S: Final = 300.0
ENTRIES_MAX: Final = 100
_SECOND_US: Final = 1_000_000
_BEGINNINGS: Final = "IncarnationBegun"


class Cursors(Protocol):
    """Where cursors are kept."""

    async def hold_delivery(self, delivery: Delivery, now: int) -> bool:
        """Whether the holder named is who delivers until then."""

    async def move_delivery(self, delivery: Delivery) -> bool:
        """Whether the cursor was moved; only who delivers may."""


class CursorReader(Reader, Protocol):
    """Reads journals, and cursors."""

    async def delivery(self, organization: str, webhook: str) -> Delivery | None:
        """Where a webhook stands in a journal; None where it has not begun."""


@dataclass(slots=True)
class Status:
    """How a webhook stands in a journal, as far as this process knows.

    Attributes:
        webhook: Its name.
        organization: Whose journal.
        delivers: Whether this process delivers; another may.
        position: Up to where everything was delivered, or is not wanted.
        committed: Where the journal stood when it was last read; what lies between is the lag.
        delivered: Events that the receiver has taken, from this process.
        failures: Requests that it has not taken, in a row.
        error: Why it has not taken the last one; empty where it has.
    """

    webhook: str
    organization: str
    delivers: bool = False
    position: int = 0
    committed: int = 0
    delivered: int = 0
    failures: int = 0
    error: str = ""

    @property
    def lag(self) -> int:
        """How many entries are yet to be looked at."""
        return max(self.committed - self.position, 0)


class _Overtaken(Exception):
    """Another process delivers now."""


class Deliverer:
    """Delivers one journal to one webhook, while nobody else does.

    Attributes:
        status: How it stands.
    """

    def __init__(
        self,
        webhook: Webhook,
        organization: str,
        cursors: Cursors,
        reader: CursorReader,
        submitter: Submitter,
        sender: Sender,
        holder: str,
        clock: Callable[[], int],
    ) -> None:
        """Nothing is delivered yet. `holder` names this process, the clock tells microseconds since 1970."""
        self.status = Status(webhook.name, organization)
        self._webhook = webhook
        self._wanted: EntryFilter = webhook.wanted(organization)
        self._organization = organization
        self._cursors = cursors
        self._reader = reader
        self._pages = Pages(submitter, reader)
        self._sender = sender
        self._holder = holder
        self._clock = clock
        self._cursor = Delivery(organization, webhook.name, 0, 1)

    async def run(self) -> None:
        """Deliver for as long as the process lives; while another one does, wait for its end. Never returns."""
        try:
            with self._pages.following(self._organization):
                while True:
                    try:
                        if await self._hold():
                            await self._deliver()
                    except _Overtaken:
                        log.info("webhook_overtaken", **self._names())
                    except Fault as fault:
                        log.warning("webhook_waits", **self._names(), cause=repr(fault))
                    self.status.delivers = False
                    await asyncio.sleep(RENEW_S * random.uniform(0.75, 1))  # noqa: S311  (to spread processes)
        finally:
            await self._let_go()

    async def _hold(self) -> bool:
        """Whether this process delivers from now on; then it knows where to go on."""
        found = await self._reader.entries(EntryQuery(self._organization, limit=1))
        if not found.position:
            return False  # there is no such organization yet
        begins = self._webhook.cursor(self._organization, found.position)
        wanted = Delivery(
            self._organization, self._webhook.name, begins, found.incarnation, self._holder, self._until()
        )
        if not await self._cursors.hold_delivery(wanted, self._clock()):
            return False
        cursor = await self._reader.delivery(self._organization, self._webhook.name)
        assert cursor is not None, "it is held"
        self._cursor = cursor
        self.status.delivers = True
        self.status.position = cursor.position
        return True

    async def _deliver(self) -> None:
        """Send what is there and what comes.

        Raises:
            _Overtaken: Another process does.
            Fault: The world failed.
        """
        after, noted_at = self._cursor.position, monotonic()
        while True:
            page = await self._pages.read(self._wanted.query(after, ENTRIES_MAX))
            self.status.committed = page.committed
            if page.incarnation != self._cursor.incarnation:
                await self._begin_anew(page.incarnation)
                after = self._cursor.position
                continue
            for path, entry in page.entries:
                await self._send(page, path, entry)
                await self._move(entry.position, page.incarnation)
                noted_at = monotonic()
            after = self.status.position = page.position
            if monotonic() - noted_at >= RENEW_S:  # what does not match is passed over, and this process lives
                await self._move(after, page.incarnation)
                noted_at = monotonic()
            if not page.more:
                await asyncio.sleep(GAP_S)
                await asyncio.wait({page.news}, timeout=RENEW_S)

    async def _begin_anew(self, incarnation: int) -> None:
        """Another incarnation has begun: from its first entry on everything may be new. Source: R87, R90."""
        query = EntryQuery(self._organization, kinds=(_BEGINNINGS,), limit=1000)
        found = await self._reader.entries(query)
        first = found.entries[-1].entry.position if found.entries else 1
        position = min(self._cursor.position, first - 1, found.position)
        log.warning("webhook_incarnation", **self._names(), incarnation=incarnation, position=position)
        await self._move(position, incarnation)

    async def _send(self, page: Page, path: str, entry: journal_pb2.Entry) -> None:
        """The receiver has taken an entry, however long that takes."""
        made = message(self._organization, page.incarnation, path, entry)
        while True:
            signed = headers(made, self._webhook.secret, self._clock() // _SECOND_US)
            try:
                await self._sender.send(signed, made.body)
            except NotTaken as problem:
                self.status.failures += 1
                self.status.error = str(problem)
                await self._wait_out(problem, made.event_id)
            else:
                self.status.failures = 0
                self.status.error = ""
                self.status.delivered += 1
                return

    async def _wait_out(self, problem: NotTaken, event_id: str) -> None:
        """A pause that grows with each failure in a row, up to a bound; the cursor is held all the while."""
        grown = min(FIRST_PAUSE_S * 2.0 ** min(self.status.failures - 1, 20), PAUSE_MAX_S)
        left = grown * random.uniform(0.5, 1)  # noqa: S311  (to spread repeats, not to hide anything)
        names = self._names()
        log.warning("webhook_failed", **names, event_id=event_id, cause=str(problem), again_in_s=round(left, 1))
        while left > 0:
            await asyncio.sleep(min(left, RENEW_S))
            left -= RENEW_S
            await self._move(self._cursor.position, self._cursor.incarnation)
            self.status.committed = (await self._reader.entries(EntryQuery(self._organization, limit=1))).position

    async def _move(self, position: int, incarnation: int) -> None:
        """The cursor lies there, and is held for some more time.

        Raises:
            _Overtaken: Another process holds it.
        """
        moved = replace(self._cursor, position=position, incarnation=incarnation, held_until=self._until())
        if not await self._cursors.move_delivery(moved):
            raise _Overtaken
        self._cursor = moved
        self.status.position = position

    async def _let_go(self) -> None:
        """Another process may go on at once."""
        if self.status.delivers:
            self.status.delivers = False
            try:
                await asyncio.shield(self._cursors.move_delivery(replace(self._cursor, held_until=0)))
            except Fault as fault:
                log.warning("webhook_not_let_go", **self._names(), cause=repr(fault))

    def _until(self) -> int:
        """Held while a request is under way too, which may take its time."""
        return self._clock() + int((HELD_S + self._webhook.timeout_seconds) * _SECOND_US)

    def _names(self) -> dict[str, str]:
        return {"webhook": self._webhook.name, "organization": self._organization}
