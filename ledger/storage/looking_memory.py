"""Looking into a memory store: the same as into a database, from rows that are there already."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.core.caps import Counter as WindowCounter
from ledger.core.events import Charged, RefusalsNoted
from ledger.core.journal import Role
from ledger.core.reservations import ReservationState
from ledger.storage import rows
from ledger.storage.looking import OTHER_TOOLS, SHOWN, Holds, Look, Refusals, Spending
from ledger.storage.rows import Row
from ledger.storage.standing import standing_of
from ledger.storage.store import Head

if TYPE_CHECKING:
    from ledger.storage.memory import MemoryStore


class MemoryLooker:
    """Looks into a memory store, held still meanwhile."""

    def __init__(self, store: "MemoryStore") -> None:
        """Nothing is read yet."""
        self._store = store

    def heads(self) -> dict[str, Head]:
        """As `Looker.heads`."""
        with self._store.guard:
            return {name: kept.head for name, kept in self._store.kept.items() if kept.settings}

    def look(self, organization: str, after: int) -> Look:
        """As `Looker.look`."""
        with self._store.guard:
            kept = self._store.kept_of(organization)
            head, settings, standing = kept.head, kept.settings, dict(kept.standing)
            partitions, balances = sorted(kept.partitions.items()), dict(kept.balances)
            reservations, entries = dict(kept.reservations), {row[1]: row for row in kept.entries[after:]}
            postings = [row for row in kept.postings if row[1] > after]
            looked_at = kept.entries[after - 1][2] if after else 0
        posted = {(row[3], row[4]) for row in postings}
        live = [record for record in (standing_of(row) for row in standing.values() if row[5]) if type(record) in SHOWN]
        busiest: dict[int, int] = {}
        for one in live:
            if isinstance(one, WindowCounter) and one.workflow_id:
                busiest[one.cap_id] = max(busiest.get(one.cap_id, one.counted), one.counted)
        return Look(
            head,
            rows.organization_of(settings) if settings else None,
            [one for one in (rows.partition_of(row) for _, row in partitions) if one.updated_at > looked_at],
            [rows.balance_of(row) for account, row in balances.items() if not after or account in posted],
            [one for one in live if not (isinstance(one, WindowCounter) and one.workflow_id)],
            busiest,
            _holds(reservations),
            _spending([row for row in postings if row[5] == Role.SPENT.value], entries, reservations, standing),
            _refusals(entries.values()),
        )

    def clock(self) -> None:
        """As `Looker.clock`: this machine's is its only one."""

    def close(self) -> None:
        """As `Looker.close`."""


def _holds(reservations: dict[str, Row]) -> list[Holds]:
    ends: dict[int, list[int]] = {}
    for row in reservations.values():
        if row[3] == ReservationState.OPEN.value:
            ends.setdefault(row[2], []).append(row[13])
    return [Holds(pid, len(due), min(due)) for pid, due in ends.items()]


def _spending(
    postings: list[Row], entries: dict[int, Row], reservations: dict[str, Row], standing: dict[tuple[str, str], Row]
) -> list[Spending]:
    into: Counter[tuple[int, str, str]] = Counter()
    out: Counter[tuple[int, str, str]] = Counter()
    for _, position, _, pid, unit, _, amount, *_ in postings:
        held = reservations.get(entries[position][9])
        event = None if held else rows.entry_of(entries[position]).event
        tool = held[7] if held else event.tool if isinstance(event, Charged) else ""
        known = standing.get(("Tool", tool))
        place = (pid, unit, tool if not tool or (known and known[4] < position) else OTHER_TOOLS)
        (into if amount > 0 else out)[place] += abs(amount)
    return [Spending(*place, into[place], out[place]) for place in into.keys() | out.keys()]


def _refusals(entries: Iterable[Row]) -> list[Refusals]:
    counts: Counter[str] = Counter()
    for row in entries:
        if row[3] == RefusalsNoted.__name__:
            event = rows.entry_of(row).event
            assert isinstance(event, RefusalsNoted), "the row says so"
            counts[event.path] += 0 if event.shadow else event.count
    return [Refusals(path, count) for path, count in counts.items() if count]
