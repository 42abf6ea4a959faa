"""What tests of the rules are made of: commands in short, and a world that decides them one after another."""

import hashlib
from dataclasses import replace
from typing import Any, Final

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount, Unit
from ledger.core.book import Book
from ledger.core.calendars import Calendar, Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.decide import execute
from ledger.core.escalations import Carried, Escalation, Grant
from ledger.core.invariants import check_batch, check_book, check_closed
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Known, Outcome, Rejected
from ledger.core.partitions import Kind
from ledger.core.pauses import Pause
from ledger.core.requests import Key
from ledger.core.reservations import Basis, Reservation, ReservationState
from ledger.core.roles import PrincipalRole, RoleHeld
from ledger.core.texts import Text
from ledger.sequencer.zones import calendar_of

SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR
START: Final = 1_767_225_600 * SECOND
"""The first of January 2026, when every test's world begins; microseconds since 1970."""

NONE: Final = Text()
UNITS: Final = (Unit("USD", 9), Unit("tokens", 0))


def uuid7(made_at: int, number: int) -> str:
    """A UUIDv7 of a time in microseconds, distinct by its number."""
    digits = f"{made_at // 1000:012x}7000{0x8000000000000000 + number:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def reservation_id(number: int) -> str:
    """A reservation's id, distinct by its number and ordered by it."""
    return uuid7(START, number)


def amounts(**parts: int) -> tuple[Amount, ...]:
    """Amounts by unit, in the order given."""
    return tuple(Amount(unit, count) for unit, count in parts.items())


def create_organization(units: tuple[Unit, ...] = UNITS, life: int = HOUR, zone: str = "UTC") -> cmd.CreateOrganization:
    """Begin an organization."""
    return cmd.CreateOrganization(units, zone, NONE, life)


def team(path: str) -> cmd.CreatePartition:
    """Add a team."""
    return cmd.CreatePartition(path, Kind.TEAM, NONE)


def agent(path: str) -> cmd.CreatePartition:
    """Add an agent."""
    return cmd.CreatePartition(path, Kind.AGENT, NONE)


def close(path: str, *, cascade: bool = False) -> cmd.ClosePartition:
    """Close a partition."""
    return cmd.ClosePartition(path, cascade, NONE)


def fund(parts: int, unit: str = "USD") -> cmd.Fund:
    """Bring budget in."""
    return cmd.Fund(Amount(unit, parts), NONE)


def defund(parts: int, unit: str = "USD") -> cmd.Defund:
    """Take budget out."""
    return cmd.Defund(Amount(unit, parts), NONE)


def allocate(path: str, parts: int, unit: str = "USD") -> cmd.Allocate:
    """Give to a child."""
    return cmd.Allocate(path, Amount(unit, parts), NONE)


def reclaim(path: str, parts: int, unit: str = "USD") -> cmd.Reclaim:
    """Take back from a child."""
    return cmd.Reclaim(path, Amount(unit, parts), NONE)


def reserve(path: str, number: int = 1, *, ttl: int = 60 * SECOND, chosen: bool = True, **parts: int) -> cmd.Reserve:
    """Hold amounts as reservation `number`."""
    return cmd.Reserve(path, amounts(**parts), ttl, reservation_id(number), chosen, "", "", ())


def commit(number: int = 1, *, confirmed: bool = False, basis: Basis = Basis.NONE, **parts: int) -> cmd.Commit:
    """State the whole cost of reservation `number`; no amounts: what is held."""
    return cmd.Commit(reservation_id(number), amounts(**parts), basis, confirmed)


def claim(
    path: str, number: int = 1, *, key: str = "job", scope: str = "", ttl: int = 60 * SECOND, parts: int = 1
) -> cmd.Reserve:
    """Hold so many USD as reservation `number`, for a piece of work."""
    return replace(reserve(path, number, ttl=ttl, USD=parts), claim_key=key, claim_scope=scope)


def commit_done(number: int = 1, *, result: str = "", ttl: int = 0, parts: int = 1) -> cmd.Commit:
    """State what reservation `number` cost in USD, and that its work is done."""
    return replace(commit(number, USD=parts), done=True, result=result, done_ttl_us=ttl)


def assign(path: str, *, key: str = "job", scope: str = "acme/research", ttl: int = DAY) -> cmd.AssignWork:
    """Give a piece of work to a partition."""
    return cmd.AssignWork(scope, key, path, ttl, NONE)


