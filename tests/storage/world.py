"""What storage tests share: a scribe who decides commands on a book and makes the batches that a store is given."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ledger.core import commands as cmd
from ledger.core.allowances import Allowance, AllowanceMode
from ledger.core.amounts import Amount, Unit
from ledger.core.book import Book
from ledger.core.calendars import Calendar, Period, Weekday, no_calendar
from ledger.core.caps import Cap, CapKind, CapMode, Counter
from ledger.core.claims import Claim
from ledger.core.decide import execute
from ledger.core.escalations import Carried, Escalation, EscalationState, Grant, Policy
from ledger.core.outcomes import Change, Rejected
from ledger.core.partitions import Kind
from ledger.core.pauses import Pause
from ledger.core.posting import entry_of
from ledger.core.refusals import RefusalNoted
from ledger.core.requests import Key
from ledger.core.reservations import Basis
from ledger.core.roles import PrincipalRole, RoleHeld
from ledger.core.texts import Text
from ledger.core.tools import Tool, ToolRules
from ledger.storage.batch import assemble
from ledger.storage.store import Batch, Head

SECOND = 1_000_000
START = 1_800_000_000 * SECOND
USD = Unit("USD", 9)
TOKENS = Unit("tokens", 0)


def uuid7(number: int, at: int = START) -> str:
    """A UUIDv7 of an instant, the same for the same number."""
    digits = uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex
    stamp = f"{at // 1000:012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{digits[:3]}-a{digits[3:6]}-{digits[6:18]}"


def usd(parts: int) -> Amount:
    """An amount of USD."""
    return Amount("USD", parts)


def reserve(
    path: str, parts: int = 5, *, number: int, ttl: int = 60, tool: str = "", workflow: str = ""
) -> cmd.Reserve:
    """Hold USD under a chosen id."""
    labels = (("run", f'"{number}"'),)
    return cmd.Reserve(path, (usd(parts),), ttl * SECOND, uuid7(number), True, tool, workflow, labels)


def commit(number: int, parts: int) -> cmd.Commit:
    """State the whole cost of a reservation."""
    return cmd.Commit(uuid7(number), (usd(parts),), Basis.MEASURED, confirmed=False)


def founding(name: str = "acme", agents: int = 2) -> list[cmd.Single]:
    """An organization with a team and agents a0, a1 …, who have 1000 each."""
    note = Text.of("first budget, “quoted” \\ and 預算", bytes(16))
    commands: list[cmd.Single] = [
        cmd.CreateOrganization((USD, TOKENS), "UTC", Text.of(name.title(), bytes(range(16))), 3600 * SECOND),
        cmd.Fund(usd(1_000_000), note),
        cmd.CreatePartition(f"{name}/team", Kind.TEAM, Text()),
        cmd.Allocate(f"{name}/team", usd(500_000), Text()),
    ]
    for number in range(agents):
        path = f"{name}/team/a{number}"
        commands += [cmd.CreatePartition(path, Kind.AGENT, Text()), cmd.Allocate(path, usd(1000), Text())]
    return commands


class Scribe:
    """Decides on a book of its own, as a process would, at times of its own choice.

    Attributes:
        head: Where the scribe thinks the journal stands.
        keys: Every request id used, in order.
    """

    def __init__(self, name: str = "acme", principal: str = "local", calendar: Calendar = no_calendar) -> None:
        self.calendar = calendar
        self.book = Book(name)
        self.head = Head()
        self.keys: list[Key] = []
        self._principal = principal

    def request(self, command: cmd.Command, number: int | None = None) -> cmd.Request:
        """A request with the next id, or that of a number."""
        rid = uuid7(10_000 + len(self.keys) if number is None else number)
        self.keys.append((self._principal, rid))
        return cmd.Request(self.book.name, self._principal, rid, repr(command).encode()[:32], command)

    def decide(
        self,
        *commands: cmd.Command,
        at: int = 0,
        probes: Sequence[Key] = (),
        numbers: Sequence[int] = (),
        clock: int = 0,
    ) -> Batch:
        """The batch that these commands come to; the scribe's book moves on."""
        now = max(at, self.book.at + 1, START)
        mark = self.book.mark()
        entries: list[Any] = []
        for place, command in enumerate(commands):
            outcome, written = execute(
                self.book, self.request(command, numbers[place] if numbers else None), now, {}, self.calendar
            )
            assert written, outcome
            entries += written
        batch = assemble(self.book, mark, self.head, entries, probes, clock or now)
        self.head = batch.head
        return batch

    def tell(self, *events: Any) -> Batch:
        """The batch of events that move nothing, whatever would have decided them."""
        now = max(self.book.at + 1, START)
        mark = self.book.mark()
        entries = []
        for event in events:
            posted = entry_of(self.book, Change(event), now)
            assert not isinstance(posted, Rejected), "it moves nothing"
            self.book.advance(*posted)
            entries.append(posted[0])
        batch = assemble(self.book, mark, self.head, entries, (), now)
        self.head = batch.head
        return batch

    def clone(self, principal: str | None = None) -> "Scribe":
        """Another process that knows what this one knows."""
        other = Scribe(self.book.name, principal or self._principal)
        book = self.book
        other.book = Book.load(
            book.name,
            book.organization,
            book.position,
            book.at,
            book.partitions.values(),
            book.balances.items(),
            book.reservations.values(),
            [record for table in book.standing.values() for record in table.values()],
        )
        other.head = self.head
        return other


