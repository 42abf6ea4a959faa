"""What both kinds of hold show, and what becomes of a settlement that was carried."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tallystick import readings
from tallystick.amounts import Amount
from tallystick.errors import TallystickError
from tallystick.outbox import Pending
from tallystick.results import Held, Settlement, WorkClaim
from tallystick.story import Story
from tallystick.terms import Terms

if TYPE_CHECKING:
    from tallystick.async_client import AsyncClient
    from tallystick.client import Client


log = logging.getLogger("tallystick")


class BaseHold:
    """What both kinds of hold show."""

    def __init__(self, client: Client | AsyncClient, terms: Terms) -> None:
        self._story = Story(terms, client.delivery, client.extender)
        self._settlement: Settlement | None = None

    @property
    def partition(self) -> str:
        """Path of the partition whose budget is held."""
        return self._story.terms.partition

    @property
    def reservation_id(self) -> str:
        """The reservation's id; empty in an outage."""
        held = self._story.held
        return "" if held is None else held.reservation_id

    @property
    def held(self) -> tuple[Amount, ...]:
        """What is held; nothing in an outage."""
        held = self._story.held
        return () if held is None else held.held

    @property
    def reserved(self) -> Held | None:
        """The ledger's answer to the reservation; `None` in an outage."""
        return self._story.held

    @property
    def claim(self) -> WorkClaim | None:
        """The work that the hold is for, its scope included; `None` where it is for none, and before the block."""
        held = self._story.held
        return None if held is None else held.claim

    @property
    def in_outage(self) -> bool:
        """The block works without a hold, because the ledger does not answer and `on_outage` allows it."""
        return self._story.in_outage

    @property
    def settlement(self) -> Settlement | None:
        """What became of the reservation; `None` while the ledger has not said."""
        return self._settlement

    def __repr__(self) -> str:
        terms = self._story.terms
        amounts = ", ".join(str(one) for one in terms.amounts) or f"the estimate for {terms.tool}"
        return f"<{type(self).__name__} of {amounts} on {self.partition}>"

    def _taken(self, pending: Pending, answer: Any) -> Settlement:  # noqa: ANN401  (a settlement's answer)
        story = self._story
        story.delivery.settled(pending, answer)
        self._settlement = readings.settlement(answer, story.scales)
        if pending is story.stated:
            story.corrected()
        if self._settlement.done_not_marked:
            log.warning("the work %s is not marked as done: somebody else has it, or has done it", self.claim)
        return self._settlement

    def _left(self, pending: Pending, fault: BaseException | None = None) -> None:
        self._story.delivery.leave(pending)
        if fault is not None:
            log.warning("a settlement waits in the outbox: %s", fault)

    def _refused(self, pending: Pending, refusal: TallystickError) -> None:
        self._story.delivery.outbox.refuse(pending.request_id, refusal)
        self._story.refused(pending)


def patience_s(error: BaseException | None) -> float | None:
    """How long to go on trying: who cancels or interrupts a block wants it to end, and the outbox has its cost."""
    return None if error is None or isinstance(error, Exception) else 0.0
