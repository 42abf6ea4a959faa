"""The book: one organization's state at a journal position. `apply` is the only way it changes.

Every change is noted in an undo list first, so that a batch, a group or a dry run can be taken back whole; what the
list names is also what a batch has touched. Records are frozen and replaced, so an entry costs what it touches.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ledger.core.caps import Cap, Counter
from ledger.core.claiming_effects import freed
from ledger.core.counting import check_counts, follow_counts
from ledger.core.deadlines import Deadlines
from ledger.core.effects import EFFECTS
from ledger.core.escalations import Grant
from ledger.core.granting import follow_grants
from ledger.core.invariants import InvariantBroken
from ledger.core.journal import Entry
from ledger.core.organizations import Organization
from ledger.core.partitions import Balance, Partition, PartitionState, Sums
from ledger.core.paths import tree_key
from ledger.core.posting import Account, Accounts, post
from ledger.core.reservations import Reservation, ReservationState
from ledger.core.standing import KINDS, TIMED, Key, Kind, Named, Standing

_MISSING: Final = object()
_SEVERAL: Final = object()
"""Instead of a key in the undo list: several records of a table, as they were, by key."""
_NOTHING: Final = Balance()
_NO_SUMS: Final = Sums()
_OPEN: Final = ReservationState.OPEN


class Mark(NamedTuple):
    """A moment to go back to, until what came before a later one is kept."""

    noted: int
    position: int
    at: int
    organization: Organization | None


class Touched(NamedTuple):
    """The records that changed since a mark, as they are now."""

    partitions: tuple[Partition, ...]
    balances: tuple[tuple[Account, Balance], ...]
    reservations: tuple[Reservation, ...]
    standing: tuple[Standing, ...]


class StandingTable(dict[Key, Any]):
    """The standing records of one kind, by key."""


class Book:
    """One organization's partitions, balances and reservations at a position.

    Attributes:
        name: The organization's name, which need not exist yet.
        organization: Its settings; None before its first entry.
        position: Of the last entry applied; 0 before the first.
        at: That entry's time, microseconds since 1970.
        partitions: By id, all of them.
        ids: Partition ids by path.
        order: Every path's tree key and the path, sorted.
        balances: Own balances by account.
        sums: Subtree sums by account, each as a list in the order of `Sums`.
        lineage: For each partition its id and those above it, nearest first.
        reservations: Open ones, all of them, and some that are resolved.
        open_holds: How many open reservations each partition has.
        open_children: How many children that are not closed each partition has.
        standing: Standing records by class and key: all that have not ended, and some that have.
    """

    def __init__(self, name: str) -> None:
        """An empty book, before the organization's first entry."""
        self.name = name
        self.organization: Organization | None = None
        self.position = 0
        self.at = 0
        self.partitions: dict[int, Partition] = {}
        self.ids: dict[str, int] = {}
        self.order: list[tuple[str, str]] = []
        self.balances: dict[Account, Balance] = {}
        self.sums: dict[Account, list[int]] = {}
        self.lineage: dict[int, tuple[int, ...]] = {}
        self.reservations: dict[str, Reservation] = {}
        self.open_holds: dict[int, int] = {}
        self.open_children: dict[int, int] = {}
        self.standing: dict[Kind, StandingTable] = {kind: StandingTable() for kind in KINDS}
        self._filed: dict[Kind, dict[Hashable, tuple[Any, ...]]] = {kind: {} for kind in KINDS}
        self._workflows: dict[int, dict[int, None]] = {}
        self._timed = Deadlines()
        self._ended: dict[Named, None] = {}
        self._caps_above: dict[int, tuple[Cap, ...]] = {}
        self._due = Deadlines()
        self._resolved: dict[str, None] = {}
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []
        self._kept = 0

    # Loading

    @classmethod
    def load(
        cls,
        name: str,
        organization: Organization | None,
        position: int,
        at: int,
        partitions: Iterable[Partition],
        balances: Iterable[tuple[Account, Balance]],
        reservations: Iterable[Reservation],
        standing: Iterable[Standing] = (),
    ) -> "Book":
        """The book as its projections say, all read at one position.

        `reservations` are the open ones, `standing` those that have not ended.
        """
        book = cls(name)
        book.organization, book.position, book.at = organization, position, at
        for partition in partitions:
            book._place(partition)
        book.order.sort()
        for account, balance in balances:
            book._sum(account, _NOTHING, balance)
            book.balances[account] = balance
        for reservation in reservations:
            book.reservations[reservation.reservation_id] = reservation
            book._count_hold(reservation.partition_id, 1)
            book._watch(reservation)
        for record in standing:
            book.put_standing(record)
        book.keep()
        return book

    def _place(self, partition: Partition) -> None:
        pid = partition.partition_id
        self.partitions[pid] = partition
        self.ids[partition.path] = pid
        self.order.append((tree_key(partition.path), partition.path))
        self.lineage[pid] = (pid, *self.lineage[partition.parent_id]) if partition.parent_id else (pid,)
        if partition.parent_id and not partition.closed:
            self.open_children[partition.parent_id] = self.open_children.get(partition.parent_id, 0) + 1

    def adopt(self, reservation: Reservation) -> None:
        """Keep a resolved reservation that a command names, as read at this very position."""
        if reservation.reservation_id not in self.reservations:
            self.reservations[reservation.reservation_id] = reservation
            self._resolved[reservation.reservation_id] = None

    def adopt_standing(self, record: Standing) -> None:
        """Keep an ended standing record that a command names, as read at this very position."""
        table = self.standing[type(record)]
        if record.key not in table:
            table[record.key] = record
            self._ended[type(record), record.key] = None

    def has_resolved(self, beyond: int) -> bool:
        """Whether it has more resolved reservations, or ended standing records, than a number."""
        return len(self._resolved) > beyond or len(self._ended) > beyond

    def forget_resolved(self, keep: int) -> None:
        """Drop what was resolved or ended first, beyond a number of each. Only where nothing can be taken back."""
        while len(self._resolved) > keep:
            reservation_id = next(iter(self._resolved))
            del self._resolved[reservation_id], self.reservations[reservation_id]
        while len(self._ended) > keep:
            kind, key = next(iter(self._ended))
            del self._ended[kind, key]
            if (record := self.standing[kind].get(key)) is not None and record.ended:
                del self.standing[kind][key]

    # Reading

    def partition(self, path: str) -> Partition | None:
        """The partition at a path."""
        pid = self.ids.get(path)
        return None if pid is None else self.partitions[pid]

    def balance(self, partition_id: int, unit: str) -> Balance:
        """Own balances in one unit."""
        return self.balances.get((partition_id, unit), _NOTHING)

    def subtree(self, partition_id: int, unit: str) -> Sums:
        """Own balances and those of all below, in one unit. Source: R6."""
        return Sums._make(self.sums.get((partition_id, unit), _NO_SUMS))

    def state(self, partition: Partition) -> PartitionState:
        """Whether a partition admits anything new. Source: R35."""
        if not partition.closed:
            return PartitionState.OPEN
        return PartitionState.CLOSING if self.open_holds.get(partition.partition_id) else PartitionState.CLOSED

    def nearest_open(self, partition: Partition) -> Partition | None:
        """The nearest open partition above."""
        for pid in self.lineage[partition.partition_id][1:]:
            if not self.partitions[pid].closed:
                return self.partitions[pid]
        return None

    def subtree_paths(self, path: str, after: str = "") -> Iterator[str]:
        """The paths at and below one, in the order of the tree, beginning after `after` if that is given."""
        top = tree_key(path)
        place = bisect_right(self.order, (tree_key(after), after)) if after else bisect_left(self.order, (top, path))
        while place < len(self.order):
            key, found = self.order[place]
            if key != top and not key.startswith(top + "\0"):
                return
            yield found
            place += 1

    def next_due(self) -> Reservation | None:
        """The open reservation that ends first, ties by id."""
        due = self._due.first()
        return self.reservations[due[1]] if due else None

    def next_due_in(self, partition_id: int) -> int | None:
        """When the next hold of a partition ends by itself; microseconds since 1970."""
        due = self._due.first_in(partition_id)
        return due[0] if due else None

    def ends(self) -> dict[str, int]:
        """When each open reservation ends by itself; microseconds since 1970."""
        return self._due.all()

    def filed(self, kind: Kind, place: Hashable) -> list[Any]:
        """The standing records of a kind that are looked up by something, by key."""
        table = self.standing[kind]
        return [table[key] for key in self._filed[kind].get(place, ())]

    def filing(self, kind: Kind) -> Mapping[Any, tuple[Any, ...]]:
        """Their keys alone, in order, by what they are looked up by."""
        return self._filed[kind]

    def caps_above(self, partition_id: int) -> tuple[Cap, ...]:
        """The caps of a partition and of those above it, nearest first, as they were created. Source: R50."""
        found = self._caps_above.get(partition_id)
        if found is None:
            above = self.lineage[partition_id]
            found = self._caps_above[partition_id] = tuple(cap for pid in above for cap in self.filed(Cap, pid))
        return found

    def next_standing_due(self) -> Any:  # noqa: ANN401  (a record of any kind)
        """The standing record that time does something to first, ties by kind and key; None where there is none."""
        while self._timed and (due := self._timed.first()) is not None:
            rank, _, key = due[1].partition(" ")
            table = self.standing[TIMED[int(rank)]]
            record = table[key] if key in table else table[int(key)]
            if record.due_at == due[0]:
                return record
            self._time(record)  # a counter that was used since
        return None

    def due_one_after_another(self, kind: Kind, until: int, most: int) -> list[Any]:
        """The standing records that time does something to first, while they are of a kind and due until an instant."""
        found: list[Any] = []
        while len(found) < most and (record := self.next_standing_due()) is not None:
            if type(record) is not kind or record.due_at > until:
                break
            found.append(record)
            self._timed.drop(_timed_name(record), 0, 1)
        for record in found:
            self._time(record)
        return found

    def counters_of(self, cap_id: int) -> list[Counter]:
        """The counters of a cap that are not over, of all workflows, as they were begun."""
        counters = self.standing[Counter]
        filed = self._filed[Counter].get(cap_id) or sorted(self._workflows.get(cap_id, ()))
        return [counters[key] for key in filed]

    # Changing

    def apply(self, entry: Entry) -> None:
        """The book has advanced by an entry of its journal.

        Raises:
            InvariantBroken: The entry does not fit this book: another position, balance or version. Nothing changed.

        Source: R3, R4.
        """
        if entry.position != self.position + 1:
            raise InvariantBroken(f"{self.name}: entry {entry.position} follows position {self.position}")
        accounts: Accounts = {}
        for posting in entry.postings:
            made = post(self.balances, accounts, posting[:4])
            if made != posting:
                raise InvariantBroken(f"{self.name}: entry {entry.position} says {posting}, the book says {made}")
        check_counts(self, entry)
        self.advance(entry, accounts)

    def advance(self, entry: Entry, accounts: Accounts) -> None:
        """The book has advanced by an entry that was worked out from it as it is, and so the accounts that it moves."""
        if self.standing[Grant]:
            follow_grants(self, entry)
        for account, becomes in accounts.items():
            after = Balance._make(becomes)
            self._sum(account, self.balances.get(account, _NOTHING), after)
            self.put(self.balances, account, after)
        self.position, self.at = entry.position, entry.at
        if entry.windows or self.standing[Counter]:
            follow_counts(self, entry)
        effect: Callable[[Book, Entry, Any], None] = EFFECTS[type(entry.event)]
        effect(self, entry, entry.event)

    def _sum(self, account: Account, before: Balance, after: Balance) -> None:
        """The sums above follow a balance. Only new ones are noted: a balance taken back takes its part back."""
        pid, unit = account
        available = after.available - before.available
        reserved = after.reserved - before.reserved
        spent = after.spent - before.spent
        for above in self.lineage[pid]:
            key = account if above == pid else (above, unit)  # one object for both tables
            sums = self.sums.get(key)
            if sums is None:
                self.put(self.sums, key, [available, reserved, spent])
            else:
                sums[0] += available
                sums[1] += reserved
                sums[2] += spent

    def put(self, records: dict[Any, Any], key: object, record: object) -> None:
        """Replace a record, and remember what it was."""
        self._undo.append((records, key, records.get(key, _MISSING)))
        records[key] = record

    def put_counters(self, before: dict[int, Counter], after: dict[int, Counter]) -> None:
        """Counters were used: nothing changed that they are looked up by, or that ends them sooner."""
        counters: dict[Any, Counter] = self.standing[Counter]
        self._undo.append((counters, _SEVERAL, before))
        counters.update(after)

    def add_partition(self, partition: Partition) -> None:
        """A node was created."""
        pid = partition.partition_id
        self.put(self.partitions, pid, partition)
        self.put(self.ids, partition.path, pid)
        insort(self.order, (tree_key(partition.path), partition.path))
        above = self.lineage[partition.parent_id] if partition.parent_id else ()
        self.put(self.lineage, pid, (pid, *above))
        if above:
            self.put(self.open_children, above[0], self.open_children.get(above[0], 0) + 1)

    def put_partition(self, partition: Partition) -> None:
        """A node's settings or state changed."""
        before = self.partitions[partition.partition_id]
        self.put(self.partitions, partition.partition_id, partition)
        if partition.closed and not before.closed and partition.parent_id:
            self.put(self.open_children, partition.parent_id, self.open_children[partition.parent_id] - 1)

    def put_reservation(self, reservation: Reservation) -> None:
        """A reservation was opened, or changed."""
        before = self.reservations.get(reservation.reservation_id)
        self.put(self.reservations, reservation.reservation_id, reservation)
        was_open = before is not None and before.state is _OPEN
        is_open = reservation.state is _OPEN
        if is_open and not was_open:
            self._count_hold(reservation.partition_id, 1)
        if was_open and not is_open:
            self._count_hold(reservation.partition_id, -1)
            self.put(self._resolved, reservation.reservation_id, None)
            if reservation.claim:
                freed(self, reservation)
        self._watch(reservation)

    def put_standing(self, record: Standing) -> None:
        """A standing record was created, or changed."""
        kind, key = type(record), record.key
        table = self.standing[kind]
        before = table.get(key)
        self.put(table, key, record)
        was, now = () if before is None else before.places, record.places
        if was != now:
            self._file(kind, key, was, now)
        if record.ended:
            self.put(self._ended, (kind, key), None)
        if isinstance(record, Counter):
            if record.workflow_id:
                self._file_workflow(record)
                self._time(record)
        elif kind in TIMED:
            self._time(record)
        elif kind is Cap:
            self._caps_above.clear()

    def _file(self, kind: Kind, key: Key, was: tuple[Hashable, ...], now: tuple[Hashable, ...]) -> None:
        filed = self._filed[kind]
        for place in was:
            if place not in now:
                left = tuple(other for other in filed[place] if other != key)
                self.put(filed, place, left)
                if not left:  # noted already, so it can be taken back
                    del filed[place]
        for place in now:
            if place not in was:
                self.put(filed, place, tuple(sorted((*filed.get(place, ()), key))))

    def _file_workflow(self, counter: Counter) -> None:
        """A cap's counters are known that are not over. There may be very many, so they are not filed in tuples."""
        known = self._workflows.setdefault(counter.cap_id, {})
        if counter.over and counter.counter_id in known:
            self._undo.append((known, counter.counter_id, None))
            del known[counter.counter_id]
        elif not counter.over:
            self.put(known, counter.counter_id, None)

    def await_end(self, counter: Counter) -> None:
        """R51: time may end a counter in which nothing is open any more.

        Its use only puts that off, so an end that is known already stands, and is looked at when it comes up: a counter
        that is in use all the time costs nothing here.
        """
        name = _timed_name(counter)
        if name not in self._timed:
            self._timed.put(name, 0, counter.due_at, len(self._timed) + 1)

    def _time(self, record: Standing) -> None:
        """R36: what time will do to a standing record is known."""
        name = _timed_name(record)
        if record.due_at:
            self._timed.put(name, 0, record.due_at, len(self._timed) + 1)
        else:
            self._timed.drop(name, 0, 1)

    def _count_hold(self, pid: int, by: int) -> None:
        self.put(self.open_holds, pid, self.open_holds.get(pid, 0) + by)

    def _watch(self, reservation: Reservation) -> None:
        """R36: an open reservation is known to end, a resolved one is not."""
        pid = reservation.partition_id
        if reservation.state is _OPEN:
            self._due.put(reservation.reservation_id, pid, reservation.expires_at, self.open_holds[pid])
        else:
            self._due.drop(reservation.reservation_id, pid, self.open_holds.get(pid, 0))

    # Taking back

    def mark(self) -> Mark:
        """This moment, to go back to."""
        return Mark(self._kept + len(self._undo), self.position, self.at, self.organization)

    def rollback(self, mark: Mark) -> None:
        """The book is again as it was at the mark."""
        assert mark.noted >= self._kept, "what came before it may be kept, what came after it may not"
        while len(self._undo) > mark.noted - self._kept:
            records, key, before = self._undo.pop()
            if key is _SEVERAL:
                self._take_counters_back(records, before)
                continue
            self._follow_back(records, key, before)
            if before is _MISSING:
                del records[key]
            else:
                records[key] = before
        self.position, self.at, self.organization = mark.position, mark.at, mark.organization

    def _take_counters_back(self, counters: dict[Any, Counter], before: dict[int, Counter]) -> None:
        counters.update(before)
        for counter in before.values():
            if counter.workflow_id:
                self._time(counter)

    def _follow_back(self, records: dict[Any, Any], key: Any, before: Any) -> None:  # noqa: ANN401  (any record)
        """What is worked out from a record follows when it is taken back."""
        if records is self.balances:
            self._sum(key, records[key], _NOTHING if before is _MISSING else before)
        elif records is self.ids:
            del self.order[bisect_left(self.order, (tree_key(key), key))]
            self._caps_above.clear()  # another partition may come to have its number
        elif records is self.reservations:
            pid = records[key].partition_id
            self._due.drop(key, pid, self.open_holds.get(pid, 0))
            if before is not _MISSING:
                self._watch(before)
        elif records is self.standing[Cap]:
            self._caps_above.clear()
        elif type(records) is StandingTable and type(records[key]) in TIMED:
            if before is _MISSING:
                self._timed.drop(_timed_name(records[key]), 0, 1)
            else:
                self._time(before)

    def keep(self, until: Mark | None = None) -> None:
        """What was applied stands: its COMMIT is known. What was applied since a later mark can still be taken back."""
        stands = len(self._undo) if until is None else until.noted - self._kept
        del self._undo[:stands]
        self._kept += stands

    def touched(self, mark: Mark) -> Touched:
        """The records that changed since the mark, each once, as they are now."""
        partitions: dict[int, Partition] = {}
        balances: dict[Account, Balance] = {}
        reservations: dict[str, Reservation] = {}
        standing: dict[Named, Standing] = {}
        counted: dict[Key, Counter] = {}
        for records, key, before in self._undo[mark.noted - self._kept :]:
            if key is _SEVERAL:
                counted.update(before)
            elif type(records) is StandingTable:
                record = records[key]
                standing[type(record), key] = record
            elif records is self.balances:
                balances[key] = self.balances[key]
            elif records is self.reservations:
                reservations[key] = self.reservations[key]
            elif records is self.partitions:
                partitions[key] = self.partitions[key]
        for key in counted:
            standing[Counter, key] = self.standing[Counter][key]
        changed = tuple(partitions.values()), tuple(balances.items()), tuple(reservations.values())
        return Touched(*changed, tuple(standing.values()))

    def path(self, partition_id: int) -> str:
        """The path of a partition."""
        return self.partitions[partition_id].path


def _timed_name(record: Standing) -> str:
    """What a standing record is called among deadlines: in the order of kinds, then keys; numbers sort as numbers."""
    key = record.key
    return f"{TIMED.index(type(record))} {f'{key:019d}' if isinstance(key, int) else key}"