def stopped(head: Head, finding: str) -> Head:
    """A head in quarantine."""
    return replace(head, quarantine=finding)


# Standing records, as a batch may have them whatever was decided


def governing(batch: Batch, *records: Any) -> Batch:
    """A batch that leaves these standing records too."""
    return replace(batch, standing=(*batch.standing, *records))


def cap(cap_id: int, partition_id: int = 1, **changed: Any) -> Cap:
    """A cap of 100 USD a day."""
    made = Cap(
        cap_id, partition_id, CapKind.WINDOW, "USD", 100, Period.DAY, Weekday.MONDAY, 0, "", CapMode.ENFORCED, 1, START
    )
    return replace(made, **changed)


def counter(counter_id: int, counted: int = 0, **changed: Any) -> Counter:
    """The counter of a cap on the root."""
    return Counter(counter_id, 1, 9, "", "USD", START, START + SECOND, counted, START)._replace(**changed)


def pause(partition_id: int, position: int, note: str = "", **changed: Any) -> Pause:
    """A pause, with a note that was given a salt."""
    return replace(Pause(partition_id, position, "ann", START, Text.of(note, bytes(16))), **changed)


def escalation(escalation_id: int, partition_id: int = 3, decider_id: int = 1, **changed: Any) -> Escalation:
    """Somebody asks for 5 USD, and nobody has decided."""
    reason = Text.of("second “source”", bytes(16))
    nobody = ("", 0, Text(), 0, 0, 0, 0, "", "")
    made = Escalation(
        escalation_id,
        partition_id,
        EscalationState.PENDING,
        "USD",
        5,
        reason,
        "bob",
        START,
        START + SECOND,
        decider_id,
        0,
        (),
        False,
        *nobody,
    )
    return replace(made, **changed)


def examples() -> list[Any]:
    """Two standing records of every kind, one that has ended where it can."""
    amounts, ends = (usd(5), Amount("tokens", 7)), START + SECOND
    carried = Carried(
        uuid7(1), "ff", "acme/a", amounts, SECOND, uuid7(2), True, "web", "w", (("k", '"v"'),), "acme", "job"
    )
    denied: dict[str, Any] = {"state": EscalationState.DENIED, "decided_by": "ann", "note": Text.of("no", bytes(16))}
    return [
        cap(5),
        cap(6, tool="search*", deleted=True),
        counter(2304, 2**62, workflow_id="預算"),
        counter(2560, open=0, over=True),
        Tool("search", 1, 7, amounts, True, 1),
        Tool("we\\b", 1, 8, (), False, 3, True),
        ToolRules(3, 9, ("search", "web_*"), (), 1),
        ToolRules(1, 9, (), ("rm",), 2),
        pause(3, 9, "too fast"),
        pause(1, 9, over=True),
        escalation(7, carried=(carried,)),
        escalation(8, **denied),
        Grant(8, 3, 1, "USD", 5, 5, ends),
        Grant(9, 3, 1, "USD", 5, 0, ends, 12, 0, 3, True),
        Policy(3, "USD", 9, 5, 50, Period.DAY, 0, "ann", 1, 5, ends),
        Policy(3, "tokens", 9, 5, 50, Period.NONE, 0, "ann", 2, 5, 0, True),
        Allowance(3, "USD", 9, 5, AllowanceMode.ADD, Period.WEEK, Weekday.SUNDAY, ends, 0, 0, 0, 1),
        Allowance(3, "tokens", 9, 5, AllowanceMode.REFILL_TO, Period.HOUR, Weekday.MONDAY, ends, 9, 5, 1, 2, True),
        Claim(1, "job/a", 9, 3, uuid7(1)),
        Claim(1, "job b", 9),
        RefusalNoted(3, "BUDGET_EXHAUSTED", 9, START, False, 0),
        RefusalNoted(3, "CAP_REACHED", 9, START, True, 5),
        RoleHeld("ann", 1, 9, PrincipalRole.ADMIN),
        RoleHeld("bob", 1, 9, PrincipalRole.NONE),
    ]
