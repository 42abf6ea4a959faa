"""Ports: what the servicers need of the floors below, and nothing of how those do it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from ledger.core.book import Book
from ledger.core.calendars import Calendar
from ledger.core.commands import Request
from ledger.core.journal import Entry, Posting
from ledger.core.outcomes import Outcome
from ledger.core.queries import (
    AccountsFound,
    EntriesFound,
    EntryQuery,
    OrganizationFound,
    ReservationQuery,
    ReservationsFound,
    StandingFound,
    StandingQuery,
)
from ledger.core.reports import BudgetQuery, Counted, Ground, SpendingQuery, StatementFound, StatementQuery
from ledger.core.standing import Key, Kind
from ledger.rpc.asked import Asked

AnswerT = TypeVar("AnswerT")


class Submitter(Protocol):
    """Whoever decides commands."""

    async def submit(self, request: Request) -> Outcome:
        """Decide a request; the outcome rests on a committed position.

        A task that is cancelled before its request is decided takes the request with it.

        Raises:
            Fault: The world failed; the request may be repeated under the same request id.
        """

    def submit_unread(self, unread: Asked) -> Awaitable[Any]:
        """Have a call's command read and decided; what the call is answered, or raises.

        Cancelled before the command is decided, it is not.

        Raises:
            Fault: As `submit`, at once or when it is awaited.
        """

    async def submit_all(self, requests: Sequence[Request]) -> Sequence[Outcome | BaseException]:
        """Decide requests of one organization in order, next to each other; each outcome, or why there is none.

        Raises:
            Fault: Nothing was executed.
        """

    async def read(self, organization: str, question: Callable[[Book], AnswerT], min_position: int = 0) -> AnswerT:
        """Ask an organization's book at a committed, current position. The question neither changes nor keeps it.

        Raises:
            PositionNotReached: The journal has not come to `min_position` yet.
            Fault: The world failed.
        """

    def until_written(self, organization: str, concerns: Callable[[Entry], bool]) -> "asyncio.Future[None]":
        """Done when an entry was committed that concerns the caller, by whichever process, and sometimes before.

        Whoever does not wait any more cancels it.

        Raises:
            ShuttingDown: Another process has to be asked. The future raises it too.
        """


class Reader(Protocol):
    """Whoever answers questions that need no writer, from the projections."""

    async def organization(self, name: str) -> OrganizationFound | None:
        """An organization; None where there is none of that name."""

    async def organizations(self, after: str, limit: int) -> Sequence[OrganizationFound]:
        """Organizations by name, those later than `after`, at most so many."""

    async def reservation(self, organization: str, reservation_id: str) -> ReservationsFound:
        """One reservation, or none; position 0 where the organization does not exist."""

    async def reservations(self, query: ReservationQuery) -> ReservationsFound:
        """Reservations in the order of their opening; position 0 where the organization does not exist."""

    async def entries(self, query: EntryQuery) -> EntriesFound:
        """Entries by position; position 0 where the organization does not exist."""

    async def accounts(self, organization: str) -> AccountsFound:
        """All accounts as they stand; position 0 where the organization does not exist."""

    async def posted(self, organization: str, after: int, upto: int, *, first: bool) -> Sequence[Posting]:
        """Of each account that was posted to in a range of positions the first posting there, or the last."""

    async def created(self, organization: str, upto: int) -> Sequence[tuple[int, str]]:
        """Ids and paths of the partitions that existed at a position, in any order."""

    async def time_of(self, organization: str, position: int) -> int:
        """The time of the entry at a committed position, microseconds since 1970."""

    async def standing(self, query: StandingQuery) -> StandingFound:
        """Standing records by position; position 0 where the organization does not exist."""

    async def standing_record(self, organization: str, kind: Kind, key: Key) -> StandingFound:
        """One standing record, ended or not, or none; position 0 where the organization does not exist."""


class Reports(Protocol):
    """Whoever makes reports, one after the other, while calls are decided; each within some seconds.

    What `tell` makes of what was found, it makes in another thread than the event loop's.

    Raises ReportTooLarge, or a Fault.
    """

    async def spending(
        self, query: SpendingQuery, calendar: Calendar, seconds: float, tell: Callable[[Counted], AnswerT]
    ) -> AnswerT:
        """Spending by group; position 0 where the organization does not exist."""

    async def statement(
        self, query: StatementQuery, seconds: float, tell: Callable[[StatementFound], AnswerT]
    ) -> AnswerT:
        """A page of a statement; position 0 where the organization does not exist."""

    async def budgets(self, query: BudgetQuery, seconds: float, tell: Callable[[Ground], AnswerT]) -> AnswerT:
        """What budgets are worked out from; position 0 where the organization does not exist."""
