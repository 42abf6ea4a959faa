from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import caps_pb2 as _caps_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AllowanceMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALLOWANCE_MODE_UNSPECIFIED: _ClassVar[AllowanceMode]
    ALLOWANCE_MODE_REFILL_TO: _ClassVar[AllowanceMode]
    ALLOWANCE_MODE_ADD: _ClassVar[AllowanceMode]
ALLOWANCE_MODE_UNSPECIFIED: AllowanceMode
ALLOWANCE_MODE_REFILL_TO: AllowanceMode
ALLOWANCE_MODE_ADD: AllowanceMode

class Allowance(_message.Message):
    __slots__ = ("partition", "amount", "mode", "period", "week_start", "next_time", "last_time", "last_given", "last_shortfall", "etag", "deleted")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_FIELD_NUMBER: _ClassVar[int]
    NEXT_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_GIVEN_FIELD_NUMBER: _ClassVar[int]
    LAST_SHORTFALL_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    partition: str
    amount: _types_pb2.Amount
    mode: AllowanceMode
    period: _caps_pb2.Period
    week_start: _caps_pb2.Weekday
    next_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    last_given: int
    last_shortfall: int
    etag: str
    deleted: bool
    def __init__(self, partition: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., mode: _Optional[_Union[AllowanceMode, str]] = ..., period: _Optional[_Union[_caps_pb2.Period, str]] = ..., week_start: _Optional[_Union[_caps_pb2.Weekday, str]] = ..., next_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., last_given: _Optional[int] = ..., last_shortfall: _Optional[int] = ..., etag: _Optional[str] = ..., deleted: bool = ...) -> None: ...

class SetAllowanceRequest(_message.Message):
    __slots__ = ("partition", "amount", "mode", "period", "week_start", "etag", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    amount: _types_pb2.Amount
    mode: AllowanceMode
    period: _caps_pb2.Period
    week_start: _caps_pb2.Weekday
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., mode: _Optional[_Union[AllowanceMode, str]] = ..., period: _Optional[_Union[_caps_pb2.Period, str]] = ..., week_start: _Optional[_Union[_caps_pb2.Weekday, str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class DeleteAllowanceRequest(_message.Message):
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

class AllowanceResponse(_message.Message):
    __slots__ = ("receipt", "allowance")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ALLOWANCE_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    allowance: Allowance
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., allowance: _Optional[_Union[Allowance, _Mapping]] = ...) -> None: ...

class ListAllowancesRequest(_message.Message):
    __slots__ = ("partition", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListAllowancesResponse(_message.Message):
    __slots__ = ("allowances", "position")
    ALLOWANCES_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    allowances: _containers.RepeatedCompositeFieldContainer[Allowance]
    position: int
    def __init__(self, allowances: _Optional[_Iterable[_Union[Allowance, _Mapping]]] = ..., position: _Optional[int] = ...) -> None: ...
