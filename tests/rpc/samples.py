"""A well-formed request for each method, and every way to spoil one of its fields."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from ledger.rpc.form import _repeated
from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reports_pb2,
    reservations_pb2,
    server_pb2,
    tools_pb2,
    types_pb2,
)

ID: Final = "01a20355-f30e-7cc4-a02e-8677ee38bfc0"
OTHER_ID: Final = "01a20355-f30e-7cc4-a02e-8677ee38bfc1"
AMOUNT: Final = types_pb2.Amount(unit="USD", parts=5)
_SETTLES: Final[dict[str, Any]] = {"organization": "acme", "reservation_id": ID, "request_id": ID}
_MOVES: Final[dict[str, Any]] = {"amount": AMOUNT, "note": "why", "request_id": ID}

RESERVE: Final = reservations_pb2.ReserveRequest(
    partition="acme/scout",
    amounts=[AMOUNT],
    ttl={"seconds": 9},
    request_id=ID,
    reservation_id=ID,
    tool="search",
    workflow_id="w1",
    labels={"team": "blue"},
    claim={"scope": "acme", "key": "job"},
)

_DECIDES: Final[dict[str, Any]] = {"organization": "acme", "escalation_id": 7, "note": "why", "request_id": ID}
_SIDEWAYS: Final[dict[str, Any]] = {"amount": AMOUNT, "reason": "why", "request_id": ID}

SAMPLES: Final[tuple[Message, ...]] = (
    organizations_pb2.CreateOrganizationRequest(
        organization="acme",
        units=[types_pb2.Unit(name="USD", scale=9)],
        time_zone="Europe/Berlin",
        display_name="Acme",
        reservation_life_max={"seconds": 60},
        request_id=ID,
    ),
    organizations_pb2.GetOrganizationRequest(organization="acme"),
    organizations_pb2.ListOrganizationsRequest(page_size=5),
    organizations_pb2.UpdateOrganizationRequest(
        organization="acme",
        update_mask={"paths": ["display_name", "time_zone", "reservation_life_max"]},
        display_name="Acme",
        time_zone="UTC",
        reservation_life_max={"seconds": 60},
        etag="1",
        request_id=ID,
    ),
    partitions_pb2.CreatePartitionRequest(
        partition="acme/scout", kind="PARTITION_KIND_AGENT", display_name="Scout", request_id=ID
    ),
    partitions_pb2.GetPartitionRequest(partition="acme", min_position=1),
    partitions_pb2.ListPartitionsRequest(partition="acme", levels_max=1, page_size=5, min_position=1),
    partitions_pb2.UpdatePartitionRequest(
        partition="acme", update_mask={"paths": ["display_name"]}, display_name="Acme", etag="1", request_id=ID
    ),
    partitions_pb2.ClosePartitionRequest(partition="acme", note="why", request_id=ID),
    partitions_pb2.FundRequest(organization="acme", **_MOVES),
    partitions_pb2.DefundRequest(organization="acme", **_MOVES),
    partitions_pb2.AllocateRequest(partition="acme/scout", **_MOVES),
    partitions_pb2.ReclaimRequest(partition="acme/scout", **_MOVES),
    RESERVE,
    reservations_pb2.CommitRequest(
        actual=[AMOUNT],
        basis=types_pb2.BASIS_MEASURED,
        done=True,
        result="s3://x",
        done_ttl={"seconds": 60},
        **_SETTLES,
    ),
    reservations_pb2.SettlePartRequest(amounts=[AMOUNT], basis=types_pb2.BASIS_MEASURED, **_SETTLES),
    reservations_pb2.ReleaseRequest(**_SETTLES),
    reservations_pb2.ExtendRequest(expire_time={"seconds": 1_900_000_000}, **_SETTLES),
    reservations_pb2.ExpireRequest(note="why", **_SETTLES),
    reservations_pb2.ChargeRequest(
        partition="acme/scout",
        amounts=[AMOUNT],
        reservation_id=ID,
        basis=types_pb2.BASIS_MEASURED,
        tool="search",
        workflow_id="w1",
        note="why",
        request_id=ID,
    ),
    reservations_pb2.RefundRequest(amounts=[AMOUNT], note="why", **_SETTLES),
    partitions_pb2.PausePartitionRequest(partition="acme/scout", note="why", request_id=ID),
    partitions_pb2.ResumePartitionRequest(partition="acme/scout", note="why", request_id=ID),
    tools_pb2.SetToolRequest(organization="acme", name="search", estimate=[AMOUNT], etag="0", request_id=ID),
    tools_pb2.DeleteToolRequest(organization="acme", name="search", etag="1", request_id=ID),
    tools_pb2.ListToolsRequest(organization="acme", min_position=1),
    tools_pb2.SetToolRulesRequest(partition="acme", allowed=["web_*"], denied=["web_admin"], etag="0", request_id=ID),
    tools_pb2.GetToolRulesRequest(partition="acme", min_position=1),
    reservations_pb2.GetReservationRequest(organization="acme", reservation_id=ID, min_position=1),
    reservations_pb2.ListReservationsRequest(
        partition="acme",
        states=[reservations_pb2.RESERVATION_STATE_OPEN],
        tool="search",
        workflow_id="w1",
        create_time_from={"seconds": 1},
        create_time_before={"seconds": 2},
        expire_time_before={"seconds": 3},
        page_size=5,
        min_position=1,
    ),
    caps_pb2.CreateCapRequest(
        partition="acme/scout",
        kind="CAP_KIND_WINDOW",
        unit="USD",
        limit=5,
        period="PERIOD_WEEK",
        week_start="WEEKDAY_SUNDAY",
        tool="search*",
        mode="CAP_MODE_SHADOW",
        request_id=ID,
    ),
    caps_pb2.UpdateCapRequest(
        organization="acme",
        cap_id=7,
        update_mask={"paths": ["limit", "mode"]},
        limit=5,
        mode="CAP_MODE_ENFORCED",
        etag="1",
        request_id=ID,
    ),
    caps_pb2.DeleteCapRequest(organization="acme", cap_id=7, etag="1", request_id=ID),
    caps_pb2.ListCapsRequest(partition="acme/scout", binding=True, below=True, min_position=1),
    allowances_pb2.SetAllowanceRequest(
        partition="acme/scout",
        amount=AMOUNT,
        mode=allowances_pb2.ALLOWANCE_MODE_ADD,
        period="PERIOD_WEEK",
        week_start="WEEKDAY_SUNDAY",
        etag="0",
        request_id=ID,
    ),
    allowances_pb2.DeleteAllowanceRequest(partition="acme/scout", unit="USD", etag="1", request_id=ID),
    allowances_pb2.ListAllowancesRequest(partition="acme", min_position=1),
    claims_pb2.AssignWorkRequest(
        scope="acme", key="job", partition="acme/scout", ttl={"seconds": 60}, note="why", request_id=ID
    ),
    claims_pb2.UnassignWorkRequest(scope="acme", key="job", note="why", request_id=ID),
    claims_pb2.GetClaimRequest(scope="acme", key="job", min_position=1),
    claims_pb2.ListClaimsRequest(
        scope="acme", states=[claims_pb2.CLAIM_STATE_HELD], key_prefix="j", page_size=5, min_position=1
    ),
    journal_pb2.ListEntriesRequest(
        organization="acme", from_position=1, partition="acme", kinds=["Funded"], page_size=5, min_position=1
    ),
    journal_pb2.WatchJournalRequest(
        organization="acme",
        from_position=1,
        partition="acme",
        kinds=["Funded"],
        incarnation=1,
        heartbeat={"seconds": 5},
    ),
    journal_pb2.GetStateRequest(partition="acme", at_time={"seconds": 1}, levels_max=1, page_size=5, min_position=1),
    reports_pb2.GetSpendingRequest(
        partition="acme",
        group_by=["SPENDING_COLUMN_PARTITION", "SPENDING_COLUMN_LABEL", "SPENDING_COLUMN_PERIOD"],
        levels=2,
        label="run",
        period=caps_pb2.PERIOD_WEEK,
        week_start=caps_pb2.WEEKDAY_SUNDAY,
        unit="USD",
        tool="search",
        workflow_id="w1",
        labels={"team": "blue"},
        from_time={"seconds": 5},
        to_time={"seconds": 9},
        sort_by="SPENDING_COLUMN_SPENT",
        descending=True,
        limit=5,
    ),
    reports_pb2.GetStatementRequest(
        partition="acme/scout",
        unit="USD",
        from_time={"seconds": 5},
        to_time={"seconds": 9},
        subtree=True,
        page_size=5,
    ),
    reports_pb2.GetBudgetRequest(
        partition="acme", levels=1, unit="USD", window={"seconds": 3600}, show_closed=True, limit=5
    ),
    escalations_pb2.RequestEscalationRequest(
        partition="acme/scout",
        ttl={"seconds": 60},
        reserve=reservations_pb2.ReserveRequest(partition="acme/scout", amounts=[AMOUNT], request_id=OTHER_ID),
        **_SIDEWAYS,
    ),
    escalations_pb2.ApproveEscalationRequest(
        amount=AMOUNT, source="acme", grant_end_time={"seconds": 1_900_000_000}, **_DECIDES
    ),
    escalations_pb2.DenyEscalationRequest(**_DECIDES),
    escalations_pb2.ForwardEscalationRequest(**_DECIDES),
    escalations_pb2.CancelEscalationRequest(**_DECIDES),
    escalations_pb2.ReallocateRequest(
        source="acme", partition="acme/scout", grant_end_time={"seconds": 1_900_000_000}, **_SIDEWAYS
    ),
    escalations_pb2.GetEscalationRequest(organization="acme", escalation_id=7, min_position=1),
    escalations_pb2.ListEscalationsRequest(
        partition="acme",
        states=[escalations_pb2.ESCALATION_STATE_PENDING],
        decider="acme",
        page_size=5,
        min_position=1,
    ),
    escalations_pb2.WaitEscalationRequest(organization="acme", escalation_id=7, wait={"seconds": 1}),
    escalations_pb2.SetEscalationPolicyRequest(
        partition="acme",
        unit="USD",
        request_max=5,
        window_max=9,
        period=caps_pb2.PERIOD_WEEK,
        floor=1,
        etag="0",
        request_id=ID,
    ),
    escalations_pb2.DeleteEscalationPolicyRequest(partition="acme", unit="USD", etag="1", request_id=ID),
    escalations_pb2.ListEscalationPoliciesRequest(partition="acme", min_position=1),
    server_pb2.GetServerInfoRequest(),
)
"""One for each method but BatchExecute."""

ITEMS: Final[dict[str, Any]] = {
    field.name: sample
    for field in batch_pb2.BatchItem.DESCRIPTOR.fields
    for sample in SAMPLES
    if field.message_type is not None and sample.DESCRIPTOR.full_name == field.message_type.full_name
}

BATCH: Final = batch_pb2.BatchExecuteRequest(
    organization="acme", items=[batch_pb2.BatchItem(**{name: item}) for name, item in ITEMS.items()]
)
GROUP: Final = batch_pb2.BatchExecuteRequest(
    organization="acme",
    items=[batch_pb2.BatchItem(release=reservations_pb2.ReleaseRequest(organization="acme", reservation_id=ID))],
    atomic=True,
    request_id=ID,
)


class Spoilt(NamedTuple):
    """A request with one field spoilt.

    Attributes:
        how: What was done to it.
        field: The path of the field that the answer must name, or that begins what it names.
        data: The request's bytes.
    """

    how: str
    field: str
    data: bytes


_LENGTH: Final = 2
_SCALARS: Final[dict[int, list[Any]]] = {
    FieldDescriptor.TYPE_STRING: ["\0", "\0" + "~" * 5000],
    FieldDescriptor.TYPE_INT32: [-(2**31), 2**31 - 1],
    FieldDescriptor.TYPE_INT64: [-(2**63)],
    FieldDescriptor.TYPE_ENUM: [99, -1],
}
_WHOLE: Final[dict[str, list[bytes]]] = {
    "google.protobuf.Duration": [
        b"\x08" + b"\xff" * 8 + b"\x7f",  # seconds beyond all bounds
        b"\x08\x01\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # one second, and minus one nano
        b"\x08\x02\x10\x80\x94\xeb\xdc\x03",  # 10^9 nanos
        b"",  # zero
    ],
    "google.protobuf.Timestamp": [b"\x08" + b"\xff" * 8 + b"\x7f", b"\x08\x01\x10\x80\x94\xeb\xdc\x03"],
    "google.protobuf.FieldMask": [b"\x0a\x04nope", b"\x0a\x00"],
    "tallystick.v1.Amount": [b"\x0a\x03USD\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x10\x05"],
}
_MANY: Final = 600


def spoilt(message: Message, prefix: str = "") -> Iterator[Spoilt]:
    """Every field of a message spoilt in every way, one at a time, also those of messages inside it."""
    for field in message.DESCRIPTOR.fields:
        path = prefix + field.name
        yield from (Spoilt(how, path, data) for how, data in _spoilt_field(message, field))
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        if field.message_type.full_name in _WHOLE:
            continue
        values = getattr(message, field.name) if _repeated(field) else [getattr(message, field.name)]
        if not _repeated(field) and not message.HasField(field.name):
            continue
        for place, value in enumerate(values):
            inner = f"{path}[{place}]." if _repeated(field) else f"{path}."
            for how, deep, data in spoilt(value, inner):
                yield Spoilt(how, deep, _with(message, field, place, data))


def _spoilt_field(message: Message, field: Any) -> Iterator[tuple[str, bytes]]:  # noqa: C901  (a list of ways)
    kept = type(message)()
    kept.CopyFrom(message)
    kept.ClearField(field.name)
    rest = kept.SerializeToString()
    strict = "request_id" in message.DESCRIPTOR.fields_by_name or "command" in message.DESCRIPTOR.oneofs_by_name
    if field.type == FieldDescriptor.TYPE_STRING:
        yield "not UTF-8", rest + _field(field, b"\xff\xfe")
    if field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE}:
        yield "cut off", rest + bytes(_tag(field, _LENGTH)) + b"\x7f" + b"x"
        if strict:
            yield "a number instead", rest + bytes(_tag(field, 0)) + b"\x01"
    elif strict and not _repeated(field):
        yield "bytes instead", rest + _field(field, b"abc")
    for value in _SCALARS.get(field.type, []):
        one = type(message)()
        one.CopyFrom(kept)
        if _repeated(field):
            getattr(one, field.name).append(value)
        else:
            setattr(one, field.name, value)
        yield f"{value!r:.20}", one.SerializeToString()
    if field.message_type is not None and (contents := _WHOLE.get(field.message_type.full_name)):
        for content in contents:
            yield content.hex(), rest + _field(field, content)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        yield "a bad key", rest + _field(field, b"\x0a\x03A B\x12\x01x")
        yield "a long value", rest + _field(field, b"\x0a\x01a\x12\x7f" + b"x" * 127)
        yield "a value with NUL", rest + _field(field, b"\x0a\x01a\x12\x01\x00")
        yield "too many", rest + b"".join(_field(field, b"\x0a\x02k" + bytes([97 + n])) for n in range(9))
    elif _repeated(field):
        one_value = getattr(message, field.name)[0] if getattr(message, field.name) else None
        if isinstance(one_value, Message):
            yield "too many", rest + _field(field, one_value.SerializeToString()) * _MANY


def _with(message: Message, field: Any, place: int, data: bytes) -> bytes:
    """A message whose one field, or one element of it, has these bytes."""
    kept = type(message)()
    kept.CopyFrom(message)
    kept.ClearField(field.name)
    if not _repeated(field):
        return kept.SerializeToString() + _field(field, data)
    values = [value.SerializeToString() for value in getattr(message, field.name)]
    values[place] = data
    return kept.SerializeToString() + b"".join(_field(field, value) for value in values)


def _field(field: Any, content: bytes) -> bytes:
    return bytes(_tag(field, _LENGTH)) + _varint(len(content)) + content


def _tag(field: Any, kind: int) -> bytes:
    return _varint(field.number << 3 | kind)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def method_of(descriptor: Any) -> str:
    """The method whose request this is."""
    return descriptor.name.removesuffix("Request")