def unassign(*, key: str = "job", scope: str = "acme/research") -> cmd.UnassignWork:
    """Take an assignment or a done mark back."""
    return cmd.UnassignWork(scope, key, NONE)


def allowance(
    path: str,
    parts: int,
    mode: AllowanceMode = AllowanceMode.REFILL_TO,
    period: Period = Period.DAY,
    *,
    unit: str = "USD",
    week_start: Weekday = Weekday.MONDAY,
    version: int = 0,
) -> cmd.SetAllowance:
    """Fill a partition every period."""
    return cmd.SetAllowance(path, Amount(unit, parts), mode, period, week_start, version)


def no_allowance(path: str, version: int, unit: str = "USD") -> cmd.DeleteAllowance:
    """Fill it no more."""
    return cmd.DeleteAllowance(path, unit, version)


def part(number: int = 1, *, confirmed: bool = False, **parts: int) -> cmd.SettlePart:
    """Record a part of the cost of reservation `number`."""
    return cmd.SettlePart(reservation_id(number), amounts(**parts), Basis.NONE, confirmed)


def release(number: int = 1) -> cmd.Release:
    """Give back what reservation `number` holds."""
    return cmd.Release(reservation_id(number))


def extend(number: int, expires_at: int) -> cmd.Extend:
    """Move the end of reservation `number`."""
    return cmd.Extend(reservation_id(number), expires_at)


def expire(number: int = 1) -> cmd.Expire:
    """End reservation `number` early."""
    return cmd.Expire(reservation_id(number), NONE)


def cap(path: str, limit: int, kind: CapKind = CapKind.LIFETIME, unit: str = "USD", **others: Any) -> cmd.CreateCap:
    """Set a ceiling; a period makes it a calendar window, a length a rolling one."""
    period, length = others.get("period", Period.NONE), others.get("length", 0)
    kind = CapKind.WINDOW if period else CapKind.ROLLING if length else kind
    unit = "" if kind is CapKind.OPEN_RESERVATIONS else unit
    week_start, mode = others.get("week_start", Weekday.MONDAY), others.get("mode", CapMode.ENFORCED)
    return cmd.CreateCap(path, kind, unit, limit, period, week_start, length, others.get("tool", ""), mode)


def update_cap(
    cap_id: int, version: int = 1, *, limit: int | None = None, mode: CapMode | None = None
) -> cmd.UpdateCap:
    """Change a ceiling."""
    return cmd.UpdateCap(cap_id, version, limit, mode)


def delete_cap(cap_id: int, version: int = 1) -> cmd.DeleteCap:
    """Remove a ceiling."""
    return cmd.DeleteCap(cap_id, version)


def charge(path: str, number: int = 0, *, confirmed: bool = False, **parts: int) -> cmd.Charge:
    """Record a cost, of reservation `number` unless that is 0."""
    named = reservation_id(number) if number else ""
    return cmd.Charge(path, amounts(**parts), named, Basis.NONE, confirmed, "", "", NONE)


def refund(number: int = 1, **parts: int) -> cmd.Refund:
    """Give recorded cost of reservation `number` back."""
    return cmd.Refund(reservation_id(number), amounts(**parts), NONE)


def set_tool(name: str, *, version: int = 0, enabled: bool = True, **estimate: int) -> cmd.SetTool:
    """Put a tool into the catalogue, or change it."""
    return cmd.SetTool(name, amounts(**estimate), enabled, version)


def delete_tool(name: str, version: int) -> cmd.DeleteTool:
    """Take a tool out of the catalogue."""
    return cmd.DeleteTool(name, version)


def set_tool_rules(path: str, allowed: str = "", denied: str = "", *, version: int = 0) -> cmd.SetToolRules:
    """Say which tools may be used; lists are words."""
    return cmd.SetToolRules(path, tuple(allowed.split()), tuple(denied.split()), version)


def use(tool: str, path: str, number: int = 1, **parts: int) -> cmd.Reserve:
    """Hold amounts for a tool as reservation `number`; no amounts: the catalogue's estimate."""
    return replace(reserve(path, number), amounts=amounts(**parts), tool=tool)


def pause(path: str, note: str = "") -> cmd.PausePartition:
    """Stop admission in a subtree."""
    return cmd.PausePartition(path, Text.of(note, b"0" * 16) if note else NONE)


