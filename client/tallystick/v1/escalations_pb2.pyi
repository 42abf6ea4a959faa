from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import caps_pb2 as _caps_pb2
from tallystick.v1 import errors_pb2 as _errors_pb2
from tallystick.v1 import reservations_pb2 as _reservations_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EscalationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ESCALATION_STATE_UNSPECIFIED: _ClassVar[EscalationState]
    ESCALATION_STATE_PENDING: _ClassVar[EscalationState]
    ESCALATION_STATE_APPROVED: _ClassVar[EscalationState]
    ESCALATION_STATE_DENIED: _ClassVar[EscalationState]
    ESCALATION_STATE_CANCELLED: _ClassVar[EscalationState]
    ESCALATION_STATE_EXPIRED: _ClassVar[EscalationState]
ESCALATION_STATE_UNSPECIFIED: EscalationState
ESCALATION_STATE_PENDING: EscalationState
ESCALATION_STATE_APPROVED: EscalationState
ESCALATION_STATE_DENIED: EscalationState
ESCALATION_STATE_CANCELLED: EscalationState
ESCALATION_STATE_EXPIRED: EscalationState

class Escalation(_message.Message):
    __slots__ = ("escalation_id", "partition", "state", "amount", "reason", "requested_by", "request_time", "expire_time", "decider", "decided_by", "decide_time", "note", "granted", "source", "policy", "grant_end_time", "grant_left", "grant_shortfall", "reservation_id", "reserve_reason", "carries_reserve", "reallocation", "forwards")
    ESCALATION_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_BY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    DECIDER_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    GRANT_END_TIME_FIELD_NUMBER: _ClassVar[int]
    GRANT_LEFT_FIELD_NUMBER: _ClassVar[int]
    GRANT_SHORTFALL_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    RESERVE_REASON_FIELD_NUMBER: _ClassVar[int]
    CARRIES_RESERVE_FIELD_NUMBER: _ClassVar[int]
    REALLOCATION_FIELD_NUMBER: _ClassVar[int]
    FORWARDS_FIELD_NUMBER: _ClassVar[int]
    escalation_id: int
    partition: str
    state: EscalationState
    amount: _types_pb2.Amount
    reason: str
    requested_by: str
    request_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    decider: str
    decided_by: str
    decide_time: _timestamp_pb2.Timestamp
    note: str
    granted: _types_pb2.Amount
    source: str
    policy: str
    grant_end_time: _timestamp_pb2.Timestamp
    grant_left: int
    grant_shortfall: int
    reservation_id: str
    reserve_reason: _errors_pb2.ErrorReason
    carries_reserve: bool
    reallocation: bool
    forwards: int
    def __init__(self, escalation_id: _Optional[int] = ..., partition: _Optional[str] = ..., state: _Optional[_Union[EscalationState, str]] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., reason: _Optional[str] = ..., requested_by: _Optional[str] = ..., request_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., decider: _Optional[str] = ..., decided_by: _Optional[str] = ..., decide_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., granted: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., source: _Optional[str] = ..., policy: _Optional[str] = ..., grant_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., grant_left: _Optional[int] = ..., grant_shortfall: _Optional[int] = ..., reservation_id: _Optional[str] = ..., reserve_reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., carries_reserve: bool = ..., reallocation: bool = ..., forwards: _Optional[int] = ...) -> None: ...

