"""What scripts say about governance: caps, tools, pauses, escalations, allowances, claims and roles.

Caps and escalations are named by positions, which depend on what was answered before. A script names them from the end
instead: -1 is the one that began last, -2 the one before. Whoever plays it puts in the position.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.outcomes import Accepted
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text
from tests import builders
from tests.sequencer.world import SECOND

MILLISECOND: Final = 1000
TEAMS: Final = ("acme/red", "acme/blue", "acme/blue/deep")
AGENTS: Final = tuple(f"{team}/a{number}" for team in TEAMS for number in range(3))
ABOVE: Final = ("acme", *TEAMS)
TOOLS: Final = ("web/search", "web/fetch", "shell")
WORK: Final = ("job a", "job b")
PERIODS: Final = (Period.HOUR, Period.DAY, Period.DAY, Period.WEEK, Period.MONTH)


def governing(chance: random.Random, now: int, number: int) -> cmd.Single:
    """One command of governance, by whatever the chance says. No two ends that it sets lie at the same instant."""
    return chance.choice(_KINDS)(chance, now, number)


def _text(chance: random.Random) -> Text:
    return Text.of(chance.choice(("", "why", "é")), chance.randbytes(16))


def _end(chance: random.Random, number: int) -> int:
    """How long something lasts: never until an instant at which a step is."""
    return chance.choice((5, 15, 45, 95, 605, 7205)) * SECOND + number * MILLISECOND + 250


def _place(chance: random.Random) -> str:
    return chance.choice((*ABOVE, *AGENTS, "acme/nowhere") if chance.random() < 0.1 else (*TEAMS, *AGENTS))


def _unit(chance: random.Random) -> str:
    return chance.choice(("USD",) * 8 + ("tokens",) * 3 + ("hours",))


def _latest(chance: random.Random) -> int:
    return -min(int(chance.expovariate(0.8)) + 1, 6)


def _cap(chance: random.Random, _: int, __: int) -> cmd.Single:
    fate = chance.random()
    if fate < 0.35:
        mode = chance.choice((CapMode.ENFORCED, CapMode.ENFORCED, CapMode.SHADOW))
        return cmd.UpdateCap(_latest(chance), chance.choice((1, 1, 2)), chance.choice((None, 5, 60, 400)), mode)
    if fate < 0.45:
        return cmd.DeleteCap(_latest(chance), chance.choice((1, 2)))
    kind = chance.choice((*CapKind, CapKind.WINDOW, CapKind.WINDOW, CapKind.ROLLING))
    limit = chance.choice((2, 6)) if kind is CapKind.OPEN_RESERVATIONS else chance.choice((15, 60, 150, 400))
    tool = chance.choice(("", "", "", "web/search", "web/*"))
    mode = chance.choice((CapMode.ENFORCED, CapMode.ENFORCED, CapMode.ENFORCED, CapMode.SHADOW))
    period = chance.choice(PERIODS) if kind is CapKind.WINDOW else Period.NONE
    length = chance.choice((60, 3600)) * SECOND if kind is CapKind.ROLLING else 0
    unit = "" if kind is CapKind.OPEN_RESERVATIONS else _unit(chance)
    return cmd.CreateCap(_place(chance), kind, unit, limit, period, chance.choice(list(Weekday)), length, tool, mode)


def _tool(chance: random.Random, _: int, __: int) -> cmd.Single:
    fate, version = chance.random(), chance.choice((0, 1, 1, 2))
    if fate < 0.35:
        estimate = builders.amounts(USD=chance.randint(1, 9)) if chance.random() < 0.7 else ()
        return cmd.SetTool(chance.choice(TOOLS), estimate, chance.random() < 0.8, version)
    if fate < 0.6:
        return cmd.DeleteTool(chance.choice(TOOLS), version)
    allowed = chance.choice(((), (), (), ("web/*", "shell"), ("web/search",)))
    return cmd.SetToolRules(_place(chance), allowed, chance.choice(((), ("shell",), ("web/f*",))), version)


def _pause(chance: random.Random, _: int, __: int) -> cmd.Single:
    if chance.random() < 0.3:
        return cmd.PausePartition(_place(chance), _text(chance))
    return cmd.ResumePartition(_place(chance), _text(chance))


def _asked(chance: random.Random, _: int, number: int) -> cmd.Single:
    amount = Amount(_unit(chance), chance.choice((3, 12, 40, 90)))
    return cmd.RequestEscalation(_place(chance), amount, _text(chance), _end(chance, number), ())


def _decided(chance: random.Random, now: int, number: int) -> cmd.Single:
    escalation_id = _latest(chance)
    match chance.choice(("approve",) * 6 + ("deny", "forward", "forward", "cancel")):
        case "approve":
            amount = Amount(_unit(chance), chance.choice((2, 9, 500))) if chance.random() < 0.3 else None
            ends_at = chance.choice((0, 0, now - SECOND)) if chance.random() < 0.4 else now + _end(chance, number)
            source = chance.choice(("", "", "", *TEAMS, *AGENTS))
            return cmd.ApproveEscalation(escalation_id, amount, source, ends_at, _text(chance))
        case "deny":
            return cmd.DenyEscalation(escalation_id, _text(chance))
        case "forward":
            return cmd.ForwardEscalation(escalation_id, _text(chance))
        case _:
            return cmd.CancelEscalation(escalation_id, _text(chance))


def _reallocated(chance: random.Random, now: int, number: int) -> cmd.Single:
    amount = Amount(_unit(chance), chance.choice((5, 30, 90)))
    ends_at = chance.choice((0, now + _end(chance, number)))
    return cmd.Reallocate(_place(chance), _place(chance), amount, _text(chance), ends_at)


def _policy(chance: random.Random, _: int, __: int) -> cmd.Single:
    path, version = chance.choice(("acme", "acme/blue", "acme/blue")), chance.choice((0, 0, 1))
    if chance.random() < 0.3:
        return cmd.DeleteEscalationPolicy(path, _unit(chance), version or 1)
    limits = 20, chance.choice((20, 60)), chance.choice(PERIODS), chance.choice((0, 50))
    return cmd.SetEscalationPolicy(path, _unit(chance), *limits, version)


def _allowance(chance: random.Random, _: int, __: int) -> cmd.Single:
    path = chance.choice((*TEAMS, *AGENTS, "acme/red/a0", "acme/red/a0"))
    unit, version = _unit(chance), chance.choice((0, 0, 1))
    if chance.random() < 0.3:
        return cmd.DeleteAllowance(path, unit, version or 1)
    mode, period = chance.choice(list(AllowanceMode)), chance.choice((Period.HOUR, *PERIODS))
    amount = Amount(unit, chance.choice((30, 90, 600)))
    return cmd.SetAllowance(path, amount, mode, period, chance.choice(list(Weekday)), version)


def _work(chance: random.Random, _: int, number: int) -> cmd.Single:
    scope, name = chance.choice(ABOVE), chance.choice(WORK)
    if chance.random() < 0.4:
        return cmd.UnassignWork(scope, name, _text(chance))
    return cmd.AssignWork(scope, name, _place(chance), _end(chance, number), _text(chance))


_KINDS: Final[Sequence[Callable[[random.Random, int, int], cmd.Single]]] = (
    *(_cap,) * 5,
    *(_tool,) * 2,
    *(_pause,) * 2,
    *(_asked,) * 6,
    *(_decided,) * 9,
    *(_reallocated,) * 2,
    *(_policy,) * 2,
    *(_allowance,) * 3,
    *(_work,) * 2,
)


def appointing(chance: random.Random) -> list[cmd.Command]:
    """From now on somebody may do everything, and somebody else something."""
    return [
        cmd.SetRole("ann", "acme", PrincipalRole.ADMIN),
        cmd.SetRole("bob", chance.choice(TEAMS), chance.choice((PrincipalRole.AGENT, PrincipalRole.COORDINATOR))),
    ]


def dressed(chance: random.Random, command: cmd.Reserve) -> cmd.Reserve:
    """The same for another tool, and perhaps without amounts or for a piece of work."""
    fate = chance.random()
    if fate < 0.08:
        command = replace(command, amounts=())
    elif fate < 0.45:
        scopes = [path for path in (*ABOVE, command.path) if f"{command.path}/".startswith(f"{path}/")]
        scope = chance.choice(ABOVE if fate < 0.1 else scopes or ABOVE) if fate < 0.2 else "acme"
        command = replace(command, claim_key=chance.choice(WORK), claim_scope=scope)
    return replace(command, tool=chance.choice(("", *TOOLS)), workflow_id=chance.choice(("", "flow-1", "flow-2")))


def done(chance: random.Random, command: cmd.Commit, number: int) -> cmd.Commit:
    """The same, and the work is done."""
    return replace(command, done=True, result=chance.choice(("", "s3://é")), done_ttl_us=_end(chance, number))


def founding() -> list[cmd.Command]:
    """Ceilings and tools that are there from the beginning."""
    return [
        cmd.SetTool("web/search", builders.amounts(USD=3), True, 0),
        cmd.SetTool("web/fetch", (), True, 0),
        builders.cap("acme", 400, period=Period.DAY),
        builders.cap("acme", 500, length=3600 * SECOND, mode=CapMode.SHADOW),
        builders.cap("acme/red", 90, CapKind.WORKFLOW),
        builders.cap("acme/blue", 12, CapKind.OPEN_RESERVATIONS),
        builders.allowance("acme/red/a0", 60, period=Period.HOUR),
        builders.set_policy("acme/blue", request_max=20, window_max=60),
    ]


# Positions

_BEGUN: Final = {ev.CapCreated: "cap_id", ev.EscalationRequested: "escalation_id", ev.Reallocated: "escalation_id"}


class Begun:
    """The caps and escalations that answers have told of."""

    def __init__(self) -> None:
        """None yet."""
        self._positions: dict[str, list[int]] = {"cap_id": [], "escalation_id": []}

    def told(self, answers: Sequence[Any]) -> None:
        """More has been answered."""
        for answer in answers:
            if isinstance(answer, Accepted) and not answer.validate_only and not answer.replayed:
                for entry in answer.entries:
                    if name := _BEGUN.get(type(entry.event)):
                        self._positions[name].append(entry.position)

    def named(self, request: cmd.Request) -> cmd.Request:
        """The request, with positions in the place of what counts from the end."""
        command = request.command
        if isinstance(command, cmd.Group):
            return replace(request, command=cmd.Group(tuple(self._placed(item) for item in command.items)))
        return replace(request, command=self._placed(command))

    def _placed(self, command: cmd.Single) -> cmd.Single:
        placed: Any = command
        for name, positions in self._positions.items():
            behind = getattr(command, name, 0)
            if behind < 0:
                position = positions[behind] if -behind <= len(positions) else 10**6 - behind
                placed = replace(placed, **{name: position})
        return placed
