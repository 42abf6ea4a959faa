"""The client for threads and plain code."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from tallystick import escalating, methods, requests, waiting
from tallystick.agents import Agent
from tallystick.base_client import CLOSE_S, BaseClient, Options
from tallystick.before_work import ReleaseOn
from tallystick.errors import ClientClosed, PositionNotReached, TallystickError
from tallystick.following import HEARTBEAT_S, Following
from tallystick.governance import Escalation, EscalationState
from tallystick.requests import Listing, Request, Seconds
from tallystick.requests.describe import Scales
from tallystick.state import state
from tallystick.statements import statement
from tallystick.teams import Team
from tallystick.transport import NO_SCALES, SyncTransport
from tallystick.v1 import organizations_pb2
from tallystick.verbs import call, pages, together
from tallystick.watching import Watch

T = TypeVar("T")


class Client(BaseClient):
    """The ledger, for plain code: may be used from any thread; see `BaseClient` for the arguments.

    As a context manager it closes at the end of the block.
    """

    def __init__(self, address: str | None = None, **options: Unpack[Options]) -> None:
        super().__init__(address, **options)
        self.transport = SyncTransport(self._target)

    def agent(
        self,
        partition: str,
        *,
        ttl: Seconds | None = None,
        tool: str = "",
        workflow_id: str = "",
        labels: Mapping[str, str] | None = None,
        release_on: ReleaseOn | None = None,
    ) -> Agent:
        """An agent's own budget, with what its holds have in common; the ledger is not asked yet.

        Args:
            partition: The agent's path, for example `acme/research/scout`.
            ttl, tool, workflow_id, labels, release_on: See `Agent.reserve`; each reservation may name its own.
        """
        return Agent(
            self,
            partition,
            ttl=self._ttl if ttl is None else ttl,
            tool=tool,
            workflow_id=workflow_id,
            labels=labels,
            release_on=release_on,
        )

    def team(self, partition: str) -> Team:
        """A part of the tree, for its coordinators: the same calls in few words; the ledger is not asked yet."""
        return Team(self, partition)

    reserve = together(escalating.reserve)
    commit = call(requests.commit)
    settle_part = call(requests.settle_part)
    release = call(requests.release)
    extend = call(requests.extend)
    expire = call(requests.expire)
    charge = call(requests.charge)
    refund = call(requests.refund)
    get_reservation = call(requests.get_reservation)
    list_reservations = pages(requests.list_reservations)

    create_organization = call(requests.create_organization)
    update_organization = call(requests.update_organization)
    get_organization = call(requests.get_organization)
    list_organizations = pages(requests.list_organizations)

    create_partition = call(requests.create_partition)
    update_partition = call(requests.update_partition)
    close_partition = call(requests.close_partition)
    get_partition = call(requests.get_partition)
    list_partitions = pages(requests.list_partitions)
    fund = call(requests.fund)
    defund = call(requests.defund)
    allocate = call(requests.allocate)
    reclaim = call(requests.reclaim)

    pause = call(requests.pause)
    resume = call(requests.resume)
    create_cap = call(requests.create_cap)
    update_cap = call(requests.update_cap)
    delete_cap = call(requests.delete_cap)
    caps = call(requests.caps)
    set_tool = call(requests.set_tool)
    delete_tool = call(requests.delete_tool)
    tools = call(requests.tools)
    set_tool_rules = call(requests.set_tool_rules)
    tool_rules = call(requests.tool_rules)

    request_escalation = call(requests.request_escalation)
    approve = call(requests.approve)
    deny = call(requests.deny)
    forward = call(requests.forward)
    cancel_escalation = call(requests.cancel_escalation)
    reallocate = call(requests.reallocate)
    escalation = call(requests.escalation)
    escalations = pages(requests.escalations)
    set_escalation_policy = call(requests.set_escalation_policy)
    delete_escalation_policy = call(requests.delete_escalation_policy)
    escalation_policies = call(requests.escalation_policies)

    set_allowance = call(requests.set_allowance)
    delete_allowance = call(requests.delete_allowance)
    allowances = call(requests.allowances)
    assign_work = call(requests.assign_work)
    unassign_work = call(requests.unassign_work)
    claim = call(requests.claim)
    claims = pages(requests.claims)

    wait_escalation = together(waiting.wait_escalation)

    list_entries = pages(requests.list_entries)
    state = together(state)
    report = call(requests.report)
    statement = together(statement)
    budget = call(requests.budget)
    server_info = call(requests.server_info)

    def watch(
        self,
        organization: str,
        *,
        after: int | None = 0,
        partition: str = "",
        kinds: Iterable[str] = (),
        incarnation: int = 0,
        heartbeat: Seconds = HEARTBEAT_S,
    ) -> Watch:
        """The entries of a journal, in order, as they are committed: every one that matches exactly once.

        It waits for what is yet to come, and when the connection breaks it goes on where it was. It ends when it, or
        the client, is closed. To go on another time, keep an entry's `position` and give it as `after`.

        Args:
            organization: Whose journal.
            after: Entries after this position; 0 for all; `None` for those that are written from the first reading on.
            partition: Only entries about this partition or one below it.
            kinds: Only these kinds, for example `ReservationOpened`.
            incarnation: That `after` is of, as `Watch.incarnation` told; another one is `IncarnationEnded`.
            heartbeat: How long the ledger is silent at most, from 1 second to 60.
        """
        following = Following(
            organization, after=after, partition=partition, kinds=kinds, incarnation=incarnation, heartbeat=heartbeat
        )
        return Watch(self, following)

    def batch(
        self,
        organization: str,
        items: Sequence[Request[Any]],
        *,
        atomic: bool = False,
        request_id: str = "",
        validate_only: bool = False,
    ) -> list[Any]:
        """Decide many commands of one organization in order, in one call.

        Not atomic: each item is the same command as its own call, with its own request id and outcome. Atomic: all
        take effect, or none; the one that was refused has its reason, the others are `GroupRefused`.

        Args:
            organization: Which every item is about.
            items: 1 to 500, made by the functions of `tallystick.requests`.
            atomic: All items take effect, or none.
            request_id: Atomic only: names the whole group; made here where absent.
            validate_only: Atomic only: decide and answer, without effect.

        Returns:
            For each item its result, or (not raised) the exception that its own call would have raised.
        """
        request = requests.batch(
            organization,
            items,
            read_error=self._read_error,
            atomic=atomic,
            request_id=request_id,
            validate_only=validate_only,
        )
        return self.perform(request)[0]

    def pending_escalations(
        self, partition: str, *, decider: str = "", follow: bool = True, timeout: float | None = None
    ) -> Iterator[Escalation]:
        """The escalations of a partition and all below it that wait for a decision, each as it appears.

        One that is forwarded appears again, to those who decide it now. It ends when the client is closed.

        Args:
            partition: Who asks.
            decider: Only those that the coordinators of this partition decide.
            follow: Go on with those that are yet to come; otherwise it ends with those that there are.
            timeout: End after that many seconds.
        """
        news = waiting.News()
        until = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            try:
                found = list(self.escalations(partition, states=[EscalationState.PENDING], decider=decider))
            except ClientClosed:
                return
            yield from news.among(found)
            rest_s = waiting.rest_s(until)
            if rest_s is None or not follow:
                return
            time.sleep(rest_s)

    def close(self, timeout: float = CLOSE_S) -> None:
        """Deliver what is left within that many seconds, and close the connections.

        Raises:
            Undelivered: Settlements that the ledger has not taken; it hands them back.
        """
        self.extender.close()
        try:
            self.delivery.close(timeout)
        finally:
            self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except TallystickError as undelivered:
            if error is None:
                raise
            error.add_note(str(undelivered))

    def perform(self, request: Request[T]) -> tuple[T, Scales]:
        """Make the call; its result, and the scales it was read with."""
        organization = request.organization
        scales = self.scales(organization)
        message = request.build(scales)
        if request.wait_s:
            timeout_s = self._target.timeout_s + request.wait_s
            answer = self.transport.call(request.method, message, scales=scales, retry_s=0, timeout_s=timeout_s)
        else:
            answer = self._exchange(request, message, scales)
        self._known.note(organization, answer)
        return request.read(answer, scales), scales

    def walk(self, listing: Listing[T]) -> Iterator[T]:
        """The items of a list, page by page."""
        organization = listing.organization
        scales = self.scales(organization)
        message = listing.build("")
        answer = self._exchange(listing, message, scales)
        while True:
            self._known.note(organization, answer)
            yield from listing.read(answer, scales)
            if not answer.next_page_token:
                return
            # The other fields stay as they were: a page token is bound to them.
            message.page_token = answer.next_page_token
            answer = self.transport.call(listing.method, message, scales=scales)

    def _exchange(self, request: Request[Any] | Listing[Any], message: Any, scales: Scales) -> Any:  # noqa: ANN401
        organization = request.organization
        if request.request_id:
            return self.transport.call(request.method, message, request_id=request.request_id, scales=scales)
        self._known.place(organization, message)
        try:
            return self.transport.call(request.method, message, scales=scales)
        except PositionNotReached:
            # After a restore positions begin anew: then what this client has seen is no measure any more.
            before = self._known.incarnation(organization)
            self._learn(organization)
            if self._known.incarnation(organization) == before:
                raise
            self._known.place(organization, message)
            return self.transport.call(request.method, message, scales=scales)

    def scales(self, organization: str) -> Scales:
        """The units of an organization, each with its decimal places, asked for once."""
        self.delivery.begin()
        if not organization:
            return NO_SCALES
        return self._known.scales.get(organization) or self._learn(organization)

    def _learn(self, organization: str) -> Scales:
        wanted = organizations_pb2.GetOrganizationRequest(organization=organization)
        return self._known.learn(self.transport.call(methods.GET_ORGANIZATION, wanted))