class RequestEscalationRequest(_message.Message):
    __slots__ = ("partition", "amount", "reason", "ttl", "reserve", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    RESERVE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    amount: _types_pb2.Amount
    reason: str
    ttl: _duration_pb2.Duration
    reserve: _reservations_pb2.ReserveRequest
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., reason: _Optional[str] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., reserve: _Optional[_Union[_reservations_pb2.ReserveRequest, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ApproveEscalationRequest(_message.Message):
    __slots__ = ("organization", "escalation_id", "amount", "source", "grant_end_time", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    GRANT_END_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    escalation_id: int
    amount: _types_pb2.Amount
    source: str
    grant_end_time: _timestamp_pb2.Timestamp
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., escalation_id: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., source: _Optional[str] = ..., grant_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class DenyEscalationRequest(_message.Message):
    __slots__ = ("organization", "escalation_id", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    escalation_id: int
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., escalation_id: _Optional[int] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ForwardEscalationRequest(_message.Message):
    __slots__ = ("organization", "escalation_id", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    escalation_id: int
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., escalation_id: _Optional[int] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class CancelEscalationRequest(_message.Message):
    __slots__ = ("organization", "escalation_id", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    escalation_id: int
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., escalation_id: _Optional[int] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ReallocateRequest(_message.Message):
    __slots__ = ("source", "partition", "amount", "reason", "grant_end_time", "request_id", "validate_only")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    GRANT_END_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    source: str
    partition: str
    amount: _types_pb2.Amount
    reason: str
    grant_end_time: _timestamp_pb2.Timestamp
    request_id: str
    validate_only: bool
    def __init__(self, source: _Optional[str] = ..., partition: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., reason: _Optional[str] = ..., grant_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class EscalationResponse(_message.Message):
    __slots__ = ("receipt", "escalation")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    escalation: Escalation
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., escalation: _Optional[_Union[Escalation, _Mapping]] = ...) -> None: ...

class GetEscalationRequest(_message.Message):
    __slots__ = ("organization", "escalation_id", "min_position")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_ID_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    organization: str
    escalation_id: int
    min_position: int
    def __init__(self, organization: _Optional[str] = ..., escalation_id: _Optional[int] = ..., min_position: _Optional[int] = ...) -> None: ...

class GetEscalationResponse(_message.Message):
    __slots__ = ("escalation", "position", "time_left")
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    escalation: Escalation
    position: int
    time_left: _duration_pb2.Duration
    def __init__(self, escalation: _Optional[_Union[Escalation, _Mapping]] = ..., position: _Optional[int] = ..., time_left: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ListEscalationsRequest(_message.Message):
    __slots__ = ("partition", "states", "decider", "page_size", "page_token", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    DECIDER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    states: _containers.RepeatedScalarFieldContainer[EscalationState]
    decider: str
    page_size: int
    page_token: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., states: _Optional[_Iterable[_Union[EscalationState, str]]] = ..., decider: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListEscalationsResponse(_message.Message):
    __slots__ = ("escalations", "next_page_token", "position")
    ESCALATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    escalations: _containers.RepeatedCompositeFieldContainer[Escalation]
    next_page_token: str
    position: int
    def __init__(self, escalations: _Optional[_Iterable[_Union[Escalation, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...

class WaitEscalationRequest(_message.Message):
    __slots__ = ("organization", "escalation_id", "wait")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    organization: str
    escalation_id: int
    wait: _duration_pb2.Duration
    def __init__(self, organization: _Optional[str] = ..., escalation_id: _Optional[int] = ..., wait: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class EscalationPolicy(_message.Message):
    __slots__ = ("partition", "unit", "request_max", "window_max", "period", "floor", "etag", "set_by", "used", "reset_time", "deleted")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_MAX_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MAX_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    FLOOR_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    SET_BY_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    RESET_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    partition: str
    unit: str
    request_max: int
    window_max: int
    period: _caps_pb2.Period
    floor: int
    etag: str
    set_by: str
    used: int
    reset_time: _timestamp_pb2.Timestamp
    deleted: bool
    def __init__(self, partition: _Optional[str] = ..., unit: _Optional[str] = ..., request_max: _Optional[int] = ..., window_max: _Optional[int] = ..., period: _Optional[_Union[_caps_pb2.Period, str]] = ..., floor: _Optional[int] = ..., etag: _Optional[str] = ..., set_by: _Optional[str] = ..., used: _Optional[int] = ..., reset_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., deleted: bool = ...) -> None: ...

class SetEscalationPolicyRequest(_message.Message):
    __slots__ = ("partition", "unit", "request_max", "window_max", "period", "floor", "etag", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_MAX_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MAX_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    FLOOR_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    unit: str
    request_max: int
    window_max: int
    period: _caps_pb2.Period
    floor: int
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., unit: _Optional[str] = ..., request_max: _Optional[int] = ..., window_max: _Optional[int] = ..., period: _Optional[_Union[_caps_pb2.Period, str]] = ..., floor: _Optional[int] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class DeleteEscalationPolicyRequest(_message.Message):
    __slots__ = ("partition", "unit", "etag", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    unit: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., unit: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class EscalationPolicyResponse(_message.Message):
    __slots__ = ("receipt", "policy")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    policy: EscalationPolicy
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., policy: _Optional[_Union[EscalationPolicy, _Mapping]] = ...) -> None: ...

class ListEscalationPoliciesRequest(_message.Message):
    __slots__ = ("partition", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListEscalationPoliciesResponse(_message.Message):
    __slots__ = ("policies", "position")
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    policies: _containers.RepeatedCompositeFieldContainer[EscalationPolicy]
    position: int
    def __init__(self, policies: _Optional[_Iterable[_Union[EscalationPolicy, _Mapping]]] = ..., position: _Optional[int] = ...) -> None: ...
