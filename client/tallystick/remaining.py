"""What an agent may still reserve, and what binds first: its own budget, the caps above it, a pause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from tallystick import requests
from tallystick.governance import Cap, CapKind, CapMode
from tallystick.requests import Request
from tallystick.results import Balance, Partition, PartitionState
from tallystick.verbs import Steps, perform

READS_MAX: Final = 3
"""How often balances and caps are read until they are of one position; a busy organization may not let them."""

_NOTHING: Final = Decimal(0)


class Binding(StrEnum):
    """What bounds a reservation."""

    BUDGET = "BUDGET"
    CAP = "CAP"
    PAUSE = "PAUSE"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Bound:
    """How much one rule lets an agent reserve now.

    Attributes:
        binding: Which kind of rule.
        partition: Path of the partition whose rule it is.
        unit: The unit of the number.
        room: How much, never below zero.
        cap: Of `CAP`; else `None`.
        reset_time: When the rule changes by itself; `None` where nothing does.
    """

    binding: Binding
    partition: str
    unit: str
    room: Decimal
    cap: Cap | None = None
    reset_time: datetime | None = None

    def __str__(self) -> str:
        match self.binding:
            case Binding.PAUSE:
                return f"{self.partition} is paused"
            case Binding.CLOSED:
                return f"{self.partition} is closed"
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
        tool: The tool whose caps were counted too; empty for none.
        workflow_id: The workflow for which caps on each workflow were counted too; empty for none.
        position: The journal position of balances and caps; of the balances, where the caps are newer.
    """

    partition: str
    own: Mapping[str, Balance]
    caps: tuple[Cap, ...]
    state: PartitionState
    paused_at: str
    tool: str
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
        for cap in self.caps:
            if not self._binds(cap):
                continue
            if cap.kind is CapKind.OPEN_RESERVATIONS and cap.room <= 0:
                found.append(Bound(Binding.CAP, cap.partition, unit, _NOTHING, cap, cap.reset_time))
            elif cap.unit == unit:
                found.append(Bound(Binding.CAP, cap.partition, unit, cap.room, cap, cap.reset_time))
        balance = self.own.get(unit)
        room = _NOTHING if balance is None else max(balance.available, _NOTHING)
        return (*found, Bound(Binding.BUDGET, self.partition, unit, room))

    def _binds(self, cap: Cap) -> bool:
        if cap.mode is not CapMode.ENFORCED:
            return False
        if cap.kind is CapKind.WORKFLOW and not self.workflow_id:
            return False
        if cap.tool.endswith("*"):
            return bool(self.tool) and self.tool.startswith(cap.tool[:-1])
        return cap.tool in ("", self.tool)


def remaining(partition: str, *, tool: str = "", workflow_id: str = "") -> Steps[Remaining]:
    """Balances and caps of one position, where the organization is not so busy that they never are."""
    caps = requests.caps(partition, binding=True, workflow_id=workflow_id)
    placed = Request(
        caps.method, caps.organization, caps.build, lambda answer, scales: (caps.read(answer, scales), answer.position)
    )
    reads = 0
    while True:
        # The second read asks for the position of the first, or a later one: that is what a client has seen.
        found: Partition = (yield perform(requests.get_partition(partition)))[0]
        bound, position = (yield perform(placed))[0]
        reads += 1
        if position == found.position or reads == READS_MAX:
            return Remaining(
                partition, found.own, bound, found.state, found.paused_at, tool, workflow_id, found.position
            )
