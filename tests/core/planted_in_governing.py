"""Faults to be planted in what governs reservations: caps, tools, pauses, claims, and what is told of refusals."""

from collections.abc import Callable
from typing import Final

import pytest

from ledger.core import (
    book,
    capping,
    capping_settings,
    capping_windows,
    claiming,
    claiming_effects,
    counting,
    holding,
    noting,
    pausing,
    settling,
    tooling,
)
from ledger.core.capping_windows import counting_now
from ledger.core.caps import Cap, Count, Counter
from ledger.core.events import WorkClaimed
from ledger.core.reservations import ReservationState
from tests.model import DAY

Patch = pytest.MonkeyPatch


def release_not_counted(patch: Patch) -> None:
    """What a release gives back stays counted under its caps."""
    patch.setattr(holding, "settled", lambda *_, **__: capping.NOTHING)


def window_of_the_settlement(patch: Patch) -> None:
    """A cost counts in the window that runs when it is settled, whenever the hold was opened."""
    whole = capping.settled

    def moved(book, reservation, after, moment, *, resolves):
        counted = whole(book, reservation, after, moment, resolves=resolves)
        if moment is None:
            return counted
        running = []
        for counter_id, amount, comes_to in counted.counts:
            counter = book.standing[Counter].get(counter_id)
            cap = book.standing[Cap].get(counter.cap_id) if counter else None
            now = counting_now(book, cap, counter.workflow_id, moment.at)[0] if cap else None
            where = now or counter
            before = where.counted if where else comes_to - amount
            running.append(Count(where.counter_id if where else counter_id, amount, before + amount))
        return counted._replace(counts=tuple(running))

    patch.setattr(settling, "settled", moved)


def shadow_that_refuses(patch: Patch) -> None:
    """A cap that only watches says no."""
    whole = capping.admitted

    def strict(*given):
        counted = whole(*given)
        shadowed = getattr(counted, "shadowed", ())
        return shadowed[0] if shadowed else counted

    patch.setattr(holding, "admitted", strict)


def pause_of_children_only(patch: Patch) -> None:
    """A pause reaches the partition and its children, and nobody below those."""

    def near(book, pid):
        pauses = [book.path(above) for above in book.lineage[pid][:2] if pausing.pause_of(book, above)]
        return next(iter(pauses), "")

    patch.setattr(pausing, "paused_at", near)


def claim_kept_after_expiry(patch: Patch) -> None:
    """A hold that has ended by time keeps its work."""
    whole = claiming_effects.freed

    def kept(inner, reservation):
        if inner.reservations[reservation.reservation_id].state is not ReservationState.EXPIRED:
            whole(inner, reservation)

    patch.setattr(book, "freed", kept)


def lists_of_parents_ignored(patch: Patch) -> None:
    """Only the lists of the partition itself are looked at."""
    whole = tooling.not_allowed

    def own(inner, pid, tool):
        said = whole(inner, pid, tool)
        return said if said is not None and said.path in {inner.path(pid), inner.name} else None

    patch.setattr(tooling, "not_allowed", own)


def done_mark_ignored(patch: Patch) -> None:
    """Work that is done is claimed again."""
    whole = claiming.claimed

    def again(inner, command, partition):
        said = whole(inner, command, partition)
        if getattr(said, "reason", "") != "WORK_DONE":
            return said
        scope = inner.ids[said.path]
        return WorkClaimed(
            scope, said.path, command.claim_key, partition.partition_id, partition.path, command.reservation_id
        )

    patch.setattr(holding, "claimed", again)


def refund_not_counted(patch: Patch) -> None:
    """What is refunded stays counted under its caps."""
    whole = capping.settled

    def deaf(book, reservation, after, moment, *, resolves):
        if any(line.refunds != reservation.unit(line.unit).refunds for line in after):
            return capping.NOTHING
        return whole(book, reservation, after, moment, resolves=resolves)

    patch.setattr(settling, "settled", deaf)


def caps_of_parents_ignored(patch: Patch) -> None:
    """Only the caps of the partition itself bind."""
    whole = capping_windows.binding
    patch.setattr(capping, "binding", lambda inner, pid: [cap for cap in whole(inner, pid) if cap.partition_id == pid])


def new_cap_sees_no_holds(patch: Patch) -> None:
    """What is held when a cap is made does not count in it."""
    patch.setattr(capping_settings, "holds_in_scope", lambda *_: iter(()))


def rolling_in_six_parts(patch: Patch) -> None:
    """A rolling window is coarser than it says."""
    patch.setattr(counting, "BUCKETS", 6)


def window_begins_anew(patch: Patch) -> None:
    """A window begins where the calendar says, although the one before ran longer."""
    patch.setattr(capping_windows, "_bounds", lambda _, cap, now, calendar: calendar(cap.period, cap.week_start, now))


def done_for_a_day(patch: Patch) -> None:
    """A done mark is forgotten after a day."""
    patch.setattr(claiming, "DONE_KEPT_US", DAY)


def assignment_ignored(patch: Patch) -> None:
    """Work that is assigned to somebody is claimed by anybody."""
    whole = claiming.live

    def unassigned(inner, key):
        found = whole(inner, key)
        return found.without(assignment=True) if found is not None else None

    patch.setattr(claiming, "live", unassigned)


def refusals_flood(patch: Patch) -> None:
    """Every refused reserve is told of."""
    patch.setattr(noting, "NOTED_EVERY_US", 1)


FAULTS: Final[tuple[Callable[[Patch], None], ...]] = (
    release_not_counted,
    shadow_that_refuses,
    pause_of_children_only,
    claim_kept_after_expiry,
    lists_of_parents_ignored,
    done_mark_ignored,
    refund_not_counted,
    caps_of_parents_ignored,
    new_cap_sees_no_holds,
    rolling_in_six_parts,
    window_begins_anew,
    done_for_a_day,
    assignment_ignored,
    refusals_flood,
)
