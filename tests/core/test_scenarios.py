"""Stories in the budget's own language: `tests/scenarios/*.txt`, commands and what they came to.

A story is a sequence of steps, each some commands, a line of four dashes, and the outcome. `make scenarios` records the
outcomes again, and the difference is reviewed. Lines that begin with `#` speak to the reader.

Of several commands in a step the first that is refused is the outcome; else the last one's. A number without a unit is
in the unit declared first. `at` sets the clock, which begins at 0 s; otherwise each command takes a microsecond.
"""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount, Unit
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import Cap, CapKind, CapMode
from ledger.core.outcomes import Accepted, Outcome, Rejected
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis
from ledger.core.texts import Text
from ledger.core.tools import Tool
from tests.builders import HOUR, SECOND, START, World, uuid7

FOLDER: Final = Path(__file__).resolve().parents[1] / "scenarios"
RULE: Final = "----"
NONE: Final = Basis.NONE


class Story:
    """A scenario while it is told: the world, and the names that the story gives to what is in it."""

    def __init__(self) -> None:
        self.world = World()
        self.names: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.units: tuple[str, ...] = ()
        self.commands: list[cmd.Single] | None = None

    # Words

    def amount(self, word: str) -> Amount:
        """`12` or `12tokens`; `max` is 2⁶³-1."""
        found = re.fullmatch(r"(\d+|max(?:-\d+)?)([A-Za-z]*)", word)
        assert found, f"not an amount: {word}"
        number, unit = found.groups()
        parts = 2**63 - 1 - int(number[4:] or 0) if number.startswith("max") else int(number)
        return Amount(unit or self.units[0], parts)

    def amounts(self, words: list[str]) -> tuple[Amount, ...]:
        """The amounts among some words."""
        return tuple(self.amount(word) for word in words if re.match(r"\d|max", word))

    def hold(self, name: str) -> str:
        """The id of the reservation that the story calls so; ids are in the order of their naming."""
        return self.names.setdefault(name, uuid7(START, len(self.names) + 1))

    # Commands

    def command(self, words: list[str]) -> cmd.Single:
        """A line as a command."""
        text = Text()
        verb, first, *rest = (*words, "")
        rest = rest[:-1]
        confirmed = "confirmed" in rest
        life = next((int(word[4:-1]) * SECOND for word in rest if word.startswith("ttl=")), 60 * SECOND)
        made: dict[str, Callable[[], cmd.Single]] = {
            "organization": lambda: cmd.CreateOrganization(tuple(Unit(u, 0) for u in self.units), "UTC", text, HOUR),
            "team": lambda: cmd.CreatePartition(first, Kind.TEAM, text),
            "agent": lambda: cmd.CreatePartition(first, Kind.AGENT, text),
            "close": lambda: cmd.ClosePartition(first, "cascade" in rest, text),
            "fund": lambda: cmd.Fund(self.amount(rest[0]), text),
            "defund": lambda: cmd.Defund(self.amount(rest[0]), text),
            "allocate": lambda: cmd.Allocate(first, self.amount(rest[0]), text),
            "reclaim": lambda: cmd.Reclaim(first, self.amount(rest[0]), text),
            "reserve": lambda: cmd.Reserve(
                rest[0], self.amounts(rest[1:]), life, self.hold(first), True, self._word(rest, "tool="), "", ()
            ),
            "commit": lambda: cmd.Commit(self.hold(first), self.amounts(rest), NONE, confirmed),
            "part": lambda: cmd.SettlePart(self.hold(first), self.amounts(rest), NONE, confirmed),
            "release": lambda: cmd.Release(self.hold(first)),
            "expire": lambda: cmd.Expire(self.hold(first), text),
            "extend": lambda: cmd.Extend(self.hold(first), START + int(rest[0][:-1]) * SECOND),
            "charge": lambda: cmd.Charge(
                first, self.amounts(rest), self._for(rest), NONE, confirmed, tool="", workflow_id="", note=text
            ),
            "refund": lambda: cmd.Refund(self.hold(first), self.amounts(rest), text),
        }
        if verb == "organization":
            self.units = tuple(rest)
        return made[verb]() if verb in made else self.governing(verb, first, rest)

    def governing(self, verb: str, first: str, rest: list[str]) -> cmd.Single:
        """A line about caps, tools, pauses, escalations, allowances or claims."""
        text = Text()
        number = self.numbers.get(first, 0)
        made: dict[str, Callable[[], cmd.Single]] = {
            "cap": lambda: self._cap(rest),
            "limit": lambda: cmd.UpdateCap(number, self._version(number), self.amount(rest[0]).parts, None),
            "tool": lambda: cmd.SetTool(first, self.amounts(rest), "disabled" not in rest, self._tool_version(first)),
            "lists": lambda: cmd.SetToolRules(first, self._words(rest, "allow="), self._words(rest, "deny="), 0),
            "pause": lambda: cmd.PausePartition(first, text),
            "resume": lambda: cmd.ResumePartition(first, text),
            "escalate": lambda: cmd.RequestEscalation(rest[0], self.amount(rest[1]), text, 900 * SECOND, ()),
            "approve": lambda: cmd.ApproveEscalation(
                number, next(iter(self.amounts(rest)), None), self._word(rest, "from="), 0, text
            ),
            "deny": lambda: cmd.DenyEscalation(number, text),
            "forward": lambda: cmd.ForwardEscalation(number, text),
            "reallocate": lambda: cmd.Reallocate(first, rest[0], self.amount(rest[1]), text, 0),
            "allowance": lambda: cmd.SetAllowance(
                first, self.amount(rest[1]), AllowanceMode(rest[0]), Period(rest[2].upper()), Weekday.MONDAY, 0
            ),
            "claim": lambda: cmd.Reserve(
                rest[0], self.amounts(rest[1:]), 60 * SECOND, self.hold(first), True, "", "", (), "", rest[-1]
            ),
            "done": lambda: cmd.Commit(
                self.hold(first), self.amounts(rest), NONE, confirmed=False, done=True, result=rest[-1]
            ),
            "assign": lambda: cmd.AssignWork(first, rest[0], rest[1], HOUR, text),
        }
        if verb in {"cap", "escalate"}:
            self.numbers[first] = self.world.book.position + 1
        return made[verb]()

    def _cap(self, words: list[str]) -> cmd.CreateCap:
        """`path kind amount`, a kind with its period after a slash."""
        path, kind, limit, *rest = words
        kind, _, period = kind.partition("/")
        amount = self.amount(limit)
        mode = CapMode.SHADOW if "shadow" in rest else CapMode.ENFORCED
        unit = "" if kind == "open_reservations" else amount.unit
        return cmd.CreateCap(
            path, CapKind(kind.upper()), unit, amount.parts, Period(period.upper()), Weekday.MONDAY, 0, "", mode
        )

    def _version(self, cap_id: int) -> int:
        found: Cap = self.world.book.standing[Cap][cap_id]
        return found.version

    def _tool_version(self, name: str) -> int:
        found: Tool | None = self.world.book.standing[Tool].get(name)
        return found.version if found else 0

    def _words(self, words: list[str], name: str) -> tuple[str, ...]:
        said = self._word(words, name)
        return tuple(said.split(",")) if said else ()

    def _word(self, words: list[str], name: str) -> str:
        return next((word[len(name) :] for word in words if word.startswith(name)), "")

    def _for(self, words: list[str]) -> str:
        return next((self.hold(word[4:]) for word in words if word.startswith("for=")), "")

    def tell(self, line: str) -> str:
        """What a line came to; empty where it is only a beginning."""
        words = shlex.split(line)
        request: dict[str, Any] = {"validate_only": "dry" in words}
        for word in words:
            if word.startswith("as="):
                request["request_id"] = uuid7(START, 1000 + int(word[3:]))
            if word.startswith("by="):
                request["principal"] = word[3:]
        words = [word for word in words if word != "dry" and not word.startswith(("as=", "by="))]
        match words:
            case ["at", time]:
                ended = self.world.wait(START + int(time[:-1]) * SECOND - self.world.now)
                return self._ended(ended)
            case ["show", *paths]:
                return "\n".join(self._shown(path) for path in paths)
            case ["group"]:
                self.commands = []
                return ""
            case ["end"]:
                items, self.commands = tuple(self.commands or ()), None
                return self.say(self.world.ask(cmd.Group(items), **request), items[-1])
        command = self.command(words)
        if self.commands is not None:
            self.commands.append(command)
            return ""
        return self.say(self.world.ask(command, **request), command)

    # Outcomes

    def say(self, outcome: Outcome, command: cmd.Single) -> str:
        """An outcome in a line."""
        marks = " (again)" if outcome.replayed else ""
        if isinstance(outcome, Rejected):
            facts = {
                "item": outcome.culprit,
                "at": outcome.path,
                "reservation": next((k for k, v in self.names.items() if v == outcome.reservation_id), ""),
                "unit": outcome.unit if outcome.unit != self.units[0] else "",
                "needed": outcome.needed,
                "available": outcome.available,
            }
            told = (f"{name}={fact}" for name, fact in facts.items() if fact not in {None, ""})
            return " ".join(["refused", outcome.reason, *told]) + marks
        marks += " (dry run)" if outcome.validate_only else ""
        return self._done(outcome, command) + marks

    def _done(self, outcome: Accepted, command: cmd.Single) -> str:
        event = outcome.entries[-1].event
        reservation_id = getattr(command, "reservation_id", "")
        reservation = self.world.book.reservations.get(reservation_id)
        if reservation is None or outcome.validate_only:
            return "ok"
        said = [f"{'open' if reservation.state == 'OPEN' else reservation.state.lower().replace('_', ' ')}"]
        for line in reservation.units:
            facts = {"held": line.remaining, "actual": line.actual, "refunded": line.refunds}
            shown = ", ".join(f"{name} {number}" for name, number in facts.items() if number)
            said.append(f"{line.unit} {shown or 'nothing'}")
        if isinstance(command, cmd.Reserve | cmd.Extend):
            cut = getattr(event, "ttl_cut", False) or getattr(event, "cut", False)
            said.append(f"until {_time(reservation.expires_at)}{' (cut)' if cut else ''}")
        return "; ".join([*said, self._shown(self.world.book.path(reservation.partition_id))])

    def _ended(self, entries: list[Any]) -> str:
        called = {reservation_id: name for name, reservation_id in self.names.items()}
        told = (self._by_itself(entry.event, called) for entry in entries)
        return "\n".join(told) or "nothing is due"

    def _by_itself(self, event: Any, called: dict[str, str]) -> str:
        if isinstance(event, ev.ReservationExpired):
            return f"expired {called[event.reservation_id]}"
        if isinstance(event, ev.AllowanceRun):
            short = f", {event.shortfall} short" if event.shortfall else ""
            return f"{event.path} was given {event.given}{short}{', paused' if event.skipped else ''}"
        if isinstance(event, ev.EscalationExpired):
            return f"escalation of {event.path} expired"
        assert isinstance(event, ev.ClaimEnded), event
        return f"{event.name} is free"

    def _shown(self, path: str) -> str:
        partition = self.world.book.partition(path)
        assert partition is not None, path
        said = []
        for unit in self.units:
            own, below = self.world.have(path, unit), self.world.subtree(path, unit)
            of = f" ({sum(below)} in its subtree)" if own != below else ""
            if any(own) or any(below):
                said.append(f"{own[0]} {unit} available, {own[1]} reserved, {own[2]} spent{of}")
        state = self.world.book.state(partition)
        closed = "" if state == "OPEN" else f" ({state.lower()})"
        return f"{path}{closed}: {'; '.join(said) or 'nothing'}"


def _time(at: int) -> str:
    return f"{(at - START) / SECOND:.0f}s"


def retell(text: str) -> str:
    """A scenario with the outcomes that it has now."""
    story, told = Story(), []
    for paragraph in text.strip().split("\n\n"):
        asked = paragraph.split(f"\n{RULE}")[0]
        told.append(asked)
        outcomes = [story.tell(line) for line in asked.splitlines() if line.strip() and not line.startswith("#")]
        if outcomes:
            refused = [outcome for outcome in outcomes if outcome.startswith("refused")]
            told[-1] += f"\n{RULE}\n{(refused or outcomes)[0 if refused else -1]}"
    assert not clockwork.is_due(story.world.book, story.world.now)
    return "\n\n".join(told) + "\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_scenario__comes_to_this(path, request):
    """The story comes to the recorded outcomes."""
    text = path.read_text(encoding="utf-8")
    told = retell(text)
    if request.config.getoption("--rewrite"):
        path.write_text(told, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == told


def test_scenarios__enough():
    """There are stories at all."""
    assert len(list(FOLDER.glob("*.txt"))) >= 12
