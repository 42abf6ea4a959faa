"""Rows: records as they lie in tables, and back. A row is a tuple in the order of its table's columns.

Words that many records share, such as units and tools, are one object in memory.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import Any, Final

from ledger.core.amounts import Amount, Unit
from ledger.core.journal import Entry, Posting, Role
from ledger.core.organizations import Organization
from ledger.core.outcomes import Known
from ledger.core.partitions import Balance, Kind, Partition
from ledger.core.queries import EntryFound
from ledger.core.requests import Key
from ledger.core.reservations import Basis, Reservation, ReservationState, ReservedUnit
from ledger.core.texts import Text
from ledger.storage.codec import event_json, load_entry, writer_of
from ledger.storage.store import Account, Batch, Head, Seal, StoredEntry

Row = tuple[Any, ...]

_STATES: Final = {state.value: state for state in ReservationState}
_BASES: Final = {basis.value: basis for basis in Basis}
_KINDS: Final = {kind.value: kind for kind in Kind}
_ROLES: Final = {role.value: role for role in Role}
_units_json: Final = writer_of(tuple[ReservedUnit, ...])
_amounts_json: Final = writer_of(tuple[Amount, ...])
_labels_json: Final = writer_of(tuple[tuple[str, str], ...])
_pins_json: Final = writer_of(tuple[int, ...])
_scales_json: Final = writer_of(tuple[Unit, ...])


def head_row(organization: str, head: Head) -> Row:
    """A row of `heads`."""
    return (
        organization,
        head.position,
        head.at,
        head.chain,
        head.next_due,
        head.format,
        head.incarnation,
        head.quarantine,
    )


def head_of(row: Sequence[Any]) -> Head:
    """The head in a row of `heads`."""
    _, position, at, chain, next_due, newest, incarnation, quarantine = row
    return Head(position, at, bytes(chain), next_due, newest, incarnation, quarantine)


def organization_row(settings: Organization) -> Row:
    """A row of `organizations`."""
    return (
        settings.name,
        _scales_json(settings.units),
        settings.time_zone,
        *settings.display_name,
        settings.reservation_life_max_us,
        settings.version,
        settings.created_at,
        settings.request_ids_since,
        settings.incarnation,
    )


def organization_of(row: Sequence[Any]) -> Organization:
    """The settings in a row of `organizations`."""
    name, units, time_zone, shown, salt, digest, life, version, created, since, incarnation = row
    declared = tuple(Unit(*unit) for unit in json.loads(units))
    return Organization(
        name, declared, time_zone, Text(shown, salt, digest), life, version, created, since, incarnation
    )


def partition_row(organization: str, partition: Partition) -> Row:
    """A row of `partitions`."""
    return (
        organization,
        partition.partition_id,
        partition.path,
        partition.parent_id,
        str(partition.kind),
        partition.closed,
        *partition.display_name,
        partition.version,
        partition.created_at,
        partition.updated_at,
        partition.watched,
    )


def partition_of(row: Sequence[Any]) -> Partition:
    """The partition in a row of `partitions`."""
    _, partition_id, path, parent_id, kind, closed, shown, salt, digest, version, created, updated, watched = row
    name = Text(shown, salt, digest)
    state = _KINDS[kind], bool(closed)
    return Partition(partition_id, path, parent_id, *state, name, version, created, updated, bool(watched))


def balance_rows(batch: Batch) -> list[Row]:
    """Rows of `balances`."""
    organization = batch.organization
    return [(organization, *account, *balance) for account, balance in batch.balances]


def balance_of(row: Sequence[Any]) -> tuple[Account, Balance]:
    """The account and its balances in a row of `balances`."""
    return (row[1], intern(row[2])), Balance(*row[3:])


def accounts_of(row: Sequence[Any]) -> list[tuple[int, str, Role, int]]:
    """The accounts in a row of `balances` that were ever posted to, but for what came from outside."""
    (pid, unit), balance = balance_of(row)
    held = (
        (Role.AVAILABLE, balance.available, balance.available_version),
        (Role.RESERVED, balance.reserved, balance.reserved_version),
        (Role.SPENT, balance.spent, balance.spent_version),
    )
    return [(pid, unit, role, parts) for role, parts, version in held if version]


def posting_of(row: Sequence[Any]) -> Posting:
    """A posting, from partition id, unit, role, amount, balance and version."""
    pid, unit, role, amount, balance, version = row
    return Posting(pid, intern(unit), _ROLES[role], amount, balance, version)


def reservation_row(organization: str, reservation: Reservation) -> Row:
    """A row of `reservations`."""
    committed, labels, pins = reservation.committed, reservation.labels, reservation.pins
    return (
        organization,
        reservation.reservation_id,
        reservation.partition_id,
        str(reservation.state),
        _units_json(reservation.units),
        _amounts_json(committed) if committed else "[]",
        str(reservation.basis),
        reservation.tool,
        reservation.workflow_id,
        _labels_json(labels) if labels else "[]",
        reservation.principal,
        reservation.request_id,
        reservation.opened_at,
        reservation.expires_at,
        reservation.resolved_at,
        reservation.opened_position,
        reservation.last_position,
        _pins_json(pins) if pins else "[]",
        reservation.claim,
    )


def reservation_of(row: Sequence[Any]) -> Reservation:
    """The reservation in a row of `reservations`."""
    _, reservation_id, partition_id, state, units, committed, basis, tool, workflow_id, labels, principal, *rest = row
    request_id, opened_at, expires_at, resolved_at, opened_position, last_position, pins, claim = rest
    return Reservation(
        reservation_id,
        partition_id,
        _STATES[state],
        tuple([ReservedUnit(intern(unit), *parts) for unit, *parts in json.loads(units)]),
        tuple(map(Amount._make, json.loads(committed))) if committed != "[]" else (),
        _BASES[basis],
        intern(tool),
        intern(workflow_id),
        tuple((key, value) for key, value in json.loads(labels)) if labels != "[]" else (),
        intern(principal),
        request_id,
        opened_at,
        expires_at,
        resolved_at,
        opened_position,
        last_position,
        tuple(json.loads(pins)) if pins != "[]" else (),
        claim,
    )


def opened_and_changed(batch: Batch) -> tuple[list[Row], list[Row]]:
    """Rows of `reservations`: those that the batch opened, whose ids must be new, and those that were there."""
    opened: list[Row] = []
    changed: list[Row] = []
    organization, position = batch.organization, batch.expected.position
    for reservation in batch.reservations:
        rows = opened if reservation.opened_position > position else changed
        rows.append(reservation_row(organization, reservation))
    return opened, changed


def created_and_changed(batch: Batch) -> tuple[list[Row], list[Row]]:
    """Rows of `partitions`: those that the batch created, and those that were there."""
    created: list[Row] = []
    changed: list[Row] = []
    for partition in batch.partitions:
        rows = created if partition.partition_id > batch.expected.position else changed
        rows.append(partition_row(batch.organization, partition))
    return created, changed


def entry_rows(batch: Batch) -> list[Row]:
    """Rows of `entries`."""
    organization = batch.organization
    return [_entry_row(organization, stored) for stored in batch.entries]


def _entry_row(organization: str, stored: StoredEntry) -> Row:
    entry = stored.entry
    path = getattr(entry.event, "path", "") or organization
    return (
        organization,
        entry.position,
        entry.at,
        stored.kind,
        stored.version,
        path,
        stored.body,
        stored.digest,
        stored.texts,
        getattr(entry.event, "reservation_id", ""),
    )


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry in a row of `entries`."""
    _, _, at, kind, version, _, body, _, texts, _ = row
    return load_entry(kind, version, bytes(body), at, texts)


