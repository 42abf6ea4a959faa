from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PartitionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARTITION_KIND_UNSPECIFIED: _ClassVar[PartitionKind]
    PARTITION_KIND_ORGANIZATION: _ClassVar[PartitionKind]
    PARTITION_KIND_TEAM: _ClassVar[PartitionKind]
    PARTITION_KIND_AGENT: _ClassVar[PartitionKind]

class PartitionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARTITION_STATE_UNSPECIFIED: _ClassVar[PartitionState]
    PARTITION_STATE_OPEN: _ClassVar[PartitionState]
    PARTITION_STATE_CLOSING: _ClassVar[PartitionState]
    PARTITION_STATE_CLOSED: _ClassVar[PartitionState]
PARTITION_KIND_UNSPECIFIED: PartitionKind
PARTITION_KIND_ORGANIZATION: PartitionKind
PARTITION_KIND_TEAM: PartitionKind
PARTITION_KIND_AGENT: PartitionKind
PARTITION_STATE_UNSPECIFIED: PartitionState
PARTITION_STATE_OPEN: PartitionState
PARTITION_STATE_CLOSING: PartitionState
PARTITION_STATE_CLOSED: PartitionState

class Partition(_message.Message):
    __slots__ = ("path", "kind", "state", "display_name", "etag", "create_time", "update_time", "own", "subtree", "open_reservations", "open_children", "paused_at", "pause", "watched")
    PATH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    SUBTREE_FIELD_NUMBER: _ClassVar[int]
    OPEN_RESERVATIONS_FIELD_NUMBER: _ClassVar[int]
    OPEN_CHILDREN_FIELD_NUMBER: _ClassVar[int]
    PAUSED_AT_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    WATCHED_FIELD_NUMBER: _ClassVar[int]
    path: str
    kind: PartitionKind
    state: PartitionState
    display_name: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    own: _containers.RepeatedCompositeFieldContainer[_types_pb2.Balance]
    subtree: _containers.RepeatedCompositeFieldContainer[_types_pb2.Balance]
    open_reservations: int
    open_children: int
    paused_at: str
    pause: Pause
    watched: bool
    def __init__(self, path: _Optional[str] = ..., kind: _Optional[_Union[PartitionKind, str]] = ..., state: _Optional[_Union[PartitionState, str]] = ..., display_name: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., own: _Optional[_Iterable[_Union[_types_pb2.Balance, _Mapping]]] = ..., subtree: _Optional[_Iterable[_Union[_types_pb2.Balance, _Mapping]]] = ..., open_reservations: _Optional[int] = ..., open_children: _Optional[int] = ..., paused_at: _Optional[str] = ..., pause: _Optional[_Union[Pause, _Mapping]] = ..., watched: bool = ...) -> None: ...

class Pause(_message.Message):
    __slots__ = ("principal", "time", "note")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    principal: str
    time: _timestamp_pb2.Timestamp
    note: str
    def __init__(self, principal: _Optional[str] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ...) -> None: ...

class CreatePartitionRequest(_message.Message):
    __slots__ = ("partition", "kind", "display_name", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    kind: PartitionKind
    display_name: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., kind: _Optional[_Union[PartitionKind, str]] = ..., display_name: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class CreatePartitionResponse(_message.Message):
    __slots__ = ("receipt", "partition")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    partition: Partition
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., partition: _Optional[_Union[Partition, _Mapping]] = ...) -> None: ...

class GetPartitionRequest(_message.Message):
    __slots__ = ("partition", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class GetPartitionResponse(_message.Message):
    __slots__ = ("partition", "position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: Partition
    position: int
    def __init__(self, partition: _Optional[_Union[Partition, _Mapping]] = ..., position: _Optional[int] = ...) -> None: ...

class ListPartitionsRequest(_message.Message):
    __slots__ = ("partition", "levels_max", "show_closed", "page_size", "page_token", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    LEVELS_MAX_FIELD_NUMBER: _ClassVar[int]
    SHOW_CLOSED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    levels_max: int
    show_closed: bool
    page_size: int
    page_token: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., levels_max: _Optional[int] = ..., show_closed: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListPartitionsResponse(_message.Message):
    __slots__ = ("partitions", "next_page_token", "position")
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    partitions: _containers.RepeatedCompositeFieldContainer[Partition]
    next_page_token: str
    position: int
    def __init__(self, partitions: _Optional[_Iterable[_Union[Partition, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...

class UpdatePartitionRequest(_message.Message):
    __slots__ = ("partition", "update_mask", "display_name", "etag", "request_id", "validate_only", "watched")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    WATCHED_FIELD_NUMBER: _ClassVar[int]
    partition: str
    update_mask: _field_mask_pb2.FieldMask
    display_name: str
    etag: str
    request_id: str
    validate_only: bool
    watched: bool
    def __init__(self, partition: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., display_name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ..., watched: bool = ...) -> None: ...

class UpdatePartitionResponse(_message.Message):
    __slots__ = ("receipt", "partition")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    partition: Partition
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., partition: _Optional[_Union[Partition, _Mapping]] = ...) -> None: ...

class ClosePartitionRequest(_message.Message):
    __slots__ = ("partition", "cascade", "note", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    CASCADE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    cascade: bool
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., cascade: bool = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ClosePartitionResponse(_message.Message):
    __slots__ = ("receipt", "closed")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    closed: _containers.RepeatedCompositeFieldContainer[ClosedPartition]
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., closed: _Optional[_Iterable[_Union[ClosedPartition, _Mapping]]] = ...) -> None: ...

class ClosedPartition(_message.Message):
    __slots__ = ("path", "state", "swept")
    PATH_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SWEPT_FIELD_NUMBER: _ClassVar[int]
    path: str
    state: PartitionState
    swept: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    def __init__(self, path: _Optional[str] = ..., state: _Optional[_Union[PartitionState, str]] = ..., swept: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ...) -> None: ...

class PausePartitionRequest(_message.Message):
    __slots__ = ("partition", "note", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ResumePartitionRequest(_message.Message):
    __slots__ = ("partition", "note", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class PausePartitionResponse(_message.Message):
    __slots__ = ("receipt", "partition", "paused", "repeated")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    REPEATED_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    partition: str
    paused: bool
    repeated: bool
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., partition: _Optional[str] = ..., paused: bool = ..., repeated: bool = ...) -> None: ...

class FundRequest(_message.Message):
    __slots__ = ("organization", "amount", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    amount: _types_pb2.Amount
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class DefundRequest(_message.Message):
    __slots__ = ("organization", "amount", "note", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    amount: _types_pb2.Amount
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class AllocateRequest(_message.Message):
    __slots__ = ("partition", "amount", "note", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    amount: _types_pb2.Amount
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class ReclaimRequest(_message.Message):
    __slots__ = ("partition", "amount", "note", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    amount: _types_pb2.Amount
    note: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class MoveResponse(_message.Message):
    __slots__ = ("receipt", "amount", "from_partition", "from_available", "to_partition", "to_available")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    FROM_PARTITION_FIELD_NUMBER: _ClassVar[int]
    FROM_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    TO_PARTITION_FIELD_NUMBER: _ClassVar[int]
    TO_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    amount: _types_pb2.Amount
    from_partition: str
    from_available: int
    to_partition: str
    to_available: int
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., amount: _Optional[_Union[_types_pb2.Amount, _Mapping]] = ..., from_partition: _Optional[str] = ..., from_available: _Optional[int] = ..., to_partition: _Optional[str] = ..., to_available: _Optional[int] = ...) -> None: ...
