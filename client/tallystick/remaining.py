"""What an agent may still reserve, and what binds first: its own budget, caps, lists of tools, a pause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from tallystick import requests
from tallystick.explanations import ToolRefusal
from tallystick.governance import Cap, CapKind, CapMode, Tool, ToolRules
from tallystick.requests import Request
from tallystick.requests.describe import organization_of
from tallystick.results import Balance, Partition, PartitionState
from tallystick.verbs import Steps, perform

READS_MAX: Final = 3
"""How often all is read until it is of one position; a busy organization may not let it."""

_NOTHING: Final = Decimal(0)


class Binding(StrEnum):
    """What bounds a reservation."""

    BUDGET = "BUDGET"
    CAP = "CAP"
    TOOL = "TOOL"
    PAUSE = "PAUSE"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class KeptOut:
    """What keeps a tool out of an agent's partition, or a reservation without one.

    Attributes:
        tool: Its name; empty where none was named, and only some are allowed.
        why: Which rule: the catalogue disables it, a list denies it, a list of what is allowed lacks it.
        partition: Path of the partition whose list it is; of what is disabled the organization.
    """

    tool: str
    why: ToolRefusal
    partition: str

    def __str__(self) -> str:
        match self.why:
            case ToolRefusal.DISABLED:
                return f"the tool {self.tool} is disabled in the catalogue of {self.partition}"
            case ToolRefusal.DENIED:
                return f"{self.partition} denies the tool {self.tool}"
            case _ if self.tool:
                return f"{self.partition} does not list the tool {self.tool}"
            case _:
                return f"{self.partition} allows listed tools only, and none was named"


@dataclass(frozen=True, slots=True)
class Bound:
    """How much one rule lets an agent reserve now.

    Attributes:
        binding: Which kind of rule.
        partition: Path of the partition whose rule it is.
        unit: The unit of the number.
        room: How much, never below zero.
        cap: Of `CAP`; else `None`.
        kept_out: Of `TOOL`; else `None`.
        reset_time: When the rule changes by itself; `None` where nothing does.
    """

    binding: Binding
    partition: str
    unit: str
    room: Decimal
    cap: Cap | None = None
    reset_time: datetime | None = None
    kept_out: KeptOut | None = None

    def __str__(self) -> str:
        match self.binding:
            case Binding.PAUSE:
                return f"{self.partition} is paused"
            case Binding.CLOSED:
                return f"{self.partition} is closed"
            case Binding.TOOL:
                return str(self.kept_out)
            case Binding.CAP:
                at = self.reset_time
                reset = "" if at is None else f", reset at {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
                return f"{self.room:f} {self.unit} by the cap {self.cap} of {self.partition}{reset}"
            case _:
                return f"{self.room:f} {self.unit} available to {self.partition}"


@dataclass(frozen=True, slots=True)
class Remaining:
    """What an agent may still reserve.

    Attributes:
        partition: The agent's path.
        own: Its own accounts, by unit.
        caps: All caps that bind it, with their use and reset time, from the root downwards.
        state: Whether it admits anything new.
        paused_at: Path of the nearest partition, itself or above, that is paused; empty where it admits.
        tool: The tool that was asked for, whose caps were counted too; empty for none.
        kept_out: Why a reservation for that tool, or for none, is not admitted at all; `None` where it is.
        workflow_id: The workflow for which caps on each workflow were counted too; empty for none.
        position: The journal position of all that; of the balances, where the rest is newer.
    """

    partition: str
    own: Mapping[str, Balance]
    caps: tuple[Cap, ...]
    state: PartitionState
    paused_at: str
    tool: str
    kept_out: KeptOut | None
    workflow_id: str
    position: int

    @property
    def available(self) -> Mapping[str, Decimal]:
        """What is available of its own, by unit; below zero is a debt."""
        return {unit: balance.available for unit, balance in self.own.items()}

    @property
    def first(self) -> Mapping[str, Bound]:
        """What binds first, by unit: the rule that lets it reserve least."""
        return {unit: min(self.bounds(unit), key=lambda bound: bound.room) for unit in self.own}

    @property
    def fits(self) -> Mapping[str, Decimal]:
        """The most that one reservation may hold now, by unit."""
        return {unit: bound.room for unit, bound in self.first.items()}

    @property
    def per_workflow(self) -> tuple[Cap, ...]:
        """The caps on each workflow that are in none of the numbers, because no workflow was asked for."""
        if self.workflow_id:
            return ()
        return tuple(cap for cap in self.caps if cap.kind is CapKind.WORKFLOW and cap.mode is CapMode.ENFORCED)

    def bounds(self, unit: str) -> tuple[Bound, ...]:
        """Each rule that bounds a reservation of the unit; what admits nothing at all comes first.

        Caps in shadow mode bind nothing. A cap on each workflow binds the one asked for, by what that one has used,
        and nobody where none was: see `per_workflow`. A cap on open reservations binds when there are as many as it
        admits.
        """
        found = []
        if self.state is not PartitionState.OPEN:
            found.append(Bound(Binding.CLOSED, self.partition, unit, _NOTHING))
        if self.paused_at:
            found.append(Bound(Binding.PAUSE, self.paused_at, unit, _NOTHING))
        if self.kept_out is not None:
            found.append(Bound(Binding.TOOL, self.kept_out.partition, unit, _NOTHING, kept_out=self.kept_out))
        for cap in self.caps:
            room = cap.room or _NOTHING
            if not self._binds(cap) or (cap.kind is CapKind.OPEN_RESERVATIONS and room):
                continue
            if cap.unit in (unit, ""):
                found.append(Bound(Binding.CAP, cap.partition, unit, room, cap, cap.reset_time))
        balance = self.own.get(unit)
        room = _NOTHING if balance is None else max(balance.available, _NOTHING)
        return (*found, Bound(Binding.BUDGET, self.partition, unit, room))

    def _binds(self, cap: Cap) -> bool:
        if cap.mode is not CapMode.ENFORCED:
            return False
        if cap.kind is CapKind.WORKFLOW and not self.workflow_id:
            return False
        return not cap.tool or _names(cap.tool, self.tool)


def remaining(partition: str, *, tool: str = "", workflow_id: str = "") -> Steps[Remaining]:
    """All of one position, where the organization is not so busy that it never is."""
    organization = organization_of(partition)
    caps = _placed(requests.caps(partition, binding=True, workflow_id=workflow_id))
    lists, catalogue = _placed(requests.tool_rules(partition)), _placed(requests.tools(organization))
    reads = 0
    while True:
        # Each further read asks for the position of those before, or a later one: that is what a client has seen.
        found: Partition = (yield perform(requests.get_partition(partition)))[0]
        bound, position = (yield perform(caps))[0]
        rules, listed_at = (yield perform(lists))[0]
        tools, priced_at = (yield perform(catalogue))[0] if tool else ((), found.position)
        reads += 1
        if {position, listed_at, priced_at} == {found.position} or reads == READS_MAX:
            return Remaining(
                partition,
                found.own,
                bound,
                found.state,
                found.paused_at,
                tool,
                kept_out(organization, tool, rules, tools),
                workflow_id,
                found.position,
            )


def kept_out(organization: str, tool: str, rules: Iterable[ToolRules], tools: Iterable[Tool]) -> KeptOut | None:
    """What keeps a tool out, or a reservation without one, in the order in which the ledger looks.

    Args:
        organization: Whose catalogue.
        tool: Which; empty for none.
        rules: The lists that bind a partition, from the root downwards.
        tools: The catalogue; none where no tool is named.
    """
    if any(one.name == tool and not one.enabled for one in tools):
        return KeptOut(tool, ToolRefusal.DISABLED, organization)
    for one in reversed(tuple(rules)):
        if _listed(one.denied, tool):
            return KeptOut(tool, ToolRefusal.DENIED, one.partition)
        if one.allowed and not _listed(one.allowed, tool):
            return KeptOut(tool, ToolRefusal.NOT_LISTED, one.partition)
    return None


def _listed(patterns: Iterable[str], tool: str) -> bool:
    return any(_names(pattern, tool) for pattern in patterns)


def _names(pattern: str, tool: str) -> bool:
    """Whether a pattern names a tool; none names no tool."""
    return tool != "" and (tool.startswith(pattern[:-1]) if pattern.endswith("*") else tool == pattern)


def _placed(request: Request[Any]) -> Request[Any]:
    """The same, with the position that it was read at."""
    return Request(
        request.method,
        request.organization,
        request.build,
        lambda answer, scales: (request.read(answer, scales), answer.position),
    )
