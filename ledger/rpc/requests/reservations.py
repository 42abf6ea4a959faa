"""Requests about reservations, as the commands they ask for."""

from dataclasses import replace
from sys import intern
from typing import Final

from ledger.core import commands as cmd
from ledger.rpc import values
from ledger.rpc.problems import InvalidRequest, Violation
from tallystick.v1 import reservations_pb2

TTL_DEFAULT_US: Final = 60 * values.SECOND_US


def reserve(message: reservations_pb2.ReserveRequest) -> cmd.Reserve:
    """An id that the caller did not choose is made here; without amounts a tool says what to hold (R60)."""
    if not message.amounts and not message.tool:
        raise InvalidRequest(Violation("amounts", "must have at least one amount, unless a tool is named"))
    chosen = message.reservation_id
    labels = message.labels
    command = cmd.Reserve(  # in the order of declaration: names would double the time
        message.partition,
        values.amounts(message.amounts, "amounts"),
        values.microseconds(message.ttl, "ttl") if message.HasField("ttl") else TTL_DEFAULT_US,
        chosen or values.new_id(),
        bool(chosen),
        intern(message.tool),
        intern(message.workflow_id),
        tuple((key, values.without_nul(value, f'labels["{key}"]')) for key, value in sorted(labels.items()))
        if labels
        else (),
    )
    if not message.HasField("claim"):
        return command
    claim = message.claim
    return replace(command, claim_scope=claim.scope, claim_key=values.work_key(claim.key, "claim.key"))


def commit(message: reservations_pb2.CommitRequest) -> cmd.Commit:
    """No amounts: what is held is the cost. A result, and how long it stands, belong to work that is done."""
    if not message.done:
        for field in ("result", "done_ttl"):
            if message.result if field == "result" else message.HasField("done_ttl"):
                raise InvalidRequest(Violation(field, "is for a commit that says done"))
    return cmd.Commit(
        reservation_id=message.reservation_id,
        actual=values.amounts(message.actual, "actual", least=0),
        basis=values.BASIS_BY_NUMBER[message.basis],
        confirmed=message.confirm_implausible,
        done=message.done,
        result=values.without_nul(message.result, "result"),
        done_ttl_us=values.microseconds(message.done_ttl, "done_ttl") if message.HasField("done_ttl") else 0,
    )


def settle_part(message: reservations_pb2.SettlePartRequest) -> cmd.SettlePart:
    """An increment."""
    return cmd.SettlePart(
        reservation_id=message.reservation_id,
        amounts=values.amounts(message.amounts, "amounts"),
        basis=values.BASIS_BY_NUMBER[message.basis],
        confirmed=message.confirm_implausible,
    )


def release(message: reservations_pb2.ReleaseRequest) -> cmd.Release:
    """The rest."""
    return cmd.Release(message.reservation_id)


def extend(message: reservations_pb2.ExtendRequest) -> cmd.Extend:
    """To an absolute time."""
    return cmd.Extend(message.reservation_id, values.instant(message.expire_time, "expire_time"))


def expire(message: reservations_pb2.ExpireRequest) -> cmd.Expire:
    """Now."""
    return cmd.Expire(message.reservation_id, values.text(message.note, "note"))


def charge(message: reservations_pb2.ChargeRequest) -> cmd.Charge:
    """With a reservation, or without."""
    return cmd.Charge(
        path=message.partition,
        amounts=values.amounts(message.amounts, "amounts"),
        reservation_id=message.reservation_id,
        basis=values.BASIS_BY_NUMBER[message.basis],
        confirmed=message.confirm_implausible,
        tool=message.tool,
        workflow_id=message.workflow_id,
        note=values.text(message.note, "note"),
    )


def refund(message: reservations_pb2.RefundRequest) -> cmd.Refund:
    """Of a reservation."""
    amounts = values.amounts(message.amounts, "amounts")
    return cmd.Refund(message.reservation_id, amounts, values.text(message.note, "note"))
