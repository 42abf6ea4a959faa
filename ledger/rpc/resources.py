"""Resources: organizations, partitions, reservations and entries, as they are read."""

from collections.abc import Iterable

from ledger.core.allowances import Allowance
from ledger.core.amounts import PARTS_MAX, Amount
from ledger.core.book import Book
from ledger.core.calendars import Period
from ledger.core.capping_windows import Use
from ledger.core.caps import Cap
from ledger.core.claims import Claim, named
from ledger.core.organizations import Organization
from ledger.core.partitions import Partition
from ledger.core.pauses import Pause
from ledger.core.pausing import pause_of, paused_at
from ledger.core.queries import EntryFound, OrganizationFound
from ledger.core.reservations import Reservation, ReservedUnit
from ledger.core.tools import Tool, ToolRules
from ledger.rpc import values
from tallystick.v1 import (
    allowances_pb2,
    caps_pb2,
    claims_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    tools_pb2,
    types_pb2,
)


def settings(organization: Organization) -> organizations_pb2.Organization:
    """An organization's settings, without where its journal stands."""
    return organizations_pb2.Organization(
        name=organization.name,
        display_name=organization.display_name.value,
        units=[types_pb2.Unit(name=unit.name, scale=unit.scale) for unit in organization.units],
        time_zone=organization.time_zone,
        reservation_life_max=values.duration(organization.reservation_life_max_us),
        etag=str(organization.version),
        create_time=values.timestamp(organization.created_at),
        incarnation=organization.incarnation,
    )


def organization(found: OrganizationFound) -> organizations_pb2.Organization:
    """An organization, with where its journal stands."""
    wire = settings(found.organization)
    wire.position = found.position
    wire.quarantined = bool(found.quarantine)
    return wire


def partition(book: Book, found: Partition) -> partitions_pb2.Partition:
    """A partition with its own and its subtree's balances, one line for each unit that ever touched it. Source: R6."""
    pid = found.partition_id
    own, subtree = [], []
    for name, _ in book.organization.units if book.organization else ():
        if (pid, name) not in book.sums:
            continue
        sums = book.subtree(pid, name)
        subtree.append(types_pb2.Balance(unit=name, available=sums.available, reserved=sums.reserved, spent=sums.spent))
        if (has := book.balances.get((pid, name))) is not None:
            own.append(types_pb2.Balance(unit=name, available=has.available, reserved=has.reserved, spent=has.spent))
    wire = partitions_pb2.Partition(
        path=found.path,
        kind=values.KINDS[found.kind],
        state=values.PARTITION_STATES[book.state(found)],
        display_name=found.display_name.value,
        watched=found.watched,
        etag=str(found.version),
        create_time=values.timestamp(found.created_at),
        update_time=values.timestamp(found.updated_at),
        own=own,
        subtree=subtree,
        open_reservations=book.open_holds.get(pid, 0),
        open_children=book.open_children.get(pid, 0),
        paused_at=paused_at(book, pid),
    )
    if (own_pause := pause_of(book, pid)) is not None:
        wire.pause.CopyFrom(pause(own_pause))
    return wire


def pause(found: Pause) -> partitions_pb2.Pause:
    """A partition's own pause."""
    return partitions_pb2.Pause(
        principal=found.principal, time=values.timestamp(found.paused_at), note=found.note.value
    )


def tool(found: Tool) -> tools_pb2.Tool:
    """A tool of the catalogue."""
    return tools_pb2.Tool(
        name=found.name,
        estimate=amounts(found.estimate),
        enabled=found.enabled,
        etag=str(found.version),
        deleted=found.deleted,
    )


def tool_rules(found: ToolRules | None, path: str) -> tools_pb2.ToolRules:
    """A partition's lists; where none were ever set they are empty, and their version is 0."""
    if found is None:
        return tools_pb2.ToolRules(partition=path, etag="0")
    return tools_pb2.ToolRules(partition=path, allowed=found.allowed, denied=found.denied, etag=str(found.version))


def reservation(found: Reservation, path: str, scope: str = "") -> reservations_pb2.Reservation:
    """A reservation as it stands at the position it was read at; one that is due reads as open.

    What it claimed is shown where the path of the claim's scope is given.
    """
    return reservations_pb2.Reservation(
        reservation_id=found.reservation_id,
        partition=path,
        state=values.RESERVATION_STATES[found.state],
        units=lines(found.units),
        basis=values.BASES[found.basis],
        tool=found.tool,
        workflow_id=found.workflow_id,
        labels=dict(found.labels),
        create_time=values.timestamp(found.opened_at),
        expire_time=values.timestamp(found.expires_at),
        resolve_time=values.timestamp(found.resolved_at) if found.resolved_at else None,
        position=found.opened_position,
        principal=found.principal,
        claim=reservations_pb2.WorkClaim(scope=scope, key=named(found.claim).name) if scope else None,
    )