def resume(path: str) -> cmd.ResumePartition:
    """Admit again."""
    return cmd.ResumePartition(path, NONE)


def appoint(holder: str, path: str, role: PrincipalRole) -> cmd.SetRole:
    """Give a role, or with `NONE` take it away."""
    return cmd.SetRole(holder, path, role)


def escalate(
    path: str, parts: int, unit: str = "USD", *, ttl: int = 900 * SECOND, carried: Carried | None = None
) -> cmd.RequestEscalation:
    """Ask for budget."""
    return cmd.RequestEscalation(path, Amount(unit, parts), NONE, ttl, () if carried is None else (carried,))


def approve(
    escalation_id: int, parts: int = 0, unit: str = "USD", *, source: str = "", ends_at: int = 0
) -> cmd.ApproveEscalation:
    """Give what was asked for, unless another amount is said."""
    return cmd.ApproveEscalation(escalation_id, Amount(unit, parts) if parts else None, source, ends_at, NONE)


def deny(escalation_id: int) -> cmd.DenyEscalation:
    """Say no."""
    return cmd.DenyEscalation(escalation_id, NONE)


def forward(escalation_id: int) -> cmd.ForwardEscalation:
    """Let the next above decide."""
    return cmd.ForwardEscalation(escalation_id, NONE)


def cancel(escalation_id: int) -> cmd.CancelEscalation:
    """Ask no more."""
    return cmd.CancelEscalation(escalation_id, NONE)


def reallocate(source: str, path: str, parts: int, unit: str = "USD", *, ends_at: int = 0) -> cmd.Reallocate:
    """Move budget sideways."""
    return cmd.Reallocate(source, path, Amount(unit, parts), NONE, ends_at)


def set_policy(
    path: str,
    *,
    request_max: int = 10,
    window_max: int = 20,
    floor: int = 0,
    version: int = 0,
    period: Period = Period.DAY,
    unit: str = "USD",
) -> cmd.SetEscalationPolicy:
    """Authorize beforehand."""
    return cmd.SetEscalationPolicy(path, unit, request_max, window_max, period, floor, version)


def delete_policy(path: str, version: int = 1, unit: str = "USD") -> cmd.DeleteEscalationPolicy:
    """Authorize nothing beforehand."""
    return cmd.DeleteEscalationPolicy(path, unit, version)


def carrying(command: cmd.Reserve, request_id: str) -> Carried:
    """A reservation as an escalation carries it."""
    return Carried(
        request_id,
        fingerprint_of(command).hex(),
        command.path,
        command.amounts,
        command.ttl_us,
        command.reservation_id,
        command.chosen,
        command.tool,
        command.workflow_id,
        command.labels,
        command.claim_scope,
        command.claim_key,
    )


def group(*items: cmd.Single) -> cmd.Group:
    """All or none."""
    return cmd.Group(items)


def fingerprint_of(command: object) -> bytes:
    """What stands for a request's body."""
    return hashlib.sha256(repr(command).encode()).digest()


def contents(book: Book) -> dict[str, Any]:
    """All that a book is, for comparing; a change of it later does not change this."""
    inside = {
        name: list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value
        for name, value in vars(book).items()
        if name not in {"_undo", "_kept", "_due", "_timed", "_caps_above"}
    }
    inside["standing"] = {kind: dict(table) for kind, table in book.standing.items()}
    inside["_workflows"] = {cap_id: dict(known) for cap_id, known in book._workflows.items() if known}
    inside["_filed"] = {kind: dict(filed) for kind, filed in book._filed.items()}
    return inside | {"due": book.ends(), "due_in": {pid: book.next_due_in(pid) for pid in book.partitions}}


