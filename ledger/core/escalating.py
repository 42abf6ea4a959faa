"""Escalating: budget is asked for, and given by somebody who may; the only way that it moves sideways.

An escalation is asked for by the partition that is to receive and decided by the coordinators of a partition above it,
or by a policy of that partition. What each entry does to the records is in `escalating_effects`.
"""

from functools import partial
from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.authority import acts_alone, role_on
from ledger.core.calendars import Moment
from ledger.core.covering import uncovered
from ledger.core.escalations import NEXT_ESCALATION_STATE, PENDING_MAX, Escalation, EscalationStep
from ledger.core.events.escalations import EscalationAsked
from ledger.core.journal import Leg, Role
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Partition
from ledger.core.paths import at_or_below, parent_of
from ledger.core.policies import Use, policy_use
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text

if TYPE_CHECKING:
    from ledger.core.book import Book


def decide_request_escalation(book: "Book", command: cmd.RequestEscalation, moment: Moment) -> Change | Rejected:
    """Budget is asked for, and the parent's coordinators may decide; a policy of the parent decides at once.

    Args:
        book: One organization's state. Read, never changed.
        command: The amount is at least 1. What it carries is of the same partition.
        moment: The batch's; what is due has expired already.

    Returns:
        One `EscalationRequested`, after which a policy may approve. Or, in this order: PARTITION_NOT_FOUND,
        NOBODY_ABOVE (the root), UNIT_UNKNOWN, PARTITION_CLOSED, ESCALATIONS_TOO_MANY.

    Source: R63, R69.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    if not partition.parent_id:
        return Rejected(Reason.NOBODY_ABOVE, command.path)  # R63
    unit, parts = command.amount
    assert book.organization is not None, "it has partitions"
    if not book.organization.has(unit):
        return Rejected(Reason.UNIT_UNKNOWN, command.path, unit)  # R2
    if partition.closed:
        return Rejected(Reason.PARTITION_CLOSED, command.path, ask=parent_of(command.path))
    if len(book.filing(Escalation).get(partition.partition_id, ())) >= PENDING_MAX:
        return Rejected(Reason.ESCALATIONS_TOO_MANY, command.path, ask=parent_of(command.path))  # R63
    event = ev.EscalationRequested(
        partition.partition_id,
        partition.path,
        unit,
        parts,
        command.reason,
        moment.at + command.ttl_us,
        partition.parent_id,
        book.path(partition.parent_id),
        command.carried,
    )
    return Change(event, then=partial(_by_policy, escalation_id=book.position + 1))


def decide_approve_escalation(book: "Book", command: cmd.ApproveEscalation, moment: Moment) -> Change | Rejected:
    """The source has given to the partition that asked; with an end, what is not spent by then is owed.

    What the escalation carries is decided next, by `execute`. Where it is refused the escalation is pending as before.

    Args:
        book: One organization's state, with the escalation in it.
        command: No amount: what was asked for. No source: the partition that decides.
        moment: The batch's, and who approves.

    Returns:
        One `EscalationApproved`. Or, in this order: ESCALATION_NOT_FOUND, ESCALATION_DECIDED, ESCALATION_OWN,
        UNIT_UNKNOWN (another unit than was asked for), GRANT_END_PAST, SOURCE_OUTSIDE, PARTITION_NOT_FOUND (source),
        PARTITION_CLOSED (source), BUDGET_EXHAUSTED (source).

    Source: R64, R65, R71, R84.
    """
    escalation = _find(book, command.escalation_id, EscalationStep.APPROVE)
    if isinstance(escalation, Rejected):
        return escalation
    eid, path = escalation.escalation_id, book.path(escalation.partition_id)
    if escalation.requested_by == moment.principal and not acts_alone(book, moment.principal):
        return Rejected(Reason.ESCALATION_OWN, path, escalation_id=eid)  # R84
    amount = command.amount or Amount(escalation.unit, escalation.parts)
    if amount.unit != escalation.unit:
        return Rejected(Reason.UNIT_UNKNOWN, path, amount.unit, escalation_id=eid)
    if command.grant_ends_at and command.grant_ends_at <= moment.at:
        return Rejected(Reason.GRANT_END_PAST, path, escalation_id=eid)
    source = _source(book, command.source or book.path(escalation.decider_id), escalation, moment.principal)
    if isinstance(source, Rejected):
        return source
    if refusal := uncovered(book, source, (amount,), escalation_id=eid):
        return refusal
    return _approved(book, escalation, source, amount.parts, command.grant_ends_at, command.note)


def decide_deny_escalation(book: "Book", command: cmd.DenyEscalation) -> Change | Rejected:
    """The answer is no, and nothing has moved.

    Returns:
        One `EscalationDenied`. Or, in this order: ESCALATION_NOT_FOUND, ESCALATION_DECIDED.

    Source: R64.
    """
    escalation = _find(book, command.escalation_id, EscalationStep.DENY)
    if isinstance(escalation, Rejected):
        return escalation
    pid = escalation.partition_id
    asked = asked_of(book, escalation)
    return Change(ev.EscalationDenied(escalation.escalation_id, pid, book.path(pid), asked, command.note))


def decide_cancel_escalation(book: "Book", command: cmd.CancelEscalation) -> Change | Rejected:
    """Nobody asks any more.

    Returns:
        One `EscalationCancelled`. Or, in this order: ESCALATION_NOT_FOUND, ESCALATION_DECIDED.

    Source: R64.
    """
    escalation = _find(book, command.escalation_id, EscalationStep.CANCEL)
    if isinstance(escalation, Rejected):
        return escalation
    pid = escalation.partition_id
    asked = asked_of(book, escalation)
    return Change(ev.EscalationCancelled(escalation.escalation_id, pid, book.path(pid), asked, command.note))


def decide_forward_escalation(book: "Book", command: cmd.ForwardEscalation) -> Change | Rejected:
    """The coordinators of the next partition above decide, until the same end; a policy of that one decides at once.

    Returns:
        One `EscalationForwarded`, after which a policy may approve. Or, in this order: ESCALATION_NOT_FOUND,
        ESCALATION_DECIDED, NOBODY_ABOVE.

    Source: R64, R66, R69.
    """
    escalation = _find(book, command.escalation_id, EscalationStep.FORWARD)
    if isinstance(escalation, Rejected):
        return escalation
    eid, decider_id = escalation.escalation_id, book.partitions[escalation.decider_id].parent_id
    if not decider_id:
        return Rejected(Reason.NOBODY_ABOVE, book.path(escalation.decider_id), escalation_id=eid)  # R66
    asked = asked_of(book, escalation)._replace(decider=book.path(decider_id), forwards=escalation.forwards + 1)
    pid = escalation.partition_id
    event = ev.EscalationForwarded(eid, pid, book.path(pid), asked, decider_id, command.note)
    return Change(event, then=partial(_by_policy, escalation_id=eid))


def decide_reallocate(book: "Book", command: cmd.Reallocate, moment: Moment) -> Change | Rejected:
    """The source has given to the other partition: an escalation, requested and approved at once.

    Returns:
        One `Reallocated`. Or, in this order: PARTITION_NOT_FOUND (source, then receiver), UNIT_UNKNOWN, SOURCE_OUTSIDE
        (both are one), GRANT_END_PAST, PARTITION_CLOSED (source, then receiver), BUDGET_EXHAUSTED (source).

    Source: R68, R71.
    """
    source, receiver = book.partition(command.source), book.partition(command.path)
    if source is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.source)
    if receiver is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    unit, parts = command.amount
    assert book.organization is not None, "it has partitions"
    if not book.organization.has(unit):
        return Rejected(Reason.UNIT_UNKNOWN, command.path, unit)  # R2
    if source is receiver:
        return Rejected(Reason.SOURCE_OUTSIDE, command.source)
    if command.grant_ends_at and command.grant_ends_at <= moment.at:
        return Rejected(Reason.GRANT_END_PAST, command.path)
    for partition in (source, receiver):
        if partition.closed:
            return Rejected(Reason.PARTITION_CLOSED, partition.path)
    if refusal := uncovered(book, source, (command.amount,)):
        return refusal
    event = ev.Reallocated(
        source.partition_id,
        source.path,
        receiver.partition_id,
        receiver.path,
        unit,
        parts,
        command.reason,
        command.grant_ends_at,
    )
    return Change(event, _given(source.partition_id, receiver.partition_id, unit, parts))


def expired(book: "Book", escalation: Escalation, _moment: Moment) -> Change:
    """R67: nobody decided in time."""
    pid = escalation.partition_id
    return Change(ev.EscalationExpired(escalation.escalation_id, pid, book.path(pid)))


def asked_of(book: "Book", escalation: Escalation) -> EscalationAsked:
    """What an escalation asks for, for the entry that tells what becomes of it."""
    return EscalationAsked(
        escalation.unit,
        escalation.parts,
        escalation.requested_by,
        escalation.requested_at,
        escalation.expires_at,
        book.path(escalation.decider_id),
        escalation.forwards,
        bool(escalation.carried),
    )


def _find(book: "Book", escalation_id: int, step: EscalationStep) -> Escalation | Rejected:
    """The escalation, if the step is allowed in its state. Source: R64."""
    escalation: Escalation | None = book.standing[Escalation].get(escalation_id)
    if escalation is None:
        return Rejected(Reason.ESCALATION_NOT_FOUND, escalation_id=escalation_id)
    if (escalation.state, step) in NEXT_ESCALATION_STATE:
        return escalation
    return Rejected(Reason.ESCALATION_DECIDED, book.path(escalation.partition_id), escalation_id=escalation_id)


def _source(book: "Book", path: str, escalation: Escalation, principal: str) -> Partition | Rejected:
    """R65: the partition that gives lies where the approver decides, and is not the one that asks.

    That is the decider and what lies below it, and more where the approver coordinates above the decider. What lies
    outside is not looked at, so that nothing is told of it.
    """
    eid, top = escalation.escalation_id, book.path(escalation.decider_id)
    for pid in book.lineage[escalation.decider_id]:
        above = book.path(pid)
        if acts_alone(book, principal) or role_on(book, principal, above) >= PrincipalRole.COORDINATOR:
            top = above
    if not at_or_below(path, top) or path == book.path(escalation.partition_id):
        return Rejected(Reason.SOURCE_OUTSIDE, path, escalation_id=eid)
    source = book.partition(path)
    if source is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, path, escalation_id=eid)
    if source.closed:
        return Rejected(Reason.PARTITION_CLOSED, path, escalation_id=eid)
    return source


def _by_policy(book: "Book", moment: Moment, escalation_id: int) -> Change | None:
    """R69: what follows by itself from an escalation's coming before a partition that has a policy."""
    escalation: Escalation = book.standing[Escalation][escalation_id]
    use = policy_use(book, escalation, moment)
    if use is None:
        return None
    decider = book.partitions[escalation.decider_id]
    return _approved(book, escalation, decider, escalation.parts, 0, Text(), use)


def _approved(
    book: "Book",
    escalation: Escalation,
    source: Partition,
    parts: int,
    grant_ends_at: int,
    note: Text,
    use: Use | None = None,
) -> Change:
    """Budget goes from the source to the partition that asked."""
    pid = escalation.partition_id
    event = ev.EscalationApproved(
        escalation_id=escalation.escalation_id,
        partition_id=pid,
        path=book.path(pid),
        asked=asked_of(book, escalation),
        granted=parts,
        source_id=source.partition_id,
        source=source.path,
        grant_ends_at=grant_ends_at,
        policy_id=use.policy.partition_id if use else 0,
        policy=book.path(use.policy.partition_id) if use else "",
        used=use.used if use else 0,
        window_ends_at=use.window_ends_at if use else 0,
        note=note,
    )
    return Change(event, _given(source.partition_id, pid, escalation.unit, parts))


def _given(source_id: int, receiver_id: int, unit: str, parts: int) -> tuple[Leg, Leg]:
    return (source_id, unit, Role.AVAILABLE, -parts), (receiver_id, unit, Role.AVAILABLE, parts)
