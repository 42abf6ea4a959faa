"""A hold around a block of work: `with agent.reserve("0.25 USD") as hold`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from tallystick.amounts import AmountLike
from tallystick.delivery import final
from tallystick.errors import ClientClosed, CostUnreadable, LedgerUnavailable, TallystickError
from tallystick.escalating import opening
from tallystick.outbox import Pending
from tallystick.requests import BasisLike, Seconds
from tallystick.requests.describe import Scales
from tallystick.results import Held, Settlement
from tallystick.terms import Terms
from tallystick.verbs import carry

if TYPE_CHECKING:
    from tallystick.client import Client
from tallystick.base_hold import BaseHold, patience_s


class Hold(BaseHold):
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
            self._carry(pending, patience_s(error))
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
