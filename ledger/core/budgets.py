"""Budgets: what partitions were given and have used, with all below them, and how long the rest will last.

    rate          = what was recorded as cost within the window / the time observed
    exhausted at  = now + available / rate                        where that is before the next refill
                  = now + (available + refill) / rate             else

What is reserved counts as used already: nothing new can be held when nothing is available. Refunds are not taken off
what was burned. Of the refills only the next one is counted, and of that no more than its parent has now. Below three
entries or a minute nothing is foretold. Source: R93.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.core.allowances import Allowance, AllowanceMode
from ledger.core.paths import at_or_below, depth_of, parent_of, tree_key
from ledger.core.reports import Budget, Budgeted, BudgetQuery, Forecast, Ground, Holdings, Node, Sums

SETTLEMENTS_MIN: Final = 3
"""Entries in the window below which nothing is foretold."""

OBSERVED_MIN: Final = 60_000_000
"""Microseconds: what a partition did in its first moments foretells nothing either."""

FORETOLD_MAX: Final = 253_402_300_799_000_000
"""The end of the year 9999: what is later is not said."""

_NOTHING: Final = Holdings()


def budgets_of(query: BudgetQuery, units: tuple[str, ...], ground: Ground) -> tuple[list[Budgeted], int]:
    """The partitions that are shown, in the order of the tree, and how many more there would be."""
    wanted = [unit for unit in units if query.unit in {"", unit}]
    sums = _Subtrees(query.path, ground)
    nodes = sorted(_shown(query, ground), key=lambda node: tree_key(node.path))
    told = [
        Budgeted(
            node.path,
            node.closed,
            paused_at(node.path, ground.paused),
            sums.open[node.path],
            sums.pending[node.path],
            tuple(_budgets(query, wanted, ground, sums, node)),
        )
        for node in nodes[: query.limit]
    ]
    return told, max(0, len(nodes) - query.limit)


def paused_at(path: str, paused: frozenset[str]) -> str:
    """The nearest partition that is paused, the path itself or one above it; empty for none. Source: R61."""
    while path and path not in paused:
        path = parent_of(path)
    return path


def _shown(query: BudgetQuery, ground: Ground) -> Iterator[Node]:
    deepest = None if query.levels is None else depth_of(query.path) + query.levels
    for node in ground.nodes:
        if (query.show_closed or not node.closed) and (deepest is None or depth_of(node.path) <= deepest):
            yield node


class _Subtrees:
    """Sums over each partition and all below it, by path and unit; closed ones are in those above them."""

    def __init__(self, top: str, ground: Ground) -> None:
        self.held: dict[tuple[str, str], Holdings] = {}
        self.burned: dict[tuple[str, str], Sums] = {}
        self.open: Counter[str] = Counter()
        self.pending: Counter[str] = Counter()
        self.allowances = {(one.partition_id, one.unit): one for one in ground.allowances if not one.deleted}
        units: dict[int, list[str]] = defaultdict(list)
        for pid, unit in ground.own:
            units[pid].append(unit)
        for pid, path, *_ in ground.nodes:
            for above in _upwards(path, top):
                self.open[above] += ground.open.get(pid, 0)
                self.pending[above] += ground.pending.get(pid, 0)
                for unit in units[pid]:
                    place = (above, unit)
                    self.held[place] = self.held.get(place, _NOTHING).plus(ground.own[pid, unit])
        self.own_burned: dict[tuple[str, str], int] = {}
        for group, counted in ground.burned:
            self.own_burned[group.path, group.unit] = counted.spent
            for above in _upwards(group.path, top):
                place = (above, group.unit)
                self.burned[place] = self.burned.get(place, Sums()).plus(counted)


def _upwards(path: str, top: str) -> Iterator[str]:
    while at_or_below(path, top):
        yield path
        path = parent_of(path)


def _budgets(query: BudgetQuery, units: list[str], ground: Ground, sums: _Subtrees, node: Node) -> Iterator[Budget]:
    refilled = not node.closed and not paused_at(node.path, ground.paused)  # R75
    parent = ground.parents.get(node.partition_id, 0)
    for unit in units:
        place = (node.path, unit)
        held = sums.held.get(place)
        if held is None:
            continue
        own = ground.own.get((node.partition_id, unit), _NOTHING)
        burned = sums.burned.get(place, Sums())
        pace = Pace(burned, min(query.window, ground.at - node.created_at), sums.own_burned.get(place, 0))
        allowance = sums.allowances.get((node.partition_id, unit)) if refilled else None
        refill = Refill(allowance, own, ground.own.get((parent, unit), _NOTHING).available) if allowance else None
        yield Budget(unit, held, own.available, forecast(held.available, pace, ground.at, refill))


class Pace(NamedTuple):
    """What was burned in a subtree within a time, microseconds; and the partition's own part of that."""

    burned: Sums
    observed: int
    own: int = 0

    @property
    def known(self) -> bool:
        """Whether it is enough to foretell by."""
        enough = self.burned.settlements >= SETTLEMENTS_MIN and self.observed >= OBSERVED_MIN
        return enough and self.burned.spent > 0


class Refill(NamedTuple):
    """What fills a partition; what its own accounts hold, which it looks at; what the parent has available."""

    allowance: Allowance
    own: Holdings
    above: int

    def given(self, used: int) -> int:
        """What it will give, when so much of the partition's own is used until then. Source: R73."""
        wanted = self.allowance.parts
        if self.allowance.mode is AllowanceMode.REFILL_TO:
            wanted -= self.own.available + self.own.reserved - used
        return max(0, min(wanted, self.above))


def forecast(available: int, pace: Pace, now: int, refill: Refill | None = None) -> Forecast:
    """When nothing will be available any more, at the pace observed.

    Args:
        available: To the partition and all below it.
        pace: What was burned, in the time that ends now.
        now: Microseconds since 1970.
        refill: None where nothing fills the partition.

    Source: R93.
    """
    burned, observed = pace.burned, max(pace.observed, 0)
    refill_at, given, exhausted_at = None, 0, None
    if refill is not None:
        refill_at = max(refill.allowance.next_at, now)
        given = refill.given(pace.own * (refill_at - now) // observed if pace.known else 0)
    if pace.known:
        exhausted_at = now + max(available, 0) * observed // burned.spent
        if refill_at is not None and exhausted_at > refill_at:
            exhausted_at = now + (available + given) * observed // burned.spent
        exhausted_at = exhausted_at if exhausted_at <= FORETOLD_MAX else None
    return Forecast(burned.spent, burned.settlements, observed, exhausted_at, refill_at, given)
