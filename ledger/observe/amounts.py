"""Amounts: budgets, spending, caps and escalations as Prometheus metrics, from one look at an organization.

Amounts are in the unit's natural size, so 1.5 of USD is a dollar and a half. All but `own_available` are of a partition
and everything below it, because an allocation leaves the parent. Several services say the same of one organization,
each as of the position it has seen: rules take the maximum, never the sum.

A sample is a 64-bit float. The one nearest to a quotient of whole numbers is exact to the smallest part below 2**52 of
them: some 4.5 million dollars in nano-dollars, and to the micro-dollar a thousand times as much.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ledger.core.allowances import Allowance
from ledger.core.book import Book
from ledger.core.calendars import Calendar
from ledger.core.capping_windows import Use, use_of
from ledger.core.caps import Cap, CapKind
from ledger.core.escalations import Escalation
from ledger.core.partitions import Partition
from ledger.core.pausing import paused_at
from ledger.observe.text import Board
from ledger.observe.totals import Totals
from ledger.storage.looking import Holds

RESERVATIONS: Final = "reservations"
"""The unit of caps that count reservations."""

_SECOND: Final = 1_000_000


class Organization:
    """What is told of one organization."""

    def __init__(
        self,
        book: Book,
        totals: Totals,
        holds: Iterable[Holds],
        busiest: Mapping[int, int],
        calendar: Callable[[str], Calendar],
        now: int,
    ) -> None:
        """Of a look at a moment.

        Args:
            book: As of the look's position; without reservations, and without the counters of workflows.
            totals: What was spent up to it.
            holds: Open reservations by partition.
            busiest: Of caps for each workflow, what the one that has most of it has.
            calendar: Of a time zone.
            now: Microseconds since 1970.
        """
        assert book.organization is not None, "it was created"
        self._book = book
        self._totals = totals
        self._busiest = busiest
        self._calendar = calendar(book.organization.time_zone)
        self._now = now
        self._units = [(unit.name, 10**unit.scale) for unit in book.organization.units]
        self._scales = {**dict(self._units), "": 1}
        self._open = _rolled(book, {one.partition_id: one.number for one in holds})
        self._debts = {
            name: _rolled(
                book,
                {
                    pid: -has.available
                    for (pid, unit), has in book.balances.items()
                    if unit == name and has.available < 0
                },
            )
            for name, _ in self._units
        }

    def tell(self, board: Board, seen: Sequence[Partition], by_tool: Callable[[Partition], bool]) -> None:
        """Put every sample of the partitions that are seen."""
        name = self._book.name
        board.put("tallystick_position", (name,), self._book.position)
        waiting = self._waiting({partition.partition_id for partition in seen})
        for partition in seen:
            self._tell_one(board, partition, waiting.get(partition.partition_id, ()))
            for unit, scale in self._units:
                self._tell_unit(board, partition, unit, scale)
                if by_tool(partition):
                    for tool, spent in self._totals.by_tool(partition.partition_id, unit):
                        board.put(
                            "tallystick_tool_spent_total", (name, partition.path, unit, tool), spent.spent / scale
                        )
            for cap in self._book.filed(Cap, partition.partition_id):
                self._tell_cap(board, partition, cap)

    def _tell_one(self, board: Board, partition: Partition, waiting: Sequence[Escalation]) -> None:
        labels = (self._book.name, partition.path)
        pid = partition.partition_id
        oldest = min((one.requested_at for one in waiting), default=self._now)
        board.put("tallystick_open_reservations", labels, self._open.get(pid, 0))
        board.put("tallystick_noted_refusals_total", labels, self._totals.refused(pid))
        board.put("tallystick_own_noted_refusals_total", labels, self._totals.own_refused(pid))
        board.put("tallystick_paused", labels, bool(paused_at(self._book, pid)))
        board.put("tallystick_escalations_pending", labels, len(waiting))
        board.put("tallystick_escalations_oldest_age_seconds", labels, max(self._now - oldest, 0) / _SECOND)
        watched = "true" if partition.watched else "false"
        state = self._book.state(partition).lower()
        board.put("tallystick_partition_info", (*labels, partition.kind.lower(), watched, state), 1)

    def _tell_unit(self, board: Board, partition: Partition, unit: str, scale: int) -> None:
        labels = (self._book.name, partition.path, unit)
        pid = partition.partition_id
        if (pid, unit) not in self._book.sums:
            return  # it never had any
        sums, total = self._book.subtree(pid, unit), self._totals.of(pid, unit)
        board.put("tallystick_available", labels, sums.available / scale)
        board.put("tallystick_own_available", labels, self._book.balance(pid, unit).available / scale)
        board.put("tallystick_reserved", labels, sums.reserved / scale)
        board.put("tallystick_allocated", labels, (sums.available + sums.reserved + sums.spent) / scale)
        board.put("tallystick_net_spent", labels, sums.spent / scale)
        board.put("tallystick_overdrawn", labels, self._debts[unit].get(pid, 0) / scale)
        board.put("tallystick_spent_total", labels, total.spent / scale)
        board.put("tallystick_refunded_total", labels, total.refunded / scale)
        for allowance in self._book.filed(Allowance, pid):
            if allowance.unit == unit and not allowance.deleted:
                board.put("tallystick_next_refill_timestamp_seconds", labels, allowance.next_at / _SECOND)

    def _tell_cap(self, board: Board, partition: Partition, cap: Cap) -> None:
        scale = self._scales[cap.unit]
        kind = "_".join(filter(None, (cap.kind.lower(), cap.period.lower())))
        where = (self._book.name, partition.path, cap.unit or RESERVATIONS)
        labels = (*where, str(cap.cap_id), kind, cap.mode.lower(), cap.tool)
        if cap.kind is CapKind.WORKFLOW:
            use = Use(self._busiest.get(cap.cap_id, 0))
        else:
            use = use_of(self._book, cap, self._now, self._calendar)
        board.put("tallystick_cap_limit", labels, cap.limit / scale)
        board.put("tallystick_cap_used", labels, use.used / scale)
        if use.resets_at:
            board.put("tallystick_cap_reset_timestamp_seconds", labels, use.resets_at / _SECOND)

    def _waiting(self, seen: set[int]) -> dict[int, list[Escalation]]:
        """Pending escalations by who is to decide, or the nearest above who is seen."""
        found: dict[int, list[Escalation]] = {}
        for one in self._book.standing[Escalation].values():
            if not one.ended and one.expires_at > self._now:
                shown = next((pid for pid in self._book.lineage[one.decider_id] if pid in seen), 0)
                found.setdefault(shown, []).append(one)
        return found


def _rolled(book: Book, own: Mapping[int, int]) -> dict[int, int]:
    """What partitions have of their own, summed up the tree."""
    sums: dict[int, int] = {}
    for pid, amount in own.items():
        for above in book.lineage[pid]:
            sums[above] = sums.get(above, 0) + amount
    return sums
