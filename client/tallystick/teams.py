"""Teams: what a coordinator does with one part of the tree, in few words.

    team = client.team("acme/research")
    team.allocate("scout", "5 USD")
    for escalation in team.pending_escalations():
        team.approve(escalation, source=team.path("writer"))

Each method is the client's of the same name, told which partition is meant.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from tallystick import requests, waiting
from tallystick.governance import Escalation
from tallystick.requests.describe import organization_of
from tallystick.verbs import async_call, async_pages, async_together, call, pages, together

if TYPE_CHECKING:
    from tallystick.async_client import AsyncClient
    from tallystick.client import Client

P = ParamSpec("P")
R = TypeVar("R")


class _AnyTeam:
    """A partition and all below it, for those who coordinate it.

    Attributes:
        client: What calls the ledger.
        partition: The team's path.
    """

    client: Client | AsyncClient

    def __init__(self, client: Client | AsyncClient, partition: str) -> None:
        self.client = client
        self.partition = partition

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.partition}>"

    def path(self, member: str) -> str:
        """The path of a member: what does not begin with the team's own path lies below it."""
        inside = member == self.partition or member.startswith(f"{self.partition}/")
        return member if inside else f"{self.partition}/{member}"

    def at(self, member: str) -> Self:
        """The same for a partition below: `team.at("scout").pause()`."""
        return type(self)(self.client, self.path(member))

    def perform(self, request: Any) -> Any:  # noqa: ANN401  (the client's)
        """Make the call, as the client does."""
        return self.client.perform(request)

    def walk(self, listing: Any) -> Any:  # noqa: ANN401  (the client's)
        """The items of a list, as the client walks through them."""
        return self.client.walk(listing)


