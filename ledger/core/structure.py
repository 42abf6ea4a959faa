"""The tree and its settings: creating and changing organizations and partitions."""

from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Kind
from ledger.core.paths import TEAM_DEPTH_MAX, depth_of, parent_of

if TYPE_CHECKING:
    from ledger.core.book import Book


def decide_create_organization(book: "Book", command: cmd.CreateOrganization) -> Change | Rejected:
    """The organization exists, with its root.

    Returns:
        One `OrganizationCreated`. Or ORGANIZATION_EXISTS.

    Source: R2, R9.
    """
    if book.organization is not None:
        return Rejected(Reason.ORGANIZATION_EXISTS, book.name)
    return Change(
        ev.OrganizationCreated(
            book.name, command.units, command.time_zone, command.display_name, command.reservation_life_max_us
        )
    )


def decide_update_organization(book: "Book", command: cmd.UpdateOrganization) -> Change | Rejected:
    """The settings given have replaced the old ones.

    Returns:
        One `OrganizationUpdated`. Or ETAG_MISMATCH.

    Source: R10.
    """
    settings = book.organization
    assert settings is not None, "decide() has looked"
    if command.version != settings.version:
        return Rejected(Reason.ETAG_MISMATCH, book.name)
    return Change(
        ev.OrganizationUpdated(
            name=settings.name,
            units=settings.units,
            time_zone=settings.time_zone if command.time_zone is None else command.time_zone,
            display_name=settings.display_name if command.display_name is None else command.display_name,
            reservation_life_max_us=command.reservation_life_max_us or settings.reservation_life_max_us,
            version=settings.version + 1,
            created_at=settings.created_at,
            incarnation=settings.incarnation,
        )
    )


def decide_create_partition(book: "Book", command: cmd.CreatePartition) -> Change | Rejected:
    """The partition exists, open and empty.

    Returns:
        One `PartitionCreated`. Or, in this order: PARTITION_EXISTS, PARTITION_NOT_FOUND (the parent),
        PARENT_IS_AGENT, PARTITION_CLOSED (the parent), DEPTH_EXCEEDED.

    Source: R7, R8, R32.
    """
    if command.path in book.ids:
        return Rejected(Reason.PARTITION_EXISTS, command.path)
    parent = book.partition(parent_of(command.path))
    if parent is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, parent_of(command.path))
    if parent.kind is Kind.AGENT:
        return Rejected(Reason.PARENT_IS_AGENT, parent.path)
    if parent.closed:
        return Rejected(Reason.PARTITION_CLOSED, parent.path)
    if command.kind is Kind.TEAM and depth_of(command.path) > TEAM_DEPTH_MAX:
        return Rejected(Reason.DEPTH_EXCEEDED, command.path)
    return Change(ev.PartitionCreated(command.path, parent.partition_id, command.kind, command.display_name))


def decide_update_partition(book: "Book", command: cmd.UpdatePartition) -> Change | Rejected:
    """The settings given have replaced the old ones.

    Returns:
        One `PartitionUpdated`. Or, in this order: PARTITION_NOT_FOUND, ETAG_MISMATCH.

    Source: R10.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    if command.version != partition.version:
        return Rejected(Reason.ETAG_MISMATCH, command.path)
    return Change(
        ev.PartitionUpdated(
            partition_id=partition.partition_id,
            path=partition.path,
            kind=partition.kind,
            state=book.state(partition),
            display_name=partition.display_name if command.display_name is None else command.display_name,
            version=partition.version + 1,
            created_at=partition.created_at,
            watched=partition.watched if command.watched is None else command.watched,
        )
    )
