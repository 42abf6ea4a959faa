from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReservationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESERVATION_STATE_UNSPECIFIED: _ClassVar[ReservationState]
    RESERVATION_STATE_OPEN: _ClassVar[ReservationState]
    RESERVATION_STATE_COMMITTED: _ClassVar[ReservationState]
    RESERVATION_STATE_RELEASED: _ClassVar[ReservationState]
    RESERVATION_STATE_EXPIRED: _ClassVar[ReservationState]
    RESERVATION_STATE_COMMITTED_LATE: _ClassVar[ReservationState]
RESERVATION_STATE_UNSPECIFIED: ReservationState
RESERVATION_STATE_OPEN: ReservationState
RESERVATION_STATE_COMMITTED: ReservationState
RESERVATION_STATE_RELEASED: ReservationState
RESERVATION_STATE_EXPIRED: ReservationState
RESERVATION_STATE_COMMITTED_LATE: ReservationState

class ReservedUnit(_message.Message):
    __slots__ = ("unit", "held", "remaining", "charged", "actual", "overrun", "late", "charges", "refunded")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    CHARGED_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    OVERRUN_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_FIELD_NUMBER: _ClassVar[int]
    unit: str
    held: int
    remaining: int
    charged: int
    actual: int
    overrun: int
    late: int
    charges: int
    refunded: int
    def __init__(self, unit: _Optional[str] = ..., held: _Optional[int] = ..., remaining: _Optional[int] = ..., charged: _Optional[int] = ..., actual: _Optional[int] = ..., overrun: _Optional[int] = ..., late: _Optional[int] = ..., charges: _Optional[int] = ..., refunded: _Optional[int] = ...) -> None: ...

class Reservation(_message.Message):
    __slots__ = ("reservation_id", "partition", "state", "units", "basis", "tool", "workflow_id", "labels", "create_time", "expire_time", "resolve_time", "position", "principal", "claim")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    reservation_id: str
    partition: str
    state: ReservationState
    units: _containers.RepeatedCompositeFieldContainer[ReservedUnit]
    basis: _types_pb2.Basis
    tool: str
    workflow_id: str
    labels: _containers.ScalarMap[str, str]
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    position: int
    principal: str
    claim: WorkClaim
    def __init__(self, reservation_id: _Optional[str] = ..., partition: _Optional[str] = ..., state: _Optional[_Union[ReservationState, str]] = ..., units: _Optional[_Iterable[_Union[ReservedUnit, _Mapping]]] = ..., basis: _Optional[_Union[_types_pb2.Basis, str]] = ..., tool: _Optional[str] = ..., workflow_id: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., position: _Optional[int] = ..., principal: _Optional[str] = ..., claim: _Optional[_Union[WorkClaim, _Mapping]] = ...) -> None: ...

class ReserveRequest(_message.Message):
    __slots__ = ("partition", "amounts", "ttl", "request_id", "reservation_id", "tool", "workflow_id", "labels", "validate_only", "claim")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    partition: str
    amounts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    ttl: _duration_pb2.Duration
    request_id: str
    reservation_id: str
    tool: str
    workflow_id: str
    labels: _containers.ScalarMap[str, str]
    validate_only: bool
    claim: WorkClaim
    def __init__(self, partition: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., reservation_id: _Optional[str] = ..., tool: _Optional[str] = ..., workflow_id: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., validate_only: bool = ..., claim: _Optional[_Union[WorkClaim, _Mapping]] = ...) -> None: ...

class WorkClaim(_message.Message):
    __slots__ = ("scope", "key")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    scope: str
    key: str
    def __init__(self, scope: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ReserveResponse(_message.Message):
    __slots__ = ("receipt", "reservation_id", "partition", "held", "available", "expire_time", "time_left", "extend_time", "ttl_cut", "claim")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    EXTEND_TIME_FIELD_NUMBER: _ClassVar[int]
    TTL_CUT_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    reservation_id: str
    partition: str
    held: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    available: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    expire_time: _timestamp_pb2.Timestamp
    time_left: _duration_pb2.Duration
    extend_time: _timestamp_pb2.Timestamp
    ttl_cut: bool
    claim: WorkClaim
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., reservation_id: _Optional[str] = ..., partition: _Optional[str] = ..., held: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., available: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., time_left: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., extend_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., ttl_cut: bool = ..., claim: _Optional[_Union[WorkClaim, _Mapping]] = ...) -> None: ...

