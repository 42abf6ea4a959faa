"""Carrying: a refused reservation inside an escalation, as the request that it was. Source: R70."""

from typing import TYPE_CHECKING, Final

from ledger.core import commands as cmd
from ledger.core.escalations import Carried, Escalation
from ledger.core.requests import Key

if TYPE_CHECKING:
    from ledger.core.book import Book

CARRIERS: Final = frozenset({cmd.RequestEscalation, cmd.ApproveEscalation, cmd.ForwardEscalation})
"""Commands by which a carried reservation may come to be decided."""


def carried_request(organization: str, escalation: Escalation) -> cmd.Request | None:
    """The request that an escalation carries, as its requester's; None where it carries none."""
    if not escalation.carried:
        return None
    (carried,) = escalation.carried
    return cmd.Request(
        organization, escalation.requested_by, carried.request_id, bytes.fromhex(carried.fingerprint), _command(carried)
    )


def _command(carried: Carried) -> cmd.Reserve:
    return cmd.Reserve(
        carried.path,
        carried.amounts,
        carried.ttl_us,
        carried.reservation_id,
        carried.chosen,
        carried.tool,
        carried.workflow_id,
        carried.labels,
        carried.claim_scope,
        carried.claim_key,
    )


def carried_keys(book: "Book", request: cmd.Request) -> tuple[Key, ...]:
    """The request ids, beside its own, that a request may bring to an effect."""
    command = request.command
    if isinstance(command, cmd.RequestEscalation):
        return tuple((request.principal, carried.request_id) for carried in command.carried)
    if isinstance(command, cmd.ApproveEscalation | cmd.ForwardEscalation):
        escalation: Escalation | None = book.standing[Escalation].get(command.escalation_id)
        if escalation is not None:
            return tuple((escalation.requested_by, carried.request_id) for carried in escalation.carried)
    return ()


def carried_reservations(book: "Book", request: cmd.Request) -> tuple[str, ...]:
    """The reservation ids that a request may bring to an effect beside those that it names. Source: R42, R70."""
    command = request.command
    carried: tuple[Carried, ...] = ()
    if isinstance(command, cmd.RequestEscalation):
        carried = command.carried
    elif isinstance(command, cmd.ApproveEscalation | cmd.ForwardEscalation):
        escalation: Escalation | None = book.standing[Escalation].get(command.escalation_id)
        carried = () if escalation is None or escalation.ended else escalation.carried
    return tuple(one.reservation_id for one in carried)