def lines(units: Iterable[ReservedUnit]) -> list[reservations_pb2.ReservedUnit]:
    """A reservation's units."""
    return [
        reservations_pb2.ReservedUnit(
            unit=line.unit,
            held=line.held,
            remaining=line.remaining,
            charged=line.charged,
            actual=line.actual,
            overrun=line.overrun,
            late=line.late,
            charges=line.charges,
            refunded=line.refunds,
        )
        for line in units
    ]


def cap(found: Cap, path: str, use: Use | None = None) -> caps_pb2.Cap:
    """A cap, with its use where that is known."""
    wire = caps_pb2.Cap(
        cap_id=found.cap_id,
        partition=path,
        kind=values.CAP_KINDS[found.kind],
        unit=found.unit,
        limit=found.limit,
        period=values.PERIODS[found.period],
        week_start=values.WEEKDAYS[found.week_start] if found.period is Period.WEEK else None,
        length=values.duration(found.length_us) if found.length_us else None,
        tool=found.tool,
        mode=values.CAP_MODES[found.mode],
        etag=str(found.version),
        create_time=values.timestamp(found.created_at),
        deleted=found.deleted,
    )
    if use is not None:
        wire.used = min(use.used, PARTS_MAX)  # R57
        if use.resets_at:
            wire.reset_time.CopyFrom(values.timestamp(use.resets_at))
        if use.starts_at:
            wire.window_start_time.CopyFrom(values.timestamp(use.starts_at))
    return wire


def amounts(given: Iterable[Amount]) -> list[types_pb2.Amount]:
    """Amounts, in their order."""
    return [types_pb2.Amount(unit=unit, parts=parts) for unit, parts in given]


def allowance(found: Allowance, path: str) -> allowances_pb2.Allowance:
    """An allowance, with what it did last."""
    return allowances_pb2.Allowance(
        partition=path,
        amount=types_pb2.Amount(unit=found.unit, parts=found.parts),
        mode=values.ALLOWANCE_MODES[found.mode],
        period=values.PERIODS[found.period],
        week_start=values.WEEKDAYS[found.week_start] if found.period is Period.WEEK else None,
        next_time=None if found.deleted else values.timestamp(found.next_at),
        last_time=values.timestamp(found.last_at) if found.last_at else None,
        last_given=found.last_given,
        last_shortfall=found.last_shortfall,
        etag=str(found.version),
        deleted=found.deleted,
    )


def claim_state(found: Claim) -> claims_pb2.ClaimState:
    """What has become of a piece of work that has not ended."""
    if found.done_at:
        return claims_pb2.CLAIM_STATE_DONE
    return claims_pb2.CLAIM_STATE_HELD if found.held else claims_pb2.CLAIM_STATE_ASSIGNED


def claim_ends(book: Book, found: Claim) -> int:
    """When a piece of work ends to be held, or to be told of as done; 0 where it is only assigned."""
    return book.reservations[found.reservation_id].expires_at if found.held else found.done_until


def claim(book: Book, found: Claim) -> claims_pb2.Claim:
    """A piece of work that has not ended."""
    ends_at = claim_ends(book, found)
    return claims_pb2.Claim(
        scope=book.path(found.partition_id),
        key=found.name,
        state=claim_state(found),
        partition=book.path(found.holder_id) if found.holder_id else "",
        reservation_id=found.reservation_id,
        end_time=values.timestamp(ends_at) if ends_at else None,
        result=found.result,
        done_time=values.timestamp(found.done_at) if found.done_at else None,
        assignee=book.path(found.assignee_id) if found.assignee_id else "",
        assign_end_time=values.timestamp(found.assigned_until) if found.assignee_id else None,
    )


def entry(found: EntryFound) -> journal_pb2.Entry:
    """An entry as it is stored."""
    one = found.entry
    return journal_pb2.Entry(
        position=one.position,
        time=values.timestamp(one.at),
        kind=found.kind,
        version=found.version,
        principal=one.principal,
        request_id=one.request_id,
        event_json=found.event_json,
        texts=found.texts,
        postings=[
            journal_pb2.Posting(
                partition=found.paths[leg.partition_id],
                unit=leg.unit,
                role=values.ROLES[leg.role],
                amount=leg.amount,
                balance=leg.balance,
                version=leg.version,
            )
            for leg in one.postings
        ],
        digest=found.digest,
    )
