"""Agents: a partition's path with what its holds have in common, and the current one of a piece of work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tallystick.amounts import AmountLike
from tallystick.before_work import ReleaseOn, before_any_work
from tallystick.errors import NoCurrentAgent
from tallystick.hold import AsyncHold, Hold
from tallystick.requests.describe import Seconds
from tallystick.terms import Terms

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
        ttl: Seconds | None,
        tool: str,
        workflow_id: str,
        labels: Mapping[str, str] | None,
        request_id: str,
        reservation_id: str,
        release_on: ReleaseOn | None,
    ) -> Terms:
        length = self._ttl if ttl is None else ttl
        return Terms(
            partition=self.partition,
            amounts=amounts,
            ttl_s=length.total_seconds() if isinstance(length, timedelta) else length,
            tool=tool or self._tool,
            workflow_id=workflow_id or self._workflow_id,
            labels=labels if labels is not None else self._labels,
            request_id=request_id,
            reservation_id=reservation_id,
            release_on=release_on or self._release_on or before_any_work,
            outage_limit=self.client.outage_limit,
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
        request_id: str = "",
        reservation_id: str = "",
        release_on: ReleaseOn | None = None,
    ) -> Hold:
        """A block that holds the amounts from its beginning to its end; nothing happens before it is entered.

        Args:
            amounts: More than zero each, of distinct units.
            ttl: How long the hold outlives a process that vanishes; it is extended while the block works.
            tool: The tool or model to be called.
            workflow_id: The workflow it belongs to.
            labels: At most 8 small labels.
            request_id: Names the effect; for a workflow's step see `step_request_id`. A step whose hold has ended
                raises `HoldEnded`, so that its work does not run twice.
            reservation_id: A UUIDv7 of the caller's choice; made by the ledger where absent.
            release_on: Which exceptions mean that no work happened; `before_any_work` where absent.
        """
        terms = self._terms(amounts, ttl, tool, workflow_id, labels, request_id, reservation_id, release_on)
        return Hold(self.client, terms)


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
        request_id: str = "",
        reservation_id: str = "",
        release_on: ReleaseOn | None = None,
    ) -> AsyncHold:
        """A block that holds the amounts from its beginning to its end; see `Agent.reserve`."""
        terms = self._terms(amounts, ttl, tool, workflow_id, labels, request_id, reservation_id, release_on)
        return AsyncHold(self.client, terms)


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
