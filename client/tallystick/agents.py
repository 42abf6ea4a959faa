"""Agents: a partition's path with what its holds have in common, and the current one of a piece of work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from tallystick.amounts import AmountLike
from tallystick.async_hold import AsyncHold
from tallystick.before_work import ReleaseOn, before_any_work
from tallystick.errors import NoCurrentAgent
from tallystick.hold import Hold
from tallystick.remaining import Remaining, remaining
from tallystick.requests import ClaimLike
from tallystick.requests.describe import Seconds, seconds_of
from tallystick.terms import Terms
from tallystick.verbs import async_carry, carry
from tallystick.waiting import WAIT_S

if TYPE_CHECKING:
    from tallystick.async_client import AsyncClient
    from tallystick.client import Client


class _AnyAgent:
    """A partition, and the defaults of its holds.

    Attributes:
        client: What calls the ledger.
        partition: The agent's path.
    """

    client: Client | AsyncClient

    def __init__(
        self,
        partition: str,
        *,
        ttl: Seconds,
        tool: str,
        workflow_id: str,
        labels: Mapping[str, str] | None,
        release_on: ReleaseOn | None,
    ) -> None:
        self.partition = partition
        self._ttl = ttl
        self._tool = tool
        self._workflow_id = workflow_id
        self._labels = labels
        self._release_on = release_on

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.partition}>"

    def _terms(
        self,
        amounts: tuple[AmountLike, ...],
        *,
        ttl: Seconds | None,
        tool: str,
        workflow_id: str,
        labels: Mapping[str, str] | None,
        claim: ClaimLike | None,
        done: bool,
        escalate: bool | str,
        wait: Seconds,
        request_id: str,
        reservation_id: str,
        release_on: ReleaseOn | None,
    ) -> Terms:
        return Terms(
            partition=self.partition,
            amounts=amounts,
            ttl_s=seconds_of(self._ttl if ttl is None else ttl),
            tool=tool or self._tool,
            workflow_id=workflow_id or self._workflow_id,
            labels=labels if labels is not None else self._labels,
            request_id=request_id,
            reservation_id=reservation_id,
            release_on=release_on or self._release_on or before_any_work,
            outage_limit=self.client.outage_limit,
            claim=claim,
            done=done,
            escalate=escalate,
            wait_s=seconds_of(wait),
        )


class Agent(_AnyAgent):
    """An agent's own budget, as seen by one client. Made by `client.agent`."""

    def __init__(self, client: Client, partition: str, **defaults: Any) -> None:  # noqa: ANN401  (see Client.agent)
        super().__init__(partition, **defaults)
        self.client: Client = client

    def reserve(
        self,
        *amounts: AmountLike,
        ttl: Seconds | None = None,
        tool: str = "",
        workflow_id: str = "",
        labels: Mapping[str, str] | None = None,
        claim: ClaimLike | None = None,
        done: bool = False,
        escalate: bool | str = False,
        wait: Seconds = WAIT_S,
        request_id: str = "",
        reservation_id: str = "",
        release_on: ReleaseOn | None = None,
    ) -> Hold:
        """A block that holds the amounts from its beginning to its end; nothing happens before it is entered.

        Args:
            amounts: More than zero each, of distinct units. None at all: the catalogue's estimate for the tool.
            ttl: How long the hold outlives a process that vanishes; it is extended while the block works.
            tool: The tool or model to be called.
            workflow_id: The workflow it belongs to.
            labels: At most 8 small labels.
            claim: The work that the hold is for: its key, in the scope of the partition's parent; or scope and key.
            done: With `claim`: leaving the block normally, or a commit that says nothing else, marks it as done.
            escalate: Where the budget does not cover the amounts, ask for what is missing and wait; a text says why.
                Without a decision in time the escalation stays pending, and `EscalationNotGranted` names it.
            wait: With `escalate`: how long.
            request_id: Names the effect; for a workflow's step see `step_request_id`. A step whose hold has ended
                raises `HoldEnded`, so that its work does not run twice.
            reservation_id: A UUIDv7 of the caller's choice; made by the ledger where absent.
            release_on: Which exceptions mean that no work happened; `before_any_work` where absent.
        """
        terms = self._terms(
            amounts,
            ttl=ttl,
            tool=tool,
            workflow_id=workflow_id,
            labels=labels,
            claim=claim,
            done=done,
            escalate=escalate,
            wait=wait,
            request_id=request_id,
            reservation_id=reservation_id,
            release_on=release_on,
        )
        return Hold(self.client, terms)

    def claim(
        self,
        key: str,
        *amounts: AmountLike,
        scope: str = "",
        done: bool = False,
        ttl: Seconds | None = None,
        tool: str = "",
        workflow_id: str = "",
        labels: Mapping[str, str] | None = None,
        escalate: bool | str = False,
        wait: Seconds = WAIT_S,
        request_id: str = "",
        reservation_id: str = "",
        release_on: ReleaseOn | None = None,
    ) -> Hold:
        """Reserve for a piece of work that nobody else has or has done: `with agent.claim("key", "0.50 USD") as work`.

        Leaving the block normally commits the whole hold as an estimate, as ever. That the work is done is said by
        `work.done("where the result is")`, by a commit with `done=True`, or beforehand by `done=True` here. While the
        block works it keeps the claim; release and expiry free it.

        Args:
            key: Names the work within its scope: 1 to 200 characters.
            scope: Path of the partition whose subtree it binds: the agent's own, or one above it; its parent's where
                absent.
            amounts, done, ttl, tool, workflow_id, labels, escalate, wait, request_id, reservation_id, release_on: See
                `reserve`.

        Raises:
            WorkClaimed: On entering: somebody else has it; `holder` and `end_time` say who, and how long.
            WorkDone: On entering: it is done; `holder` says by whom, and `result` where the result is.
        """
        return self.reserve(
            *amounts,
            ttl=ttl,
            tool=tool,
            workflow_id=workflow_id,
            labels=labels,
            claim=(scope, key),
            done=done,
            escalate=escalate,
            wait=wait,
            request_id=request_id,
            reservation_id=reservation_id,
            release_on=release_on,
        )

    def remaining(self, *, tool: str = "", workflow_id: str = "") -> Remaining:
        """What the agent may still reserve, by each of its units, and what binds first.

        Args:
            tool: Whether this tool may be used, and caps on it; the agent's own where absent. Without any, nothing fits
                where only listed tools may be used.
            workflow_id: Count caps on each workflow too; the agent's own where absent.
        """
        plan = remaining(self.partition, tool=tool or self._tool, workflow_id=workflow_id or self._workflow_id)
        return carry(self.client, plan)


