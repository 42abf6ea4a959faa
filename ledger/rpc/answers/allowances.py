"""Answers about allowances."""

from typing import Any

from ledger.core import events as ev
from ledger.core.allowances import Allowance
from ledger.core.outcomes import Accepted
from ledger.rpc import resources
from ledger.rpc.answers.receipts import only, receipt
from tallystick.v1 import allowances_pb2


def allowance_set(name: str, accepted: Accepted) -> allowances_pb2.AllowanceResponse:
    """The allowance as it is now."""
    event, _ = only(accepted, ev.AllowanceSet)
    return _allowance(name, accepted, event, next_at=event.next_at)


def allowance_deleted(name: str, accepted: Accepted) -> allowances_pb2.AllowanceResponse:
    """The allowance as it was, which is due no more."""
    event, _ = only(accepted, ev.AllowanceDeleted)
    return _allowance(name, accepted, event, deleted=True)


def _allowance(
    name: str,
    accepted: Accepted,
    event: Any,  # noqa: ANN401  (one of the two)
    *,
    next_at: int = 0,
    deleted: bool = False,
) -> allowances_pb2.AllowanceResponse:
    made = Allowance(
        partition_id=event.partition_id,
        unit=event.unit,
        position=0,
        parts=event.parts,
        mode=event.mode,
        period=event.period,
        week_start=event.week_start,
        next_at=next_at,
        last_at=event.last_at,
        last_given=event.last_given,
        last_shortfall=event.last_shortfall,
        version=event.version,
        deleted=deleted,
    )
    return allowances_pb2.AllowanceResponse(
        receipt=receipt(name, accepted), allowance=resources.allowance(made, event.path)
    )
