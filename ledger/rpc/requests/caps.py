"""Requests about caps, as the commands they ask for."""

from sys import intern
from typing import Any

from ledger.core import commands as cmd
from ledger.core.caps import BUCKETS, CapKind
from ledger.rpc import values
from ledger.rpc.problems import InvalidRequest, Violation
from ledger.rpc.requests.fields import masked
from ledger.rpc.wording import choice
from tallystick.v1 import caps_pb2


def create_cap(message: caps_pb2.CreateCapRequest) -> cmd.CreateCap:
    """Each kind has the fields that it needs, and no others. A length is rounded up to parts of whole microseconds."""
    kind = values.CAP_KIND_BY_NUMBER[message.kind]
    period = values.PERIOD_BY_NUMBER[message.period]
    _only_for(message, "unit", given=bool(message.unit), needed=kind is not CapKind.OPEN_RESERVATIONS)
    _only_for(message, "period", given=bool(message.period), needed=kind is CapKind.WINDOW)
    _only_for(message, "length", given=message.HasField("length"), needed=kind is CapKind.ROLLING)
    length = values.microseconds(message.length, "length")
    return cmd.CreateCap(
        path=message.partition,
        kind=kind,
        unit=intern(message.unit),
        limit=message.limit,
        period=period,
        week_start=values.week_start(period, message.week_start),
        length_us=length + -length % BUCKETS,
        tool=message.tool,
        mode=values.CAP_MODE_BY_NUMBER[message.mode],
    )


def _only_for(message: caps_pb2.CreateCapRequest, field: str, *, given: bool, needed: bool) -> None:
    if given != needed:
        enumeration: Any = caps_pb2.CapKind.DESCRIPTOR
        kind = f"a cap of the kind {choice(caps_pb2.CapKind.Name(message.kind), enumeration)}"
        raise InvalidRequest(Violation(field, f"is required for {kind}" if needed else f"is not for {kind}"))


def update_cap(message: caps_pb2.UpdateCapRequest) -> cmd.UpdateCap:
    """A field that the mask names and the message leaves out is set to its default."""
    paths = masked(message, "limit", "mode")
    return cmd.UpdateCap(
        cap_id=message.cap_id,
        version=int(message.etag),
        limit=message.limit if "limit" in paths else None,
        mode=values.CAP_MODE_BY_NUMBER[message.mode] if "mode" in paths else None,
    )


def delete_cap(message: caps_pb2.DeleteCapRequest) -> cmd.DeleteCap:
    """By version."""
    return cmd.DeleteCap(message.cap_id, int(message.etag))
