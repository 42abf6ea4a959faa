"""The core and the naive model in step: one operation after another goes to both, and both must come to the same."""

from collections import Counter
from typing import Any

from ledger.core import clockwork, decide, requests
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.calendars import Calendar, Moment
from ledger.core.capping_windows import room_of_caps
from ledger.core.caps import Cap
from ledger.core.escalations import Grant
from ledger.core.explaining import explained
from ledger.core.invariants import check_batch, check_book, check_entry
from ledger.core.journal import Entry, Role
from ledger.core.outcomes import Accepted, Known, Outcome, Rejected
from ledger.core.reservations import ReservationState
from ledger.sequencer.zones import calendar_of
from tests import strategies
from tests.builders import HOUR, START, contents, fingerprint_of, uuid7
from tests.core.agreeing import compare, seen, wanted
from tests.model import DAY, MINUTE, MOST, Model, Operation
from tests.strategies import ROOT, UNITS, Chooser, often

INTO_DEBT = (ev.ReservationCommitted, ev.PartSettled, ev.Charged, ev.PartitionClosed)
"""I2: what may take somebody's available below zero, or further below; a closing passes a debt on."""


ON_TIME = (ev.ReservationExpired, ev.EscalationExpired, ev.AllowanceRun, ev.ClaimEnded, ev.GrantEnded, ev.CountersEnded)
"""What the clock writes."""

RESOLVING = (ev.ReservationCommitted, ev.ReservationReleased, ev.ReservationExpired)

MARCH, OCTOBER = START + 87 * DAY, START + 297 * DAY
STARTS = (START, START, MARCH + 23 * HOUR - 1, MARCH + DAY + HOUR - MINUTE, OCTOBER + DAY + HOUR - 1)
"""When stories begin: with a year, just before midnight in Berlin, and just before the clocks there change."""


