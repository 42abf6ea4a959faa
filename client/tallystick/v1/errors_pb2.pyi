from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import reservations_pb2 as _reservations_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_ORGANIZATION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ORGANIZATION_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_PARTITION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PARTITION_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_PARTITION_CLOSED: _ClassVar[ErrorReason]
    ERROR_REASON_PARENT_IS_AGENT: _ClassVar[ErrorReason]
    ERROR_REASON_DEPTH_EXCEEDED: _ClassVar[ErrorReason]
    ERROR_REASON_CHILDREN_OPEN: _ClassVar[ErrorReason]
    ERROR_REASON_ETAG_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_UNIT_UNKNOWN: _ClassVar[ErrorReason]
    ERROR_REASON_BUDGET_EXHAUSTED: _ClassVar[ErrorReason]
    ERROR_REASON_AMOUNT_OUT_OF_RANGE: _ClassVar[ErrorReason]
    ERROR_REASON_RESERVATION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_RESERVATION_ID_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_RESERVATION_RESOLVED: _ClassVar[ErrorReason]
    ERROR_REASON_RESERVATION_OPEN: _ClassVar[ErrorReason]
    ERROR_REASON_HOLD_ENDED: _ClassVar[ErrorReason]
    ERROR_REASON_ACTUAL_IMPLAUSIBLE: _ClassVar[ErrorReason]
    ERROR_REASON_ACTUAL_BELOW_SETTLED: _ClassVar[ErrorReason]
    ERROR_REASON_ACTUAL_INCOMPLETE: _ClassVar[ErrorReason]
    ERROR_REASON_REFUND_EXCEEDS_CHARGED: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_ID_REUSED: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_ID_TOO_OLD: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_ID_IN_FUTURE: _ClassVar[ErrorReason]
    ERROR_REASON_GROUP_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_PAGE_TOKEN_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_OVERLOADED: _ClassVar[ErrorReason]
    ERROR_REASON_STORAGE_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_SHUTTING_DOWN: _ClassVar[ErrorReason]
    ERROR_REASON_ORGANIZATION_QUARANTINED: _ClassVar[ErrorReason]
    ERROR_REASON_FORMAT_UNKNOWN: _ClassVar[ErrorReason]
    ERROR_REASON_CLOCK_SKEWED: _ClassVar[ErrorReason]
    ERROR_REASON_DEADLINE_PASSED: _ClassVar[ErrorReason]
    ERROR_REASON_POSITION_NOT_REACHED: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_ORGANIZATION_NOT_FOUND: ErrorReason
ERROR_REASON_ORGANIZATION_EXISTS: ErrorReason
ERROR_REASON_PARTITION_NOT_FOUND: ErrorReason
ERROR_REASON_PARTITION_EXISTS: ErrorReason
ERROR_REASON_PARTITION_CLOSED: ErrorReason
ERROR_REASON_PARENT_IS_AGENT: ErrorReason
ERROR_REASON_DEPTH_EXCEEDED: ErrorReason
ERROR_REASON_CHILDREN_OPEN: ErrorReason
ERROR_REASON_ETAG_MISMATCH: ErrorReason
ERROR_REASON_UNIT_UNKNOWN: ErrorReason
ERROR_REASON_BUDGET_EXHAUSTED: ErrorReason
ERROR_REASON_AMOUNT_OUT_OF_RANGE: ErrorReason
ERROR_REASON_RESERVATION_NOT_FOUND: ErrorReason
ERROR_REASON_RESERVATION_ID_TAKEN: ErrorReason
ERROR_REASON_RESERVATION_RESOLVED: ErrorReason
ERROR_REASON_RESERVATION_OPEN: ErrorReason
ERROR_REASON_HOLD_ENDED: ErrorReason
ERROR_REASON_ACTUAL_IMPLAUSIBLE: ErrorReason
ERROR_REASON_ACTUAL_BELOW_SETTLED: ErrorReason
ERROR_REASON_ACTUAL_INCOMPLETE: ErrorReason
ERROR_REASON_REFUND_EXCEEDS_CHARGED: ErrorReason
ERROR_REASON_REQUEST_ID_REUSED: ErrorReason
ERROR_REASON_REQUEST_ID_TOO_OLD: ErrorReason
ERROR_REASON_REQUEST_ID_IN_FUTURE: ErrorReason
ERROR_REASON_GROUP_REFUSED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_PAGE_TOKEN_INVALID: ErrorReason
ERROR_REASON_OVERLOADED: ErrorReason
ERROR_REASON_STORAGE_UNAVAILABLE: ErrorReason
ERROR_REASON_SHUTTING_DOWN: ErrorReason
ERROR_REASON_ORGANIZATION_QUARANTINED: ErrorReason
ERROR_REASON_FORMAT_UNKNOWN: ErrorReason
ERROR_REASON_CLOCK_SKEWED: ErrorReason
ERROR_REASON_DEADLINE_PASSED: ErrorReason
ERROR_REASON_POSITION_NOT_REACHED: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason

class Refusal(_message.Message):
    __slots__ = ("reason", "partition", "unit", "needed", "available", "next_expire_time", "ask", "reservation", "item", "bound", "replayed", "position")
    REASON_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    NEEDED_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    NEXT_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    reason: ErrorReason
    partition: str
    unit: str
    needed: int
    available: int
    next_expire_time: _timestamp_pb2.Timestamp
    ask: str
    reservation: _reservations_pb2.Reservation
    item: int
    bound: bool
    replayed: bool
    position: int
    def __init__(self, reason: _Optional[_Union[ErrorReason, str]] = ..., partition: _Optional[str] = ..., unit: _Optional[str] = ..., needed: _Optional[int] = ..., available: _Optional[int] = ..., next_expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., ask: _Optional[str] = ..., reservation: _Optional[_Union[_reservations_pb2.Reservation, _Mapping]] = ..., item: _Optional[int] = ..., bound: bool = ..., replayed: bool = ..., position: _Optional[int] = ...) -> None: ...
