from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClaimState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLAIM_STATE_UNSPECIFIED: _ClassVar[ClaimState]
    CLAIM_STATE_ASSIGNED: _ClassVar[ClaimState]
    CLAIM_STATE_HELD: _ClassVar[ClaimState]
    CLAIM_STATE_DONE: _ClassVar[ClaimState]
CLAIM_STATE_UNSPECIFIED: ClaimState
CLAIM_STATE_ASSIGNED: ClaimState
CLAIM_STATE_HELD: ClaimState
CLAIM_STATE_DONE: ClaimState

class Claim(_message.Message):
    __slots__ = ("scope", "key", "state", "partition", "reservation_id", "end_time", "result", "done_time", "assignee", "assign_end_time")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    DONE_TIME_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    ASSIGN_END_TIME_FIELD_NUMBER: _ClassVar[int]
    scope: str
    key: str
    state: ClaimState
    partition: str
    reservation_id: str
    end_time: _timestamp_pb2.Timestamp
    result: str
    done_time: _timestamp_pb2.Timestamp
    assignee: str
    assign_end_time: _timestamp_pb2.Timestamp
    def __init__(self, scope: _Optional[str] = ..., key: _Optional[str] = ..., state: _Optional[_Union[ClaimState, str]] = ..., partition: _Optional[str] = ..., reservation_id: _Optional[str] = ..., end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., result: _Optional[str] = ..., done_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., assignee: _Optional[str] = ..., assign_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AssignWorkRequest(_message.Message):
    __slots__ = ("scope", "key", "partition", "ttl", "note", "request_id", "validate_only")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    scope: str
    key: str
    partition: str
    ttl: _duration_pb2.Duration
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, scope: _Optional[str] = ..., key: _Optional[str] = ..., partition: _Optional[str] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class UnassignWorkRequest(_message.Message):
    __slots__ = ("scope", "key", "note", "request_id", "validate_only")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    scope: str
    key: str
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, scope: _Optional[str] = ..., key: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ClaimResponse(_message.Message):
    __slots__ = ("receipt", "claim")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    claim: Claim
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., claim: _Optional[_Union[Claim, _Mapping]] = ...) -> None: ...

class GetClaimRequest(_message.Message):
    __slots__ = ("scope", "key", "min_position")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    scope: str
    key: str
    min_position: int
    def __init__(self, scope: _Optional[str] = ..., key: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class GetClaimResponse(_message.Message):
    __slots__ = ("claim", "position", "time_left")
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    claim: Claim
    position: int
    time_left: _duration_pb2.Duration
    def __init__(self, claim: _Optional[_Union[Claim, _Mapping]] = ..., position: _Optional[int] = ..., time_left: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ListClaimsRequest(_message.Message):
    __slots__ = ("scope", "states", "key_prefix", "page_size", "page_token", "min_position")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    KEY_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    scope: str
    states: _containers.RepeatedScalarFieldContainer[ClaimState]
    key_prefix: str
    page_size: int
    page_token: str
    min_position: int
    def __init__(self, scope: _Optional[str] = ..., states: _Optional[_Iterable[_Union[ClaimState, str]]] = ..., key_prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListClaimsResponse(_message.Message):
    __slots__ = ("claims", "next_page_token", "position")
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    claims: _containers.RepeatedCompositeFieldContainer[Claim]
    next_page_token: str
    position: int
    def __init__(self, claims: _Optional[_Iterable[_Union[Claim, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...
