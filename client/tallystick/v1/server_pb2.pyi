from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ServerInfo(_message.Message):
    __slots__ = ("version", "backend", "durability", "format", "time", "start_time", "deadline_max", "request_bytes_max", "batch_items_max")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    DURABILITY_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MAX_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    BATCH_ITEMS_MAX_FIELD_NUMBER: _ClassVar[int]
    version: str
    backend: str
    durability: str
    format: int
    time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    deadline_max: _duration_pb2.Duration
    request_bytes_max: int
    batch_items_max: int
    def __init__(self, version: _Optional[str] = ..., backend: _Optional[str] = ..., durability: _Optional[str] = ..., format: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., deadline_max: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., request_bytes_max: _Optional[int] = ..., batch_items_max: _Optional[int] = ...) -> None: ...
