"""The client for asynchronous code."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from tallystick import escalating, methods, requests, waiting
from tallystick.agents import AsyncAgent
from tallystick.base_client import CLOSE_S, BaseClient, Options
from tallystick.before_work import ReleaseOn
from tallystick.errors import ClientClosed, PositionNotReached, TallystickError
from tallystick.following import HEARTBEAT_S, Following
from tallystick.governance import Escalation, EscalationState
from tallystick.requests import Listing, Request, Seconds
from tallystick.requests.describe import Scales
from tallystick.state import state
from tallystick.statements import statement
from tallystick.teams import AsyncTeam
from tallystick.transport import NO_SCALES, AsyncTransport
from tallystick.v1 import organizations_pb2
from tallystick.verbs import async_call, async_pages, async_together
from tallystick.watching import AsyncWatch

T = TypeVar("T")


class AsyncClient(BaseClient):
    """The ledger, for asyncio: may be made at import, and used from one event loop after another.

    See `BaseClient` for the arguments. With `async with` it closes at the end of the block.
    """

    def __init__(self, address: str | None = None, **options: Unpack[Options]) -> None:
        super().__init__(address, **options)
        self.transport = AsyncTransport(self._target)

    def agent(
        self,
        partition: str,
        *,
        ttl: Seconds | None = None,
        tool: str = "",
        workflow_id: str = "",
        labels: Mapping[str, str] | None = None,
        release_on: ReleaseOn | None = None,
    ) -> AsyncAgent:
        """An agent's own budget, with what its holds have in common; see `Client.agent`."""
        return AsyncAgent(
            self,
            partition,
            ttl=self._ttl if ttl is None else ttl,
            tool=tool,
            workflow_id=workflow_id,
            labels=labels,
            release_on=release_on,
        )

    def team(self, partition: str) -> AsyncTeam:
        """A part of the tree, for its coordinators; see `Client.team`."""
        return AsyncTeam(self, partition)

    reserve = async_together(escalating.reserve)
    commit = async_call(requests.commit)
    settle_part = async_call(requests.settle_part)
    release = async_call(requests.release)
    extend = async_call(requests.extend)
    expire = async_call(requests.expire)
    charge = async_call(requests.charge)
    refund = async_call(requests.refund)
    get_reservation = async_call(requests.get_reservation)
    list_reservations = async_pages(requests.list_reservations)

    create_organization = async_call(requests.create_organization)
    update_organization = async_call(requests.update_organization)
    get_organization = async_call(requests.get_organization)
    list_organizations = async_pages(requests.list_organizations)

    create_partition = async_call(requests.create_partition)
    update_partition = async_call(requests.update_partition)
    close_partition = async_call(requests.close_partition)
    get_partition = async_call(requests.get_partition)
    list_partitions = async_pages(requests.list_partitions)
    fund = async_call(requests.fund)
    defund = async_call(requests.defund)
    allocate = async_call(requests.allocate)
    reclaim = async_call(requests.reclaim)

    pause = async_call(requests.pause)
    resume = async_call(requests.resume)
    create_cap = async_call(requests.create_cap)
    update_cap = async_call(requests.update_cap)
    delete_cap = async_call(requests.delete_cap)
    caps = async_call(requests.caps)
    set_tool = async_call(requests.set_tool)
    delete_tool = async_call(requests.delete_tool)
    tools = async_call(requests.tools)
    set_tool_rules = async_call(requests.set_tool_rules)
    tool_rules = async_call(requests.tool_rules)

    request_escalation = async_call(requests.request_escalation)
    approve = async_call(requests.approve)
    deny = async_call(requests.deny)
    forward = async_call(requests.forward)
    cancel_escalation = async_call(requests.cancel_escalation)
    reallocate = async_call(requests.reallocate)
    escalation = async_call(requests.escalation)
    escalations = async_pages(requests.escalations)
    set_escalation_policy = async_call(requests.set_escalation_policy)
    delete_escalation_policy = async_call(requests.delete_escalation_policy)
    escalation_policies = async_call(requests.escalation_policies)

    set_allowance = async_call(requests.set_allowance)
    delete_allowance = async_call(requests.delete_allowance)
    allowances = async_call(requests.allowances)
    assign_work = async_call(requests.assign_work)
    unassign_work = async_call(requests.unassign_work)
    claim = async_call(requests.claim)
    claims = async_pages(requests.claims)

    wait_escalation = async_together(waiting.wait_escalation)

    list_entries = async_pages(requests.list_entries)
    state = async_together(state)
    report = async_call(requests.report)
    statement = async_together(statement)
    budget = async_call(requests.budget)
    server_info = async_call(requests.server_info)

    def watch(
        self,
        organization: str,
        *,
        after: int | None = 0,
        partition: str = "",
        kinds: Iterable[str] = (),
        incarnation: int = 0,
        heartbeat: Seconds = HEARTBEAT_S,
    ) -> AsyncWatch:
        """The entries of a journal, in order, as they are committed; see `Client.watch`."""
        following = Following(
            organization, after=after, partition=partition, kinds=kinds, incarnation=incarnation, heartbeat=heartbeat
        )
        return AsyncWatch(self, following)

    async def batch(
        self,
        organization: str,
        items: Sequence[Request[Any]],
        *,
        atomic: bool = False,
        request_id: str = "",
        validate_only: bool = False,
    ) -> list[Any]:
        """Decide many commands of one organization in order, in one call; see `Client.batch`."""
        request = requests.batch(
            organization,
            items,
            read_error=self._read_error,
            atomic=atomic,
            request_id=request_id,
            validate_only=validate_only,
        )
        return (await self.perform(request))[0]

    async def pending_escalations(
        self,
        partition: str,
        *,
        decider: str = "",
        follow: bool = True,
        timeout: float | None = None,  # noqa: ASYNC109  (the shape of Client.pending_escalations)
    ) -> AsyncIterator[Escalation]:
        """The escalations that wait for a decision, each as it appears; see `Client.pending_escalations`."""
        news = waiting.News()
        until = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            wanted = self.escalations(partition, states=[EscalationState.PENDING], decider=decider)
            try:
                found = [one async for one in wanted]
            except ClientClosed:
                return
            for one in news.among(found):
                yield one
            rest_s = waiting.rest_s(until)
            if rest_s is None or not follow:
                return
            await asyncio.sleep(rest_s)

    async def close(self, timeout: float = CLOSE_S) -> None:  # noqa: ASYNC109  (the shape of Client.close)
        """Deliver what is left within that many seconds, and close the connections.

        Raises:
            Undelivered: Settlements that the ledger has not taken; it hands them back.
        """
        self.extender.close()
        try:
            await asyncio.to_thread(self.delivery.close, timeout)
        finally:
            await self.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except TallystickError as undelivered:
            if error is None:
                raise
            error.add_note(str(undelivered))

    async def perform(self, request: Request[T]) -> tuple[T, Scales]:
        """Make the call; its result, and the scales it was read with."""
        organization = request.organization
        scales = await self.scales(organization)
        message = request.build(scales)
        if request.wait_s:
            timeout_s = self._target.timeout_s + request.wait_s
            answer = await self.transport.call(request.method, message, scales=scales, retry_s=0, timeout_s=timeout_s)
        else:
            answer = await self._exchange(request, message, scales)
        self._known.note(organization, answer)
        return request.read(answer, scales), scales

    async def walk(self, listing: Listing[T]) -> AsyncIterator[T]:
        """The items of a list, page by page."""
        organization = listing.organization
        scales = await self.scales(organization)
        message = listing.build("")
        answer = await self._exchange(listing, message, scales)
        while True:
            self._known.note(organization, answer)
            for one in listing.read(answer, scales):
                yield one
            if not answer.next_page_token:
                return
            # The other fields stay as they were: a page token is bound to them.
            message.page_token = answer.next_page_token
            answer = await self.transport.call(listing.method, message, scales=scales)

    async def _exchange(self, request: Request[Any] | Listing[Any], message: Any, scales: Scales) -> Any:  # noqa: ANN401
        organization = request.organization
        if request.request_id:
            return await self.transport.call(request.method, message, request_id=request.request_id, scales=scales)
        self._known.place(organization, message)
        try:
            return await self.transport.call(request.method, message, scales=scales)
        except PositionNotReached:
            # After a restore positions begin anew: then what this client has seen is no measure any more.
            before = self._known.incarnation(organization)
            await self._learn(organization)
            if self._known.incarnation(organization) == before:
                raise
            self._known.place(organization, message)
            return await self.transport.call(request.method, message, scales=scales)

    async def scales(self, organization: str) -> Scales:
        """The units of an organization, each with its decimal places, asked for once."""
        self.delivery.begin()
        if not organization:
            return NO_SCALES
        return self._known.scales.get(organization) or await self._learn(organization)

    async def _learn(self, organization: str) -> Scales:
        wanted = organizations_pb2.GetOrganizationRequest(organization=organization)
        return self._known.learn(await self.transport.call(methods.GET_ORGANIZATION, wanted))