class AsyncAgent(_AnyAgent):
    """An agent's own budget, as seen by one asynchronous client. Made by `client.agent`."""

    def __init__(self, client: AsyncClient, partition: str, **defaults: Any) -> None:  # noqa: ANN401  (see AsyncClient.agent)
        super().__init__(partition, **defaults)
        self.client: AsyncClient = client

    def reserve(
        self,
        *amounts: AmountLike,
        ttl: Seconds | None = None,
        tool: str = "",
        workflow_id: str = "",
        labels: Mapping[str, str] | None = None,
        claim: ClaimLike | None = None,
        done: bool = False,
        escalate: bool | str = False,
        wait: Seconds = WAIT_S,
        request_id: str = "",
        reservation_id: str = "",
        release_on: ReleaseOn | None = None,
    ) -> AsyncHold:
        """A block that holds the amounts from its beginning to its end; see `Agent.reserve`."""
        terms = self._terms(
            amounts,
            ttl=ttl,
            tool=tool,
            workflow_id=workflow_id,
            labels=labels,
            claim=claim,
            done=done,
            escalate=escalate,
            wait=wait,
            request_id=request_id,
            reservation_id=reservation_id,
            release_on=release_on,
        )
        return AsyncHold(self.client, terms)

    def claim(
        self,
        key: str,
        *amounts: AmountLike,
        scope: str = "",
        done: bool = False,
        ttl: Seconds | None = None,
        tool: str = "",
        workflow_id: str = "",
        labels: Mapping[str, str] | None = None,
        escalate: bool | str = False,
        wait: Seconds = WAIT_S,
        request_id: str = "",
        reservation_id: str = "",
        release_on: ReleaseOn | None = None,
    ) -> AsyncHold:
        """A block that has a piece of work from its beginning to its end; see `Agent.claim`."""
        return self.reserve(
            *amounts,
            ttl=ttl,
            tool=tool,
            workflow_id=workflow_id,
            labels=labels,
            claim=(scope, key),
            done=done,
            escalate=escalate,
            wait=wait,
            request_id=request_id,
            reservation_id=reservation_id,
            release_on=release_on,
        )

    async def remaining(self, *, tool: str = "", workflow_id: str = "") -> Remaining:
        """What the agent may still reserve, and what binds first; see `Agent.remaining`."""
        plan = remaining(self.partition, tool=tool or self._tool, workflow_id=workflow_id or self._workflow_id)
        return await async_carry(self.client, plan)


AnyAgent = Agent | AsyncAgent
AgentSource = Callable[[], AnyAgent] | AnyAgent | None

_current: Final[ContextVar[AnyAgent | None]] = ContextVar("tallystick_agent", default=None)


@contextmanager
def use(agent: AnyAgent) -> Generator[AnyAgent, None, None]:
    """Make it the current agent of guarded functions called inside the block, in this thread or task.

    Leaving the block restores the agent that was current before.
    """
    token = _current.set(agent)
    try:
        yield agent
    finally:
        _current.reset(token)


def current_agent() -> AnyAgent:
    """The agent of the innermost `with tallystick.use(agent)`.

    Raises:
        NoCurrentAgent: There is none.
    """
    agent = _current.get()
    if agent is None:
        raise NoCurrentAgent(
            "no agent: give one to the decorator (agent=client.agent(...)), or a function that returns one "
            "(agent=lambda: ...), or call inside `with tallystick.use(agent)`"
        )
    return agent
