"""Policies: escalations that are approved by themselves, by an authorization given beforehand. Source: R69."""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.calendars import Moment, Weekday
from ledger.core.escalations import Escalation, Policy
from ledger.core.journal import Entry
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Kind, Partition
from ledger.core.pausing import paused_at

if TYPE_CHECKING:
    from ledger.core.book import Book


class Use(NamedTuple):
    """An approval by a policy.

    Attributes:
        policy: Which.
        used: What it has approved in its window with this one.
        window_ends_at: When that window ends, microseconds since 1970.
    """

    policy: Policy
    used: int
    window_ends_at: int


def decide_set_policy(book: "Book", command: cmd.SetEscalationPolicy) -> Change | Rejected:
    """Escalations of this unit that the partition decides are approved by themselves, within these bounds.

    Those that are pending are not: they wait for a person. The window goes on counting, unless its period changes. An
    agent decides none, and so has no policy.

    Returns:
        One `PolicySet`. Or, in this order: PARTITION_NOT_FOUND, PARENT_IS_AGENT, UNIT_UNKNOWN, PARTITION_CLOSED,
        ETAG_MISMATCH.

    Source: R10, R69.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    if partition.kind is Kind.AGENT:
        return Rejected(Reason.PARENT_IS_AGENT, command.path)
    assert book.organization is not None, "it has partitions"
    if not book.organization.has(command.unit):
        return Rejected(Reason.UNIT_UNKNOWN, command.path, command.unit)  # R2
    if partition.closed:
        return Rejected(Reason.PARTITION_CLOSED, command.path)
    before = _policy(book, partition, command.unit)
    if command.version != (0 if before is None or before.deleted else before.version):
        return Rejected(Reason.ETAG_MISMATCH, command.path)  # R10
    event = ev.PolicySet(
        partition.partition_id,
        partition.path,
        command.unit,
        command.request_max,
        command.window_max,
        command.period,
        command.floor,
        1 if before is None else before.version + 1,
    )
    return Change(event)


def decide_delete_policy(book: "Book", command: cmd.DeleteEscalationPolicy) -> Change | Rejected:
    """Nothing of this unit is approved by itself any more.

    Returns:
        One `PolicyDeleted`. Or, in this order: PARTITION_NOT_FOUND, POLICY_NOT_FOUND, ETAG_MISMATCH.

    Source: R10, R69.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    before = _policy(book, partition, command.unit)
    if before is None or before.deleted:
        return Rejected(Reason.POLICY_NOT_FOUND, command.path, command.unit)
    if command.version != before.version:
        return Rejected(Reason.ETAG_MISMATCH, command.path)  # R10
    return Change(ev.PolicyDeleted(partition.partition_id, partition.path, command.unit, before.version + 1))


def policy_use(book: "Book", escalation: Escalation, moment: Moment) -> Use | None:
    """The policy by which an escalation is approved; None where it waits for a person.

    The partition that decides gives, and is open; neither the partition that asks nor one above it is paused (R61); the
    amount is within what one escalation may ask for and within what is left of the window; the floor remains.

    Source: R61, R69.
    """
    decider, parts = book.partitions[escalation.decider_id], escalation.parts
    policy = _policy(book, decider, escalation.unit)
    if policy is None or policy.deleted or decider.closed:
        return None
    if paused_at(book, escalation.partition_id):  # R61
        return None
    if parts > policy.request_max or book.balance(policy.partition_id, policy.unit).available - parts < policy.floor:
        return None
    used, window_ends_at = policy.used, policy.window_ends_at
    if window_ends_at <= moment.at:  # R52: a window that runs stays as it is
        used, window_ends_at = 0, moment.calendar(policy.period, Weekday.MONDAY, moment.at).ends_at
    return Use(policy, used + parts, window_ends_at) if used + parts <= policy.window_max else None


def _policy(book: "Book", partition: Partition, unit: str) -> Policy | None:
    found: Policy | None = book.standing[Policy].get(f"{partition.partition_id}/{unit}")
    return found


# Effects


def policy_set(book: "Book", entry: Entry, event: ev.PolicySet) -> None:
    """A policy approves within new bounds."""
    before: Policy | None = book.standing[Policy].get(f"{event.partition_id}/{event.unit}")
    goes_on = before is not None and before.period is event.period
    policy = Policy(
        partition_id=event.partition_id,
        unit=event.unit,
        position=entry.position if before is None else before.position,
        request_max=event.request_max,
        window_max=event.window_max,
        period=event.period,
        floor=event.floor,
        set_by=entry.principal,
        version=event.version,
        used=before.used if before is not None and goes_on else 0,
        window_ends_at=before.window_ends_at if before is not None and goes_on else 0,
    )
    book.put_standing(policy)


def policy_deleted(book: "Book", _: Entry, event: ev.PolicyDeleted) -> None:
    """A policy approves nothing."""
    before: Policy = book.standing[Policy][f"{event.partition_id}/{event.unit}"]
    book.put_standing(replace(before, version=event.version, deleted=True))


def policy_used(book: "Book", event: ev.EscalationApproved) -> None:
    """R69: what a policy approved counts in its window."""
    policy: Policy = book.standing[Policy][f"{event.policy_id}/{event.asked.unit}"]
    book.put_standing(replace(policy, used=event.used, window_ends_at=event.window_ends_at))