def _own(method: Callable[Concatenate[Any, str, P], R]) -> Callable[Concatenate[Any, P], R]:
    """The method, about the team itself."""

    def placed(self: _AnyTeam, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(self, self.partition, *args, **kwargs)

    functools.update_wrapper(placed, method)
    itself, _, *rest = inspect.signature(method).parameters.values()
    placed.__signature__ = inspect.signature(method).replace(parameters=[itself, *rest])  # type: ignore[attr-defined]
    return placed


def _member(method: Callable[Concatenate[Any, str, P], R]) -> Callable[Concatenate[Any, str, P], R]:
    """The method, about a partition below, by its name or its path."""

    def placed(self: _AnyTeam, partition: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(self, self.path(partition), *args, **kwargs)

    functools.update_wrapper(placed, method)
    return placed


def _between(method: Callable[Concatenate[Any, str, str, P], R]) -> Callable[Concatenate[Any, str, str, P], R]:
    """The method, about two partitions below."""

    def placed(self: _AnyTeam, source: str, partition: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(self, self.path(source), self.path(partition), *args, **kwargs)

    functools.update_wrapper(placed, method)
    return placed


def _work(method: Callable[Concatenate[Any, str, str, str, P], R]) -> Callable[Concatenate[Any, str, str, P], R]:
    """The method, about work of the team and a partition below."""

    def placed(self: _AnyTeam, key: str, partition: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(self, self.partition, key, self.path(partition), *args, **kwargs)

    functools.update_wrapper(placed, method)
    itself, _, *rest = inspect.signature(method).parameters.values()
    placed.__signature__ = inspect.signature(method).replace(parameters=[itself, *rest])  # type: ignore[attr-defined]
    return placed


def _inside(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """The method, about something of the team's organization."""

    def placed(self: _AnyTeam, /, *args: P.args, **kwargs: P.kwargs) -> R:
        kwargs["organization"] = kwargs.get("organization") or organization_of(self.partition)
        return method(self, *args, **kwargs)

    functools.update_wrapper(placed, method)
    return placed


class Team(_AnyTeam):
    """A part of the tree, as seen by one client. Made by `client.team`."""

    client: Client

    allocate = _member(call(requests.allocate))
    reclaim = _member(call(requests.reclaim))
    create_partition = _member(call(requests.create_partition))
    show = _own(call(requests.get_partition))
    pause = _own(call(requests.pause))
    resume = _own(call(requests.resume))
    create_cap = _own(call(requests.create_cap))
    caps = _own(call(requests.caps))
    update_cap = _inside(call(requests.update_cap))
    delete_cap = _inside(call(requests.delete_cap))
    set_tool_rules = _own(call(requests.set_tool_rules))
    tool_rules = _own(call(requests.tool_rules))

    approve = _inside(call(requests.approve))
    deny = _inside(call(requests.deny))
    forward = _inside(call(requests.forward))
    escalation = _inside(call(requests.escalation))
    wait_escalation = _inside(together(waiting.wait_escalation))
    escalations = _own(pages(requests.escalations))
    reallocate = _between(call(requests.reallocate))
    set_escalation_policy = _own(call(requests.set_escalation_policy))
    delete_escalation_policy = _own(call(requests.delete_escalation_policy))
    escalation_policies = _own(call(requests.escalation_policies))

    set_allowance = _member(call(requests.set_allowance))
    delete_allowance = _member(call(requests.delete_allowance))
    allowances = _own(call(requests.allowances))
    assign_work = _work(call(requests.assign_work))
    unassign_work = _own(call(requests.unassign_work))
    claim = _own(call(requests.claim))
    claims = _own(pages(requests.claims))

    def pending_escalations(self, *, follow: bool = True, timeout: float | None = None) -> Iterator[Escalation]:
        """The escalations that the team's coordinators decide, each as it appears; see `Client.pending_escalations`."""
        return self.client.pending_escalations(self.partition, decider=self.partition, follow=follow, timeout=timeout)


class AsyncTeam(_AnyTeam):
    """A part of the tree, as seen by one asynchronous client. Made by `client.team`; see `Team`."""

    client: AsyncClient

    allocate = _member(async_call(requests.allocate))
    reclaim = _member(async_call(requests.reclaim))
    create_partition = _member(async_call(requests.create_partition))
    show = _own(async_call(requests.get_partition))
    pause = _own(async_call(requests.pause))
    resume = _own(async_call(requests.resume))
    create_cap = _own(async_call(requests.create_cap))
    caps = _own(async_call(requests.caps))
    update_cap = _inside(async_call(requests.update_cap))
    delete_cap = _inside(async_call(requests.delete_cap))
    set_tool_rules = _own(async_call(requests.set_tool_rules))
    tool_rules = _own(async_call(requests.tool_rules))

    approve = _inside(async_call(requests.approve))
    deny = _inside(async_call(requests.deny))
    forward = _inside(async_call(requests.forward))
    escalation = _inside(async_call(requests.escalation))
    wait_escalation = _inside(async_together(waiting.wait_escalation))
    escalations = _own(async_pages(requests.escalations))
    reallocate = _between(async_call(requests.reallocate))
    set_escalation_policy = _own(async_call(requests.set_escalation_policy))
    delete_escalation_policy = _own(async_call(requests.delete_escalation_policy))
    escalation_policies = _own(async_call(requests.escalation_policies))

    set_allowance = _member(async_call(requests.set_allowance))
    delete_allowance = _member(async_call(requests.delete_allowance))
    allowances = _own(async_call(requests.allowances))
    assign_work = _work(async_call(requests.assign_work))
    unassign_work = _own(async_call(requests.unassign_work))
    claim = _own(async_call(requests.claim))
    claims = _own(async_pages(requests.claims))

    def pending_escalations(self, *, follow: bool = True, timeout: float | None = None) -> AsyncIterator[Escalation]:
        """The escalations that the team's coordinators decide; see `AsyncClient.pending_escalations`."""
        return self.client.pending_escalations(self.partition, decider=self.partition, follow=follow, timeout=timeout)