class Lockstep:
    """A book, its journal and a model of it.

    Attributes:
        counted: How often each kind of operation came to each outcome.
    """

    def __init__(self) -> None:
        self.book = Book(ROOT)
        self.model = Model(ROOT)
        self.journal: list[Entry] = []
        self.known: dict[requests.Key, Known] = {}
        self.now = START
        self.asked: list[tuple[str, str, int, Operation]] = []
        self.moved: Counter[tuple[int, str, Role]] = Counter()
        self.balances: Counter[tuple[int, str, Role]] = Counter()
        self.counted: Counter[tuple[str, str]] = Counter()

    @property
    def calendar(self) -> Calendar:
        """The organization's."""
        return calendar_of(self.book.organization.time_zone if self.book.organization else "UTC")

    def begin(self, choose: Chooser) -> None:
        """A tree with budget in it, mostly; else everything starts from nothing."""
        if often(choose, 2):
            return
        self.now = choose.pick(STARTS)
        life, zone = choose.pick(strategies.LIVES), choose.pick(strategies.ZONES)
        self.run(("create_organization", {"units": UNITS, "life": life, "zone": zone}), choose, sure=True)
        kinds = [("acme/a", "TEAM"), ("acme/b", "AGENT"), ("acme/a/a", "AGENT"), ("acme/a/b", "TEAM")]
        if often(choose, 10):  # a shaft, as deep as it may be
            kinds += [("acme/c" + "/a" * depth, "TEAM") for depth in range(8)]
        for path, kind in kinds:
            self.run(("create_partition", {"path": path, "kind": kind}), choose, sure=True)
        if often(choose, 25):
            self._appoint(choose)
        for unit in UNITS:
            self.run(("fund", {"unit": unit, "parts": choose.pick([100, 1000, MOST])}), choose, sure=True)
            for path in ("acme/a", "acme/a/a", "acme/b"):
                parts = choose.pick([15, 40, 300])
                self.run(("allocate", {"path": path, "unit": unit, "parts": parts}), choose, sure=True)
        while often(choose, 50):  # some budget is lent
            self.run(strategies.a_loan(choose, self.now), choose, sure=True)
        if often(choose, 10):  # as many caps as there may be
            for _ in range(20):
                self.run(strategies.wide_cap("acme/b"), choose, sure=True)

    def _appoint(self, choose: Chooser) -> None:
        """From now on it matters who asks: somebody is admin, somebody coordinates, and somebody is an agent."""
        for path, holder, role in [
            (ROOT, "ann", "ADMIN"),
            ("acme/a", "bob", "COORDINATOR"),
            ("acme/a/a", "cid", "AGENT"),
        ]:
            self.run(("set_role", {"path": path, "holder": holder, "role": role}), choose, sure=True)

    def step(self, choose: Chooser, kind: str) -> None:
        """One random operation of a kind, after some time, under a new request id or one that was used."""
        if not self.model.partitions and often(choose, 50):
            kind = "create_organization"
        if often(choose, 90):
            kind = strategies.sensible(kind, self.model)
        self.pass_time(strategies.a_pause(choose, self.model, self.now), choose)
        if self.asked and often(choose, 12):
            self.again(choose)
        else:
            self.run(strategies.KINDS[kind](choose, self.model, self.now), choose)

    def pass_time(self, pause: int, choose: Chooser) -> None:
        """The clock acts, in one batch or in several small ones; then the model does."""
        if not pause:
            return
        self.now += pause
        entries_max = choose.pick([1, 1000, 1000])
        while True:
            position, at = self.book.position, self.book.at
            entries = clockwork.act(self.book, self.now, entries_max, self.calendar)
            check_batch(entries, position, at)
            self._written(tuple(entries))
            for entry in entries:
                assert isinstance(entry.event, ON_TIME), entry
                if isinstance(entry.event, ev.ReservationExpired):
                    assert self.model.holds[entry.event.reservation_id]["ends"] <= self.now, "I13: before its instant"
            self.model.pass_time(self.now, len(entries))
            if not clockwork.is_due(self.book, self.now):
                break
            self.now += 1
        assert not self.model.coming(self.now), "what was due has happened"
        self.compare()

    def again(self, choose: Chooser) -> None:
        """A request id is used again: with the same body or another, by the same principal or another."""
        recent = self.asked[-6:] if often(choose, 80) else self.asked
        groups = [one for one in self.asked if one[3][0] == "group"]
        principal, request_id, made, operation = choose.pick(groups if groups and often(choose, 20) else recent)
        if often(choose, 25):
            operation = strategies.KINDS[choose.pick(list(strategies.KINDS))](choose, self.model, self.now)
        if often(choose, 15):
            principal = choose.pick(strategies.PRINCIPALS)
        self.ask(principal, request_id, made, operation, dry=often(choose, 15))

    def run(self, operation: Operation, choose: Chooser, *, sure: bool = False) -> None:
        """A new request with this operation; now and then a dry run, early, or old, unless it is to be sure."""
        made = self.now
        if not sure and often(choose, 5):
            made += choose.pick([-40 * DAY, -5 * MINUTE, 9 * MINUTE, 12 * MINUTE])
        made -= made % 1000  # as far as an id tells
        principal = strategies.a_principal(choose, self.model, operation)
        request_id = uuid7(made, len(self.asked) + 1)
        if operation[0] in {"prune", "begin_incarnation"} and often(choose, 50):
            request_id = ""
        else:
            self.asked.append((principal, request_id, made, operation))
        self.ask(principal, request_id, made, operation, dry=not sure and often(choose, 15))

    def ask(self, principal: str, request_id: str, made: int, operation: Operation, *, dry: bool) -> None:
        """Both are asked; a first attempt on the book is taken back and must have left nothing."""
        command = strategies.to_command(operation)
        body = fingerprint_of(operation)
        request = cmd.Request(ROOT, principal, request_id, body, command, validate_only=dry)
        before, mark = contents(self.book), self.book.mark()
        attempt = decide.execute(self.book, request, self.now, dict(self.known), self.calendar)
        self.book.rollback(mark)
        assert contents(self.book) == before, "taken back, and something is left"
        outcome, entries = decide.execute(self.book, request, self.now, self.known, self.calendar)
        assert (outcome, entries) == attempt, "the same book decides the same"
        if dry or not entries:
            assert contents(self.book) == before, "I8: nothing was written, and something changed"
        self._written(entries)
        expected = self.model.request(principal, request_id, made, operation, self.now, dry=dry)
        assert seen(outcome) == wanted(expected), (operation, outcome, expected)
        if isinstance(outcome, Rejected) and not outcome.replayed and expected.get("path"):
            assert outcome.path == expected["path"], (operation, outcome)
        self._count(operation, outcome, dry=dry)
        self._explain(request, outcome)
        self.compare()
        if not dry and request_id and not isinstance(operation[1].get("items"), tuple):
            self._same_again(request, outcome)

    def _explain(self, request: cmd.Request, outcome: Outcome) -> None:
        """R81: a refusal can be explained, and only by what there is; so can what a refused group created."""
        if not isinstance(outcome, Rejected):
            return
        moment = Moment(self.now, request.principal, self.calendar)
        told = explained(self.book, outcome, request, moment, room_of_caps)
        assert told == explained(self.book, outcome, request, moment, room_of_caps)
        if outcome.culprit is None:
            return
        assert told.ask in {"", *self.book.ids}, (request, told)
        assert isinstance(request.command, cmd.Group)
        culprit = request.command.items[outcome.culprit]
        if isinstance(culprit, cmd.Reserve) and culprit.path not in self.book.ids and not outcome.replayed:
            self.counted["created and refused", outcome.reason.value] += 1

    def _same_again(self, request: cmd.Request, first: Outcome) -> None:
        """I9: asked at once again, a request that was bound gets an equal answer, and nothing changes."""
        settings = self.book.organization
        pruned = settings is not None and requests.made_at(request.request_id) < settings.request_ids_since
        if pruned or (request.principal, request.request_id) not in self.known:
            return  # a request may have pruned its own id
        before = contents(self.book)
        second, entries = decide.execute(self.book, request, self.now, self.known, self.calendar)
        assert entries == ()
        assert contents(self.book) == before
        if isinstance(first, Accepted):
            assert second == Accepted(first.entries, replayed=True)
        elif first.reason not in {"REQUEST_ID_REUSED", "HOLD_ENDED", "REQUEST_ID_TOO_OLD", "PERMISSION_DENIED"}:
            assert isinstance(second, Rejected)
            assert (second.reason, second.position, second.replayed) == (first.reason, first.position, True)

    def _written(self, entries: tuple[Entry, ...]) -> None:
        """I1, I2, I4, I7, from the journal alone."""
        before = Counter(self.balances)
        for number, entry in enumerate(entries):
            assert entry.position == len(self.journal) + 1
            assert entry.at == self.now
            noted = isinstance(entry.event, ev.RefusalsNoted)  # which is no item's
            if isinstance(entry.event, ev.RefusalsNoted):
                self._about_what_there_is(entry.event)
            assert noted or number == 0 or entry.item >= entries[number - 1].item, "I15: items in order"
            check_entry(entry)
            for posting in entry.postings:
                account = (posting.partition_id, posting.unit, posting.role)
                self.moved[account] += 1
                self.balances[account] += posting.amount
                assert (posting.version, posting.balance) == (self.moved[account], self.balances[account])
            for account in {posting[:3] for posting in entry.postings}:
                if account[2] is Role.AVAILABLE and self.balances[account] < min(0, before[account]):
                    assert isinstance(entry.event, INTO_DEBT), (entry, "I2")
                before[account] = self.balances[account]
            self._named(entry)
            self.journal.append(entry)
            self._count_itself(entry.event)
            if isinstance(entry.event, RESOLVING) and len({posting.partition_id for posting in entry.postings}) > 1:
                self.counted["by itself", "given back to somebody else"] += 1
        self.book.keep()

    def _about_what_there_is(self, event: ev.RefusalsNoted) -> None:
        """R82: what a refused group created was taken back, and nothing is told of it."""
        assert self.book.path(event.partition_id) == event.path
        assert event.asked_path in self.book.ids
        assert not event.cap_id or event.cap_id in self.book.standing[Cap]

    def _named(self, entry: Entry) -> None:
        """No partition's budget changes but of those that the entry names, and of who has it when one is closed."""
        event: Any = entry.event
        named = {getattr(event, name, 0) for name in ("partition_id", "source_id", "parent_id")}
        lenders = {one.source_id for one in self.book.standing[Grant].values() if one.partition_id in named}
        named |= lenders  # who were named when they gave
        for pid in tuple(named - {0}):
            if self.book.partitions[pid].closed:
                named |= set(self.book.lineage[pid])
        assert {posting.partition_id for posting in entry.postings} <= named, (entry, "budget of somebody not named")

    def _count_itself(self, event: Any) -> None:
        """What happened without being the command's own event."""
        what = [type(event).__name__]
        if isinstance(event, ev.EscalationApproved) and event.policy_id:
            what.append("approved by a policy")
        if isinstance(event, ev.EscalatedReserveDecided):
            what.append("opened by an approval" if event.reservation_id else "refused by an approval")
        if isinstance(event, ev.GrantEnded) and event.owed:
            what.append("owed by holds")
        if isinstance(event, ev.RefusalsNoted) and event.shadow:
            what.append("shadow")
        self.counted.update(("by itself", one) for one in what)

    def _count(self, operation: Operation, outcome: Outcome, *, dry: bool) -> None:
        came_to = "ok" if isinstance(outcome, Accepted) else outcome.reason.value
        if outcome.replayed:
            came_to = f"replayed {came_to}"
        self.counted[operation[0], came_to] += 1
        if dry:
            self.counted["dry run", came_to] += 1
        if isinstance(outcome, Accepted) and outcome.entries and operation[0] != "group":
            event = outcome.entries[0].event
            self.counted["event", type(event).__name__] += 1
            if isinstance(event, ev.ReservationCommitted):
                self.counted["commit to", event.state.value] += 1

    def compare(self) -> None:
        """The book is what the model says, and nothing that must hold is broken."""
        compare(self.book, self.model, self.now, len(self.journal))

    def replay(self) -> None:
        """I11: the journal makes the same book from nothing; its projections load as one that answers alike."""
        again = Book(ROOT)
        for entry in self.journal:
            again.apply(entry)
        assert contents(again) == contents(self.book)
        open_ones = [one for one in self.book.reservations.values() if one.state is ReservationState.OPEN]
        loaded = Book.load(
            ROOT,
            self.book.organization,
            self.book.position,
            self.book.at,
            self.book.partitions.values(),
            self.book.balances.items(),
            open_ones,
            [record for table in self.book.standing.values() for record in table.values() if not record.ended],
        )
        for resolved in self.book.reservations.values():
            loaded.adopt(resolved)
        check_book(loaded)
        for table in self.book.standing.values():
            for record in table.values():
                if record.ended:
                    loaded.adopt_standing(record)
        same = ("standing", "order", "ids", "sums", "lineage", "reservations", "due", "due_in")
        ours, theirs = contents(self.book), contents(loaded)
        assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
        for counts in ("open_holds", "open_children"):
            assert +Counter(ours[counts]) == +Counter(theirs[counts])


def run_seed(seed: int, steps: int) -> Lockstep:
    """A seeded run of so many operations, about everything, and something in particular."""
    choose = strategies.Seeded(seed)
    both = Lockstep()
    both.begin(choose)
    kinds = (*strategies.FREQUENT, *strategies.THEMES[seed % len(strategies.THEMES)] * 2)
    for _ in range(steps):
        both.step(choose, choose.pick(kinds))
    both.replay()
    return both
