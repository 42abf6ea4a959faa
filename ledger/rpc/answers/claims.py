"""Answers about work that is assigned."""

from ledger.core import events as ev
from ledger.core.outcomes import Accepted
from ledger.rpc import values
from ledger.rpc.answers.receipts import only, receipt
from tallystick.v1 import claims_pb2


def work_assigned(name: str, accepted: Accepted) -> claims_pb2.ClaimResponse:
    """The work as it is now: it may be held all the same."""
    event, _ = only(accepted, ev.WorkAssigned)
    response = _work(name, accepted, event, event.scope)
    if not event.reservation_id:
        response.claim.state = claims_pb2.CLAIM_STATE_ASSIGNED
    response.claim.assignee = event.path
    values.set_time(response.claim.assign_end_time, event.assigned_until)
    return response


def work_unassigned(name: str, accepted: Accepted) -> claims_pb2.ClaimResponse:
    """The work as it is now: nobody's, or held still."""
    event, _ = only(accepted, ev.WorkUnassigned)
    return _work(name, accepted, event, event.path)


def _work(
    name: str,
    accepted: Accepted,
    event: ev.WorkAssigned | ev.WorkUnassigned,
    scope: str,
) -> claims_pb2.ClaimResponse:
    wire = claims_pb2.Claim(scope=scope, key=event.name)
    if event.reservation_id:
        wire.state = claims_pb2.CLAIM_STATE_HELD
        wire.partition, wire.reservation_id = event.holder, event.reservation_id
        values.set_time(wire.end_time, event.held_until)
    return claims_pb2.ClaimResponse(receipt=receipt(name, accepted), claim=wire)
