from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CapKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAP_KIND_UNSPECIFIED: _ClassVar[CapKind]
    CAP_KIND_SINGLE: _ClassVar[CapKind]
    CAP_KIND_WINDOW: _ClassVar[CapKind]
    CAP_KIND_ROLLING: _ClassVar[CapKind]
    CAP_KIND_LIFETIME: _ClassVar[CapKind]
    CAP_KIND_WORKFLOW: _ClassVar[CapKind]
    CAP_KIND_OPEN_RESERVATIONS: _ClassVar[CapKind]

class Period(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERIOD_UNSPECIFIED: _ClassVar[Period]
    PERIOD_HOUR: _ClassVar[Period]
    PERIOD_DAY: _ClassVar[Period]
    PERIOD_WEEK: _ClassVar[Period]
    PERIOD_MONTH: _ClassVar[Period]

class Weekday(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WEEKDAY_UNSPECIFIED: _ClassVar[Weekday]
    WEEKDAY_MONDAY: _ClassVar[Weekday]
    WEEKDAY_TUESDAY: _ClassVar[Weekday]
    WEEKDAY_WEDNESDAY: _ClassVar[Weekday]
    WEEKDAY_THURSDAY: _ClassVar[Weekday]
    WEEKDAY_FRIDAY: _ClassVar[Weekday]
    WEEKDAY_SATURDAY: _ClassVar[Weekday]
    WEEKDAY_SUNDAY: _ClassVar[Weekday]

class CapMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAP_MODE_UNSPECIFIED: _ClassVar[CapMode]
    CAP_MODE_ENFORCED: _ClassVar[CapMode]
    CAP_MODE_SHADOW: _ClassVar[CapMode]
CAP_KIND_UNSPECIFIED: CapKind
CAP_KIND_SINGLE: CapKind
CAP_KIND_WINDOW: CapKind
CAP_KIND_ROLLING: CapKind
CAP_KIND_LIFETIME: CapKind
CAP_KIND_WORKFLOW: CapKind
CAP_KIND_OPEN_RESERVATIONS: CapKind
PERIOD_UNSPECIFIED: Period
PERIOD_HOUR: Period
PERIOD_DAY: Period
PERIOD_WEEK: Period
PERIOD_MONTH: Period
WEEKDAY_UNSPECIFIED: Weekday
WEEKDAY_MONDAY: Weekday
WEEKDAY_TUESDAY: Weekday
WEEKDAY_WEDNESDAY: Weekday
WEEKDAY_THURSDAY: Weekday
WEEKDAY_FRIDAY: Weekday
WEEKDAY_SATURDAY: Weekday
WEEKDAY_SUNDAY: Weekday
CAP_MODE_UNSPECIFIED: CapMode
CAP_MODE_ENFORCED: CapMode
CAP_MODE_SHADOW: CapMode

class Cap(_message.Message):
    __slots__ = ("cap_id", "partition", "kind", "unit", "limit", "period", "week_start", "length", "tool", "mode", "etag", "create_time", "used", "reset_time", "window_start_time", "deleted")
    CAP_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    RESET_TIME_FIELD_NUMBER: _ClassVar[int]
    WINDOW_START_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    cap_id: int
    partition: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length: _duration_pb2.Duration
    tool: str
    mode: CapMode
    etag: str
    create_time: _timestamp_pb2.Timestamp
    used: int
    reset_time: _timestamp_pb2.Timestamp
    window_start_time: _timestamp_pb2.Timestamp
    deleted: bool
    def __init__(self, cap_id: _Optional[int] = ..., partition: _Optional[str] = ..., kind: _Optional[_Union[CapKind, str]] = ..., unit: _Optional[str] = ..., limit: _Optional[int] = ..., period: _Optional[_Union[Period, str]] = ..., week_start: _Optional[_Union[Weekday, str]] = ..., length: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., tool: _Optional[str] = ..., mode: _Optional[_Union[CapMode, str]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., used: _Optional[int] = ..., reset_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., window_start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., deleted: bool = ...) -> None: ...

class CreateCapRequest(_message.Message):
    __slots__ = ("partition", "kind", "unit", "limit", "period", "week_start", "length", "tool", "mode", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    kind: CapKind
    unit: str
    limit: int
    period: Period
    week_start: Weekday
    length: _duration_pb2.Duration
    tool: str
    mode: CapMode
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., kind: _Optional[_Union[CapKind, str]] = ..., unit: _Optional[str] = ..., limit: _Optional[int] = ..., period: _Optional[_Union[Period, str]] = ..., week_start: _Optional[_Union[Weekday, str]] = ..., length: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., tool: _Optional[str] = ..., mode: _Optional[_Union[CapMode, str]] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class UpdateCapRequest(_message.Message):
    __slots__ = ("organization", "cap_id", "update_mask", "limit", "mode", "etag", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    CAP_ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    cap_id: int
    update_mask: _field_mask_pb2.FieldMask
    limit: int
    mode: CapMode
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., cap_id: _Optional[int] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., limit: _Optional[int] = ..., mode: _Optional[_Union[CapMode, str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class DeleteCapRequest(_message.Message):
    __slots__ = ("organization", "cap_id", "etag", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    CAP_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    cap_id: int
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., cap_id: _Optional[int] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class CapResponse(_message.Message):
    __slots__ = ("receipt", "cap")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    CAP_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    cap: Cap
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., cap: _Optional[_Union[Cap, _Mapping]] = ...) -> None: ...

class ListCapsRequest(_message.Message):
    __slots__ = ("partition", "binding", "below", "min_position", "workflow_id")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    BELOW_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    partition: str
    binding: bool
    below: bool
    min_position: int
    workflow_id: str
    def __init__(self, partition: _Optional[str] = ..., binding: bool = ..., below: bool = ..., min_position: _Optional[int] = ..., workflow_id: _Optional[str] = ...) -> None: ...

class ListCapsResponse(_message.Message):
    __slots__ = ("caps", "position")
    CAPS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    caps: _containers.RepeatedCompositeFieldContainer[Cap]
    position: int
    def __init__(self, caps: _Optional[_Iterable[_Union[Cap, _Mapping]]] = ..., position: _Optional[int] = ...) -> None: ...