def entry_found(row: Sequence[Any], entry: Entry, paths: Mapping[int, str]) -> EntryFound:
    """What a reader wants to see of an entry.

    Args:
        row: Of `entries`.
        entry: The entry in it.
        paths: Paths of partitions by id, those that its postings name among them.
    """
    _, _, _, kind, version, _, _, digest, texts, _ = row
    kept = {name: value for name, (value, _) in json.loads(texts).items()} if texts else {}
    named = {posting.partition_id: paths[posting.partition_id] for posting in entry.postings}
    return EntryFound(entry, kind, version, event_json(entry.event), kept, bytes(digest), named)


def posting_rows(batch: Batch) -> list[Row]:
    """Rows of `postings`."""
    organization = batch.organization
    return [
        (organization, stored.entry.position, line, pid, unit, int(role), amount, balance, version)
        for stored in batch.entries
        for line, (pid, unit, role, amount, balance, version) in enumerate(stored.entry.postings, 1)
    ]


def request_rows(batch: Batch) -> list[Row]:
    """Rows of `request_ids`: each request with the range of entries that it wrote."""
    ranges: dict[Key, list[Any]] = {}
    for stored in batch.entries:
        entry = stored.entry
        if entry.request_id:
            known = ranges.setdefault((entry.principal, entry.request_id), [entry.fingerprint, entry.position, 0])
            known[2] = entry.position
    organization = batch.organization
    return [(organization, *key, *known) for key, known in ranges.items()]


def known_of(rows: Iterable[Sequence[Any]]) -> dict[Key, Known]:
    """What request ids are bound to, from rows of principal, request id, fingerprint and a row of `entries`."""
    found: dict[Key, tuple[bytes, list[Entry]]] = {}
    for principal, request_id, fingerprint, *entry in rows:
        found.setdefault((principal, request_id), (bytes(fingerprint), []))[1].append(entry_of(entry))
    return {key: Known(fingerprint, tuple(written)) for key, (fingerprint, written) in found.items()}


def seal_row(organization: str, seal: Seal) -> Row:
    """A row of `seals`."""
    return organization, seal.last, seal.first, seal.at, seal.format, seal.root, seal.chain


def seal_from(row: Sequence[Any]) -> Seal:
    """The seal in a row of `seals`."""
    _, last, first, at, newest, root, chain = row
    return Seal(first, last, at, newest, bytes(root), bytes(chain))
