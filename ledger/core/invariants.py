"""Invariants: what must hold whatever was asked. A broken one is a bug of ours, not an answer."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.core.amounts import in_range
from ledger.core.caps import Counter
from ledger.core.claims import Claim
from ledger.core.journal import Entry
from ledger.core.reservations import ReservationState

if TYPE_CHECKING:
    from ledger.core.book import Book
    from ledger.core.standing import Key


class InvariantBroken(Exception):
    """The program has contradicted itself; nothing may be written from here."""


def check_entry(entry: Entry) -> None:
    """The legs of an entry sum to zero in each unit, none is zero, all are in range.

    Raises:
        InvariantBroken: They do not.

    Source: R1, R3; I1, I18.
    """
    sums: dict[str, int] = {}
    for posting in entry.postings:
        _, unit, _, amount, balance, _ = posting
        sums[unit] = sums.get(unit, 0) + amount
        if not amount or not in_range(amount) or not in_range(balance):
            raise InvariantBroken(f"entry {entry.position}: posting {posting} is zero or out of range")
    if any(sums.values()):
        raise InvariantBroken(f"entry {entry.position}: its postings do not sum to zero: {sums}")


def check_batch(entries: Iterable[Entry], position: int, at: int) -> None:
    """A batch continues the journal: positions without a gap, one later time, balanced entries.

    Args:
        entries: What is about to be written.
        position: The journal's last position.
        at: Its last batch's time, microseconds since 1970.

    Raises:
        InvariantBroken: It does not.

    Source: R4, R37; I1, I7.
    """
    times = set()
    for number, entry in enumerate(entries, position + 1):
        if entry.position != number:
            raise InvariantBroken(f"entry {entry.position} stands where {number} should")
        times.add(entry.at)
        check_entry(entry)
    if len(times) > 1 or any(time <= at for time in times):
        raise InvariantBroken(f"batch times {sorted(times)} do not follow {at}")


def check_book(book: "Book") -> None:
    """Everything that must hold of a book, recomputed in full. Slow; for tests and the verifier.

    Raises:
        InvariantBroken: The first that does not.
    """
    _check_conservation(book)
    _check_holds(book)
    _check_sums(book)
    _check_reservations(book)
    _check_counters(book)
    _check_claims(book)
    _check_range(book)


def _check_conservation(book: "Book") -> None:
    totals: dict[str, int] = defaultdict(int)
    for (pid, unit), balance in book.balances.items():
        totals[unit] += balance.available + balance.reserved + balance.spent + balance.issued
        if balance.reserved < 0 or balance.spent < 0 or balance.issued > 0:
            raise InvariantBroken(f"{book.path(pid)}: {unit} {balance} has an impossible sign")
    if any(totals.values()):
        raise InvariantBroken(f"I1: accounts do not sum to zero: {dict(totals)}")


def _check_holds(book: "Book") -> None:
    held: dict[tuple[int, str], int] = defaultdict(int)
    counts: dict[int, int] = defaultdict(int)
    for reservation in book.reservations.values():
        if reservation.state is ReservationState.OPEN:
            counts[reservation.partition_id] += 1
            for line in reservation.units:
                held[reservation.partition_id, line.unit] += line.remaining
    reserved = {account: balance.reserved for account, balance in book.balances.items() if balance.reserved}
    if reserved != {account: amount for account, amount in held.items() if amount}:
        raise InvariantBroken("I3: reserved is not what open reservations hold")
    if dict(counts) != {pid: count for pid, count in book.open_holds.items() if count}:
        raise InvariantBroken("open reservations are miscounted")
    ends = {
        reservation.reservation_id: reservation.expires_at
        for reservation in book.reservations.values()
        if reservation.state is ReservationState.OPEN
    }
    if ends != book.ends():
        raise InvariantBroken("I13: what will end is not what is open")


def _check_sums(book: "Book") -> None:
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for (pid, unit), balance in book.balances.items():
        for above in book.lineage[pid]:
            total = sums[above, unit]
            total[0] += balance.available
            total[1] += balance.reserved
            total[2] += balance.spent
    if any(sums[key] != total for key, total in book.sums.items()) or sums.keys() != book.sums.keys():
        raise InvariantBroken("subtree sums are not the sums of what lies below")


def _check_reservations(book: "Book") -> None:
    for reservation in book.reservations.values():
        for line in reservation.units:
            open_ = reservation.state is ReservationState.OPEN
            if min(line[1:]) < 0:
                raise InvariantBroken(f"I6: {reservation.reservation_id}: {line} has a negative part")
            if not open_ and line.remaining:
                raise InvariantBroken(f"I3: {reservation.reservation_id} is resolved and holds {line.remaining}")
            if line.settled + line.remaining > line.held or line.charged < 0:
                raise InvariantBroken(f"I6: {reservation.reservation_id}: {line} does not add up")


def _check_counters(book: "Book") -> None:
    """I14, as far as a book can tell that has forgotten resolved reservations: what those it knows count is counted."""
    opened: dict[int, int] = defaultdict(int)
    known: dict[int, int] = defaultdict(int)
    counters = book.standing[Counter]
    for reservation in book.reservations.values():
        for pin in reservation.pins:
            counter: Counter | None = counters.get(pin)
            if reservation.state is ReservationState.OPEN:
                opened[pin] += 1
                if counter is None:
                    raise InvariantBroken(f"I14: {reservation.reservation_id} is open, its counter {pin} unknown")
            if counter is not None:
                line = reservation.unit(counter.unit)
                # R55: of a hold older than the cap what it had spent before does not count.
                older = reservation.opened_position < counter.cap_id
                known[pin] += line.remaining if older else line.remaining + line.charged
    for counter in counters.values():
        opens, counts = opened[counter.counter_id], known[counter.counter_id]
        if counter.open != opens or counter.counted < max(0, counts):
            raise InvariantBroken(f"I14: {counter}: {opens} are open, and those known count {counts}")
        if not counter.unit and counter.counted != counter.open:
            raise InvariantBroken(f"I14: {counter} counts others than those that are open")


def _check_claims(book: "Book") -> None:
    """I16: an open reservation that claimed work has it, and what is held is held by an open reservation."""
    claims: dict[Key, Claim] = book.standing[Claim]
    held = {(key, claim.reservation_id, claim.holder_id) for key, claim in claims.items() if claim.held}
    claiming: set[tuple[Key, str, int]] = {
        (reservation.claim, reservation.reservation_id, reservation.partition_id)
        for reservation in book.reservations.values()
        if reservation.claim and reservation.state is ReservationState.OPEN
    }
    if held != claiming or len({key for key, _, _ in claiming}) < len(claiming):
        raise InvariantBroken(f"I16: claims and holds do not match: {held ^ claiming}")
    for key, _, holder in held:
        if claims[key].partition_id not in book.lineage[holder]:
            raise InvariantBroken(f"R76: {key} is held from outside of its scope")


def _check_range(book: "Book") -> None:
    lines = (line for reservation in book.reservations.values() for line in reservation.units)
    sums = (*book.balances.values(), *book.sums.values())
    for numbers in (*sums, *((*line[1:], line.actual) for line in lines)):
        if not all(in_range(number) for number in numbers):
            raise InvariantBroken(f"I18: {numbers} leaves the range")


def check_closed(book: "Book") -> None:
    """R35: a closed partition has nothing available, but for the root's debt."""
    for (pid, unit), balance in book.balances.items():
        partition = book.partitions[pid]
        allowed = balance.available == 0 or (not partition.parent_id and balance.available < 0)
        if partition.closed and not allowed:
            raise InvariantBroken(f"R35: {partition.path} is closed and has {balance.available} {unit} available")
