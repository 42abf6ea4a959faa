"""Flights: a batch is in the air while it is appended, and the next one may be decided on top of it meanwhile.

The one behind takes for granted that the one ahead will be in the journal. The store writes it only if that is so, and
nobody hears of it before; where it is not so, both are taken back, and decided again one after the other.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from ledger.core.book import Mark
from ledger.sequencer.decision import Decision
from ledger.sequencer.replica import Replica

FLIGHTS_MAX: Final = 2
"""One that the database works on, and one that it finds when it has done so. More would only wait there."""


def _future() -> "asyncio.Future[bool]":
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class Flight:
    """One batch, from its decision until everybody in it has an answer.

    Attributes:
        replica: Its book has the batch already.
        decision: What was decided.
        ahead: The flight whose batch it was decided on; None where that was the journal.
        landed: Whether the batch is in the journal as it was decided. The book stands with the journal then.
        over: Everybody in it has an answer.
    """

    replica: Replica
    decision: Decision
    ahead: "Flight | None"
    landed: "asyncio.Future[bool]" = field(default_factory=_future)
    over: "asyncio.Future[bool]" = field(default_factory=_future)


class Air:
    """The flights of one organization, in order."""

    def __init__(self) -> None:
        """None."""
        self._flights: list[Flight] = []

    @property
    def last(self) -> Flight | None:
        """The flight that the next one would follow."""
        return self._flights[-1] if self._flights else None

    @property
    def has_room(self) -> bool:
        """Whether another flight may take off; not while one is decided again, or looks something up."""
        return not self._flights or (len(self._flights) < FLIGHTS_MAX and not self._flights[-1].landed.done())

    def take_off(self, flight: Flight) -> None:
        """A flight is in the air."""
        self._flights.append(flight)

    def mark_behind(self, decision: Decision) -> Mark | None:
        """The moment before the flight behind that of a decision; None where there is none."""
        behind = (flight for flight in self._flights if flight.ahead is not None and flight.ahead.decision is decision)
        return next((flight.decision.mark for flight in behind), None)

    async def alone(self, flight: Flight) -> None:
        """The flights ahead are over and those behind have landed, so the book is this flight's."""
        if flight.ahead is not None:
            await asyncio.shield(flight.ahead.over)
        for other in tuple(self._flights):
            await asyncio.shield(other.landed)

    async def room(self) -> None:
        """There is room, or would be if nothing were looked up."""
        while len(self._flights) == FLIGHTS_MAX:
            await asyncio.shield(self._flights[0].over)

    async def clear(self) -> None:
        """No flight is in the air."""
        while self._flights:
            await asyncio.shield(self._flights[0].over)

    def end(self, flight: Flight) -> None:
        """A flight is over."""
        self._flights.remove(flight)
        flight.ahead = None  # or each would keep all those before it
        flight.over.set_result(True)
