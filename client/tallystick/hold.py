"""A hold around a block of work: `with agent.reserve("0.25 USD") as hold`, and the same with `async with`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tallystick import readings
from tallystick.amounts import Amount, AmountLike
from tallystick.delivery import final
from tallystick.errors import ClientClosed, CostUnreadable, LedgerUnavailable, TallystickError
from tallystick.escalating import opening
from tallystick.outbox import Pending
from tallystick.requests import BasisLike, Seconds
from tallystick.requests.describe import Scales
from tallystick.results import Held, Settlement, WorkClaim
from tallystick.terms import Story, Terms
from tallystick.verbs import async_carry, carry

if TYPE_CHECKING:
    from tallystick.async_client import AsyncClient
    from tallystick.client import Client

log = logging.getLogger("tallystick")


class _AnyHold:
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


class Hold(_AnyHold):
    """Budget held while a block works.

    Entering the block is the start of work. It may say what the work cost (`commit`, `settle_part`) or that none
    happened (`release`); where it does not, leaving it normally commits the whole hold as an estimate. An exception
    commits the parts, if there are any; else the hold lapses by itself, unless the exception is one of `release_on`.
    """

    def __init__(self, client: Client, terms: Terms) -> None:
        super().__init__(client, terms)
        self._client = client

    def __enter__(self) -> Self:
        story = self._story
        story.enter()
        try:
            held, scales = self._open()
        except LedgerUnavailable:
            if not story.goes_on_in_outage():
                raise
        else:
            story.opened(held, scales)
        return self

    def _open(self) -> tuple[Held, Scales]:
        terms = self._story.terms
        if not terms.escalate:
            return self._client.perform(terms.reserve())
        return carry(self._client, opening(terms))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pending = self._story.leave(error)
        if pending is None:
            return
        try:
            self._carry(pending, _patience_s(error))
        except TallystickError as refusal:
            if error is None:
                raise
            error.add_note(f"besides, the hold could not be settled: {refusal}")

    def commit(
        self,
        *actual: AmountLike,
        basis: BasisLike | None = None,
        confirm_implausible: bool = False,
        done: bool | None = None,
        result: str = "",
        done_ttl: Seconds | None = None,
        request_id: str = "",
    ) -> Settlement | None:
        """Record the whole actual cost, parts included.

        Args:
            actual: The total for every unit of the hold; none at all takes the whole hold, as an estimate.
            basis: How the cost is known; measured where amounts are given.
            confirm_implausible: The caller means it: above 100 times the hold, or a unit that was not held.
            done: The claimed work is done, others are told so; where absent, if a result is given or the hold was
                asked for with `done=True`.
            result: A short reference to the result of the work, at most 500 characters.
            done_ttl: How long others are told; 30 days where absent.
            request_id: A UUIDv7 that names the effect; made here where absent.

        Returns:
            What became of the reservation; `None` where the ledger does not answer: the outbox delivers it later.

        Raises:
            CostUnreadable: A float, a wrong or missing unit: the whole hold has been committed, as an estimate.
            ActualImplausible, ActualBelowSettled: Nothing was recorded; say it differently, or confirm.
            ValueError: The hold claims no work that could be done; nothing was recorded.
        """
        said = self._story.commit(
            actual,
            basis,
            confirm=confirm_implausible,
            done=done,
            result=result,
            done_ttl=done_ttl,
            request_id=request_id,
        )
        return self._say(*said)

    def done(
        self,
        result: str = "",
        *actual: AmountLike,
        basis: BasisLike | None = None,
        confirm_implausible: bool = False,
        done_ttl: Seconds | None = None,
        request_id: str = "",
    ) -> Settlement | None:
        """Commit, and mark the claimed work as done: others who ask for it get `WorkDone` with the result.

        Args:
            result: A short reference to the result, at most 500 characters.
            actual, basis, confirm_implausible, request_id: See `commit`.
            done_ttl: How long others are told; 30 days where absent.
        """
        return self.commit(
            *actual,
            basis=basis,
            confirm_implausible=confirm_implausible,
            done=True,
            result=result,
            done_ttl=done_ttl,
            request_id=request_id,
        )

    def settle_part(
        self,
        *amounts: AmountLike,
        basis: BasisLike | None = None,
        confirm_implausible: bool = False,
        request_id: str = "",
    ) -> Settlement | None:
        """Record a part of the cost, as an increment; the hold stays open.

        Raises:
            CostUnreadable: A float or a wrong unit: the whole hold has been committed, as an estimate.
        """
        return self._say(*self._story.part(amounts, basis, confirm=confirm_implausible, request_id=request_id))

    def release(self, *, request_id: str = "") -> Settlement | None:
        """Give the rest of the hold back: no work happened, or no more will."""
        return self._say(self._story.release(request_id), None)

    def _say(self, pending: Pending | None, unreadable: CostUnreadable | None) -> Settlement | None:
        settled = None
        try:
            if pending is not None:
                settled = self._carry(pending)
        except TallystickError as refusal:
            if unreadable is None:
                raise
            unreadable.add_note(f"besides, the hold could not be settled: {refusal}")
        if unreadable is not None:
            raise unreadable
        return settled

    def _carry(self, pending: Pending, retry_s: float | None = None) -> Settlement | None:
        if pending.quantities:
            self._left(pending)
            return None
        try:
            answer = self._client.transport.call(
                pending.method,
                pending.message,
                request_id=pending.request_id,
                scales=self._story.scales,
                retry_s=retry_s,
            )
        except ClientClosed:
            self._left(pending)
            raise
        except TallystickError as error:
            if final(error):
                self._refused(pending, error)
                raise
            self._left(pending, error)
            return None
        except BaseException:
            self._left(pending)
            raise
        return self._taken(pending, answer)


class Carried(Awaitable[Settlement | None]):
    """A settlement that lies in the outbox already. Awaiting it waits for the ledger; not awaiting it loses nothing."""

    def __init__(self, hold: AsyncHold, pending: Pending | None) -> None:
        self._hold = hold
        self._pending = pending

    def __await__(self) -> Generator[Any, None, Settlement | None]:
        return self._hold._carry(self._pending).__await__()  # noqa: SLF001  (the other half of one class)


class AsyncHold(_AnyHold):
    """Budget held while an asynchronous block works; see `Hold`.

    What the block says of its work is in the outbox when the method returns. Awaiting the result waits for the
    ledger's answer; leaving the block waits for whatever was not awaited.
    """

    def __init__(self, client: AsyncClient, terms: Terms) -> None:
        super().__init__(client, terms)
        self._client = client
        self._unsent: list[Pending] = []

    async def __aenter__(self) -> Self:
        story = self._story
        story.enter()
        try:
            held, scales = await self._open()
        except LedgerUnavailable:
            if not story.goes_on_in_outage():
                raise
        else:
            story.opened(held, scales)
        return self

    async def _open(self) -> tuple[Held, Scales]:
        terms = self._story.terms
        if not terms.escalate:
            return await self._client.perform(terms.reserve())
        return await async_carry(self._client, opening(terms))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._note(self._story.leave(error))
        try:
            for pending in list(self._unsent):
                await self._carry(pending, _patience_s(error))
        except TallystickError as refusal:
            if error is None:
                raise
            error.add_note(f"besides, the hold could not be settled: {refusal}")
        finally:
            # Cancelled while waiting: the outbox has it, and a thread delivers it.
            for pending in self._unsent:
                self._left(pending)

    def commit(
        self,
        *actual: AmountLike,
        basis: BasisLike | None = None,
        confirm_implausible: bool = False,
        done: bool | None = None,
        result: str = "",
        done_ttl: Seconds | None = None,
        request_id: str = "",
    ) -> Carried:
        """Record the whole actual cost, parts included; see `Hold.commit`.

        Raises:
            CostUnreadable: At once, with the whole hold in the outbox, as an estimate.
        """
        said = self._story.commit(
            actual,
            basis,
            confirm=confirm_implausible,
            done=done,
            result=result,
            done_ttl=done_ttl,
            request_id=request_id,
        )
        return self._say(*said)

    def done(
        self,
        result: str = "",
        *actual: AmountLike,
        basis: BasisLike | None = None,
        confirm_implausible: bool = False,
        done_ttl: Seconds | None = None,
        request_id: str = "",
    ) -> Carried:
        """Commit, and mark the claimed work as done; see `Hold.done`."""
        return self.commit(
            *actual,
            basis=basis,
            confirm_implausible=confirm_implausible,
            done=True,
            result=result,
            done_ttl=done_ttl,
            request_id=request_id,
        )

    def settle_part(
        self,
        *amounts: AmountLike,
        basis: BasisLike | None = None,
        confirm_implausible: bool = False,
        request_id: str = "",
    ) -> Carried:
        """Record a part of the cost, as an increment; the hold stays open.

        Raises:
            CostUnreadable: At once, with the whole hold in the outbox, as an estimate.
        """
        return self._say(*self._story.part(amounts, basis, confirm=confirm_implausible, request_id=request_id))

    def release(self, *, request_id: str = "") -> Carried:
        """Give the rest of the hold back: no work happened, or no more will."""
        return self._say(self._story.release(request_id), None)

    def _say(self, pending: Pending | None, unreadable: CostUnreadable | None) -> Carried:
        self._note(pending)
        if unreadable is not None:
            raise unreadable
        return Carried(self, pending)

    def _note(self, pending: Pending | None) -> None:
        if pending is not None:
            self._unsent.append(pending)

    async def _carry(self, pending: Pending | None, retry_s: float | None = None) -> Settlement | None:
        if pending is None or pending not in self._unsent:
            return self._settlement
        self._unsent.remove(pending)
        if pending.quantities:
            self._left(pending)
            return None
        try:
            answer = await self._client.transport.call(
                pending.method,
                pending.message,
                request_id=pending.request_id,
                scales=self._story.scales,
                retry_s=retry_s,
            )
        except ClientClosed:
            self._left(pending)
            raise
        except TallystickError as error:
            if final(error):
                self._refused(pending, error)
                raise
            self._left(pending, error)
            return None
        except BaseException:
            self._left(pending)
            raise
        return self._taken(pending, answer)


def _patience_s(error: BaseException | None) -> float | None:
    """How long to go on trying: who cancels or interrupts a block wants it to end, and the outbox has its cost."""
    return None if error is None or isinstance(error, Exception) else 0.0
