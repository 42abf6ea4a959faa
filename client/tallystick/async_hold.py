"""A hold around an asynchronous block of work: `async with agent.reserve("0.25 USD") as hold`."""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tallystick.amounts import AmountLike
from tallystick.delivery import final
from tallystick.errors import ClientClosed, CostUnreadable, LedgerUnavailable, TallystickError
from tallystick.escalating import opening
from tallystick.outbox import Pending
from tallystick.requests import BasisLike, Seconds
from tallystick.requests.describe import Scales
from tallystick.results import Held, Settlement
from tallystick.terms import Terms
from tallystick.verbs import async_carry

if TYPE_CHECKING:
    from tallystick.async_client import AsyncClient
from tallystick.base_hold import BaseHold, patience_s


class Carried(Awaitable[Settlement | None]):
    """A settlement that lies in the outbox already. Awaiting it waits for the ledger; not awaiting it loses nothing."""

    def __init__(self, hold: AsyncHold, pending: Pending | None) -> None:
        self._hold = hold
        self._pending = pending

    def __await__(self) -> Generator[Any, None, Settlement | None]:
        return self._hold._carry(self._pending).__await__()  # noqa: SLF001  (the other half of one class)


class AsyncHold(BaseHold):
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
                await self._carry(pending, patience_s(error))
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
