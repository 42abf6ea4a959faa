from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Basis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BASIS_UNSPECIFIED: _ClassVar[Basis]
    BASIS_MEASURED: _ClassVar[Basis]
    BASIS_ESTIMATED: _ClassVar[Basis]
BASIS_UNSPECIFIED: Basis
BASIS_MEASURED: Basis
BASIS_ESTIMATED: Basis

class Amount(_message.Message):
    __slots__ = ("unit", "parts")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    unit: str
    parts: int
    def __init__(self, unit: _Optional[str] = ..., parts: _Optional[int] = ...) -> None: ...

class Unit(_message.Message):
    __slots__ = ("name", "scale")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    name: str
    scale: int
    def __init__(self, name: _Optional[str] = ..., scale: _Optional[int] = ...) -> None: ...

class Balance(_message.Message):
    __slots__ = ("unit", "available", "reserved", "spent")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    SPENT_FIELD_NUMBER: _ClassVar[int]
    unit: str
    available: int
    reserved: int
    spent: int
    def __init__(self, unit: _Optional[str] = ..., available: _Optional[int] = ..., reserved: _Optional[int] = ..., spent: _Optional[int] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("organization", "position", "time", "replayed", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    position: int
    time: _timestamp_pb2.Timestamp
    replayed: bool
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., position: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., replayed: bool = ..., validate_only: bool = ...) -> None: ...
