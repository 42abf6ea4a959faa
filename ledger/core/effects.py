"""Effects: what each event does to the book beyond its postings. One function for each event, and a table.

An open reservation is always in the book. A resolved one may not be: whoever decides about it fetches it first, and
whoever only follows the journal needs no record of it, so an event about an unknown reservation changes nothing here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ledger.core import allotting, appointing, capping_effects, claiming_effects, pausing, tooling
from ledger.core import events as ev
from ledger.core.counting import pinned_open
from ledger.core.escalating_effects import ESCALATION_EFFECTS, cancel_pending
from ledger.core.granting import end_all
from ledger.core.journal import Entry
from ledger.core.organizations import Organization
from ledger.core.partitions import Kind, Partition
from ledger.core.refusals import RefusalNoted
from ledger.core.reservations import Basis, Reservation, ReservationState, ReservedUnit
from ledger.core.texts import Text

if TYPE_CHECKING:
    from ledger.core.book import Book


def _organization_created(book: "Book", entry: Entry, event: ev.OrganizationCreated) -> None:
    book.organization = Organization(
        name=event.name,
        units=event.units,
        time_zone=event.time_zone,
        display_name=event.display_name,
        reservation_life_max_us=event.reservation_life_max_us,
        version=1,
        created_at=entry.at,
        request_ids_since=0,
        incarnation=1,
    )
    book.add_partition(_new(entry, event.name, 0, Kind.ORGANIZATION, event.display_name))


def _organization_updated(book: "Book", _: Entry, event: ev.OrganizationUpdated) -> None:
    assert book.organization is not None, "its first entry creates it"
    book.organization = replace(
        book.organization,
        time_zone=event.time_zone,
        display_name=event.display_name,
        reservation_life_max_us=event.reservation_life_max_us,
        version=event.version,
    )


def _partition_created(book: "Book", entry: Entry, event: ev.PartitionCreated) -> None:
    book.add_partition(_new(entry, event.path, event.parent_id, event.kind, event.display_name))


def _new(entry: Entry, path: str, parent_id: int, kind: Kind, display_name: Text) -> Partition:
    return Partition(
        partition_id=entry.position,
        path=path,
        parent_id=parent_id,
        kind=kind,
        closed=False,
        display_name=display_name,
        version=1,
        created_at=entry.at,
        updated_at=entry.at,
    )


def _partition_updated(book: "Book", entry: Entry, event: ev.PartitionUpdated) -> None:
    partition = book.partitions[event.partition_id]
    settings = replace(partition, display_name=event.display_name, watched=event.watched, version=event.version)
    book.put_partition(replace(settings, updated_at=entry.at))


def _partition_closed(book: "Book", entry: Entry, event: ev.PartitionClosed) -> None:
    partition = book.partitions[event.partition_id]
    book.put_partition(replace(partition, closed=True, version=partition.version + 1, updated_at=entry.at))
    allotting.partition_closed(book, event.partition_id)
    claiming_effects.partition_closed(book, event.partition_id)
    cancel_pending(book, entry, partition.partition_id)
    end_all(book, entry, partition.partition_id)


def _reservation_opened(book: "Book", entry: Entry, event: ev.ReservationOpened) -> None:
    # In the order of declaration, here and for a commit: with names, or by `replace`, it would take ten times as long.
    position = entry.position
    lines = tuple([ReservedUnit(unit, parts, parts) for unit, parts in event.amounts])
    opened = Reservation(
        event.reservation_id,
        event.partition_id,
        ReservationState.OPEN,
        lines,
        (),
        Basis.NONE,
        event.tool,
        event.workflow_id,
        event.labels,
        entry.principal,
        entry.request_id,
        entry.at,
        event.expires_at,
        0,
        position,
        position,
        tuple([counter_id for counter_id, _, _ in entry.counts]) if entry.counts else (),
    )
    book.put_reservation(opened)


def _reservation_extended(book: "Book", entry: Entry, event: ev.ReservationExtended) -> None:
    reservation = book.reservations[event.reservation_id]
    book.put_reservation(replace(reservation, expires_at=event.expires_at, last_position=entry.position))


def _reservation_committed(book: "Book", entry: Entry, event: ev.ReservationCommitted) -> None:
    reservation = book.reservations.get(event.reservation_id)
    if reservation is None:
        return
    committed = Reservation(
        reservation.reservation_id,
        reservation.partition_id,
        event.state,
        event.units,
        event.committed,
        event.basis,
        reservation.tool,
        reservation.workflow_id,
        reservation.labels,
        reservation.principal,
        reservation.request_id,
        reservation.opened_at,
        reservation.expires_at,
        reservation.resolved_at or entry.at,
        reservation.opened_position,
        entry.position,
        _pins(reservation, entry),
        reservation.claim,
    )
    book.put_reservation(committed)


def _reservation_released(book: "Book", entry: Entry, event: ev.ReservationReleased) -> None:
    _resolve(book, entry, event.reservation_id, ReservationState.RELEASED, event.units)


def _reservation_expired(book: "Book", entry: Entry, event: ev.ReservationExpired) -> None:
    _resolve(book, entry, event.reservation_id, ReservationState.EXPIRED, event.units)


def _resolve(
    book: "Book", entry: Entry, reservation_id: str, state: ReservationState, units: tuple[ReservedUnit, ...]
) -> None:
    reservation = book.reservations[reservation_id]
    book.put_reservation(
        replace(reservation, state=state, units=units, resolved_at=entry.at, last_position=entry.position)
    )


def _units_changed(book: "Book", entry: Entry, event: ev.PartSettled | ev.Charged | ev.Refunded) -> None:
    reservation = book.reservations.get(event.reservation_id)
    if reservation is None:
        return
    pins = _pins(reservation, entry)
    if reservation.state is ReservationState.OPEN and pins != reservation.pins:
        pinned_open(book, pins[len(reservation.pins) :])
    book.put_reservation(replace(reservation, units=event.units, last_position=entry.position, pins=pins))


def _pins(reservation: Reservation, entry: Entry) -> tuple[int, ...]:
    """R54: a unit that is added when settling counts from then on, after those that were held."""
    if not entry.counts:
        return reservation.pins
    counted = (count.counter_id for count in entry.counts)
    return (*reservation.pins, *(counter_id for counter_id in counted if counter_id not in reservation.pins))


def _request_ids_pruned(book: "Book", _: Entry, event: ev.RequestIdsPruned) -> None:
    assert book.organization is not None, "its first entry creates it"
    book.organization = replace(book.organization, request_ids_since=event.since)


def _incarnation_begun(book: "Book", _: Entry, event: ev.IncarnationBegun) -> None:
    assert book.organization is not None, "its first entry creates it"
    book.organization = replace(book.organization, incarnation=event.incarnation)


def _refusals_noted(book: "Book", entry: Entry, event: ev.RefusalsNoted) -> None:
    noted = RefusalNoted(event.partition_id, event.reason, entry.position, entry.at, event.shadow, event.cap_id)
    book.put_standing(noted)


def _none(_book: "Book", _entry: Entry, _event: object) -> None:
    """The postings were all."""


EFFECTS: Final[Mapping[type, Callable[["Book", Entry, Any], None]]] = {
    ev.OrganizationCreated: _organization_created,
    ev.OrganizationUpdated: _organization_updated,
    ev.PartitionCreated: _partition_created,
    ev.PartitionUpdated: _partition_updated,
    ev.PartitionClosed: _partition_closed,
    ev.Funded: _none,
    ev.Defunded: _none,
    ev.Allocated: _none,
    ev.Reclaimed: _none,
    ev.ReservationOpened: _reservation_opened,
    ev.ReservationExtended: _reservation_extended,
    ev.PartSettled: _units_changed,
    ev.ReservationCommitted: _reservation_committed,
    ev.CommitRepeated: _none,
    ev.ReservationReleased: _reservation_released,
    ev.ReservationExpired: _reservation_expired,
    ev.Charged: _units_changed,
    ev.Refunded: _units_changed,
    ev.CapCreated: capping_effects.cap_created,
    ev.CapPinned: capping_effects.cap_pinned,
    ev.CountersEnded: capping_effects.counters_ended,
    ev.CapUpdated: capping_effects.cap_updated,
    ev.CapDeleted: capping_effects.cap_deleted,
    ev.AllowanceSet: allotting.allowance_set,
    ev.AllowanceDeleted: allotting.allowance_deleted,
    ev.AllowanceRun: allotting.allowance_run,
    ev.WorkClaimed: claiming_effects.work_claimed,
    ev.WorkDone: claiming_effects.work_done,
    ev.WorkNotMarked: _none,
    ev.WorkAssigned: claiming_effects.work_assigned,
    ev.WorkUnassigned: claiming_effects.work_unassigned,
    ev.ClaimEnded: claiming_effects.claim_ended,
    **ESCALATION_EFFECTS,
    ev.RefusalsNoted: _refusals_noted,
    ev.ToolSet: tooling.tool_set,
    ev.ToolDeleted: tooling.tool_deleted,
    ev.ToolRulesSet: tooling.tool_rules_set,
    ev.PartitionPaused: pausing.partition_paused,
    ev.PartitionResumed: pausing.partition_resumed,
    ev.RoleSet: appointing.role_set,
    ev.RequestRefused: _none,
    ev.RequestRefusedAbout: _none,
    ev.RequestIdsPruned: _request_ids_pruned,
    ev.IncarnationBegun: _incarnation_begun,
}