class CommitRequest(_message.Message):
    __slots__ = ("organization", "reservation_id", "actual", "basis", "confirm_implausible", "request_id", "validate_only", "done", "result", "done_ttl")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_IMPLAUSIBLE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    DONE_TTL_FIELD_NUMBER: _ClassVar[int]
    organization: str
    reservation_id: str
    actual: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    basis: _types_pb2.Basis
    confirm_implausible: bool
    request_id: str
    validate_only: bool
    done: bool
    result: str
    done_ttl: _duration_pb2.Duration
    def __init__(self, organization: _Optional[str] = ..., reservation_id: _Optional[str] = ..., actual: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., basis: _Optional[_Union[_types_pb2.Basis, str]] = ..., confirm_implausible: bool = ..., request_id: _Optional[str] = ..., validate_only: bool = ..., done: bool = ..., result: _Optional[str] = ..., done_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SettlePartRequest(_message.Message):
    __slots__ = ("organization", "reservation_id", "amounts", "basis", "confirm_implausible", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_IMPLAUSIBLE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    reservation_id: str
    amounts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    basis: _types_pb2.Basis
    confirm_implausible: bool
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., reservation_id: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., basis: _Optional[_Union[_types_pb2.Basis, str]] = ..., confirm_implausible: bool = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("organization", "reservation_id", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    reservation_id: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., reservation_id: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ExpireRequest(_message.Message):
    __slots__ = ("organization", "reservation_id", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    reservation_id: str
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., reservation_id: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class RefundRequest(_message.Message):
    __slots__ = ("organization", "reservation_id", "amounts", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    reservation_id: str
    amounts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., reservation_id: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class SettlementResponse(_message.Message):
    __slots__ = ("receipt", "reservation_id", "partition", "state", "units", "available", "basis", "done_not_marked")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    DONE_NOT_MARKED_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    reservation_id: str
    partition: str
    state: ReservationState
    units: _containers.RepeatedCompositeFieldContainer[ReservedUnit]
    available: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    basis: _types_pb2.Basis
    done_not_marked: bool
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., reservation_id: _Optional[str] = ..., partition: _Optional[str] = ..., state: _Optional[_Union[ReservationState, str]] = ..., units: _Optional[_Iterable[_Union[ReservedUnit, _Mapping]]] = ..., available: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., basis: _Optional[_Union[_types_pb2.Basis, str]] = ..., done_not_marked: bool = ...) -> None: ...

class ExtendRequest(_message.Message):
    __slots__ = ("organization", "reservation_id", "expire_time", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    reservation_id: str
    expire_time: _timestamp_pb2.Timestamp
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., reservation_id: _Optional[str] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ExtendResponse(_message.Message):
    __slots__ = ("receipt", "reservation_id", "expire_time", "time_left", "extend_time", "cut")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    EXTEND_TIME_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    reservation_id: str
    expire_time: _timestamp_pb2.Timestamp
    time_left: _duration_pb2.Duration
    extend_time: _timestamp_pb2.Timestamp
    cut: bool
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., reservation_id: _Optional[str] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., time_left: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., extend_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., cut: bool = ...) -> None: ...

class ChargeRequest(_message.Message):
    __slots__ = ("partition", "amounts", "reservation_id", "basis", "confirm_implausible", "tool", "workflow_id", "note", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_IMPLAUSIBLE_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    amounts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    reservation_id: str
    basis: _types_pb2.Basis
    confirm_implausible: bool
    tool: str
    workflow_id: str
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., reservation_id: _Optional[str] = ..., basis: _Optional[_Union[_types_pb2.Basis, str]] = ..., confirm_implausible: bool = ..., tool: _Optional[str] = ..., workflow_id: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ChargeResponse(_message.Message):
    __slots__ = ("receipt", "partition", "amounts", "available", "reservation_id", "units")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    partition: str
    amounts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    available: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    reservation_id: str
    units: _containers.RepeatedCompositeFieldContainer[ReservedUnit]
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., partition: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., available: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., reservation_id: _Optional[str] = ..., units: _Optional[_Iterable[_Union[ReservedUnit, _Mapping]]] = ...) -> None: ...

class GetReservationRequest(_message.Message):
    __slots__ = ("organization", "reservation_id", "min_position")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    organization: str
    reservation_id: str
    min_position: int
    def __init__(self, organization: _Optional[str] = ..., reservation_id: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class GetReservationResponse(_message.Message):
    __slots__ = ("reservation", "time_left", "position")
    RESERVATION_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    reservation: Reservation
    time_left: _duration_pb2.Duration
    position: int
    def __init__(self, reservation: _Optional[_Union[Reservation, _Mapping]] = ..., time_left: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., position: _Optional[int] = ...) -> None: ...

class ListReservationsRequest(_message.Message):
    __slots__ = ("partition", "states", "tool", "workflow_id", "create_time_from", "create_time_before", "expire_time_before", "page_size", "page_token", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FROM_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_BEFORE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_BEFORE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    states: _containers.RepeatedScalarFieldContainer[ReservationState]
    tool: str
    workflow_id: str
    create_time_from: _timestamp_pb2.Timestamp
    create_time_before: _timestamp_pb2.Timestamp
    expire_time_before: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., states: _Optional[_Iterable[_Union[ReservationState, str]]] = ..., tool: _Optional[str] = ..., workflow_id: _Optional[str] = ..., create_time_from: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., create_time_before: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time_before: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListReservationsResponse(_message.Message):
    __slots__ = ("reservations", "next_page_token", "position")
    RESERVATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    reservations: _containers.RepeatedCompositeFieldContainer[Reservation]
    next_page_token: str
    position: int
    def __init__(self, reservations: _Optional[_Iterable[_Union[Reservation, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...