class World:
    """One organization, its journal and its clock. Each command is a batch of its own, a microsecond after the last.

    Attributes:
        book: As after the last command.
        journal: Every entry so far.
        known: What request ids are bound to.
        now: The last batch's time, microseconds since 1970.
    """

    def __init__(self, name: str = "acme") -> None:
        self.book = Book(name)
        self.journal: list[Entry] = []
        self.known: dict[Key, Known] = {}
        self.now = START
        self.numbered = 1_000_000  # so that the ids a test makes itself are others

    @property
    def calendar(self) -> Calendar:
        """The organization's."""
        return calendar_of(self.book.organization.time_zone if self.book.organization else "UTC")

    def wait(self, microseconds: int) -> list[Entry]:
        """Time passes, and does what it does by itself."""
        self.now += microseconds
        mark = self.book.mark()
        entries = clockwork.act(self.book, self.now, 1_000_000, self.calendar)
        self._written(entries, mark.position, mark.at)
        return entries

    def ask(
        self,
        command: cmd.Command,
        *,
        principal: str = "ann",
        request_id: str | None = None,
        validate_only: bool = False,
    ) -> Outcome:
        """The outcome of a command; its request id is a new one unless it is given."""
        self.wait(1)
        if request_id is None:
            self.numbered += 1
            request_id = uuid7(self.now, self.numbered)
        request = self.request(command, request_id, principal=principal, validate_only=validate_only)
        mark = self.book.mark()
        outcome, entries = execute(self.book, request, self.now, self.known, self.calendar)
        self._written(list(entries), mark.position, mark.at)
        return outcome

    def request(
        self, command: cmd.Command, request_id: str = "", *, principal: str = "ann", validate_only: bool = False
    ) -> cmd.Request:
        """A command as the request of whoever asks."""
        return cmd.Request(
            self.book.name, principal, request_id, fingerprint_of(command), command, validate_only=validate_only
        )

    def do(self, *commands: cmd.Command) -> Accepted:
        """The outcome of the last of some commands, all of which must be accepted."""
        outcome: Outcome | None = None
        for command in commands:
            outcome = self.ask(command)
            assert isinstance(outcome, Accepted), (command, outcome)
        assert isinstance(outcome, Accepted), "nothing was asked"
        return outcome

    def refused(self, command: cmd.Command, **how: Any) -> Rejected:
        """The refusal of a command, which must be refused; where it was bound, without its position."""
        outcome = self.ask(command, **how)
        assert isinstance(outcome, Rejected), (command, outcome)
        return replace(outcome, position=0)

    def _written(self, entries: list[Entry], position: int, at: int) -> None:
        if entries and entries[0].at > at:
            check_batch(entries, position, at)
        self.journal += entries
        self.book.keep()
        check_book(self.book)
        check_closed(self.book)

    def have(self, path: str, unit: str = "USD") -> tuple[int, int, int]:
        """What a partition itself has available, reserved and spent."""
        balance = self.book.balance(self.book.ids[path], unit)
        return balance.available, balance.reserved, balance.spent

    def subtree(self, path: str, unit: str = "USD") -> tuple[int, int, int]:
        """The same, with all below it."""
        sums = self.book.subtree(self.book.ids[path], unit)
        return sums.available, sums.reserved, sums.spent

    def reservation(self, number: int = 1) -> Reservation:
        """Reservation `number`."""
        return self.book.reservations[reservation_id(number)]

    def escalation(self, escalation_id: int) -> Escalation:
        """An escalation."""
        found: Escalation = self.book.standing[Escalation][escalation_id]
        return found

    def grant(self, escalation_id: int) -> Grant:
        """A time-boxed approval."""
        found: Grant = self.book.standing[Grant][escalation_id]
        return found

    def give_role(self, principal: str, path: str, role: PrincipalRole) -> None:
        """A principal has a role on a partition, whoever gave it."""
        self.book.put_standing(RoleHeld(principal, self.book.ids[path], 1, role))
        self.book.keep()

    def pause(self, path: str, *, over: bool = False) -> None:
        """A partition is paused, whoever did it; or is not any more."""
        self.book.put_standing(Pause(self.book.ids[path], 1, "ann", self.now, NONE, over))
        self.book.keep()

    def status(self, number: int = 1) -> ReservationState:
        """Where reservation `number` is in its life."""
        return self.reservation(number).state


def acme(**given: int) -> World:
    """`acme` with team `acme/research` and agents `scout` and `clerk` in it, who have so many USD and tokens each."""
    world = World()
    world.do(create_organization(), team("acme/research"), agent("acme/research/scout"), agent("acme/research/clerk"))
    for unit, parts in given.items():
        world.do(fund(2 * parts, unit), allocate("acme/research", 2 * parts, unit))
        world.do(allocate("acme/research/scout", parts, unit), allocate("acme/research/clerk", parts, unit))
    return world


SCOUT: Final = "acme/research/scout"
CLERK: Final = "acme/research/clerk"
TEAM: Final = "acme/research"
