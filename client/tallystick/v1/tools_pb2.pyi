from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Tool(_message.Message):
    __slots__ = ("name", "estimate", "enabled", "etag", "deleted")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    name: str
    estimate: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    enabled: bool
    etag: str
    deleted: bool
    def __init__(self, name: _Optional[str] = ..., estimate: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., enabled: bool = ..., etag: _Optional[str] = ..., deleted: bool = ...) -> None: ...

class ToolRules(_message.Message):
    __slots__ = ("partition", "allowed", "denied", "etag")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    DENIED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    partition: str
    allowed: _containers.RepeatedScalarFieldContainer[str]
    denied: _containers.RepeatedScalarFieldContainer[str]
    etag: str
    def __init__(self, partition: _Optional[str] = ..., allowed: _Optional[_Iterable[str]] = ..., denied: _Optional[_Iterable[str]] = ..., etag: _Optional[str] = ...) -> None: ...

class SetToolRequest(_message.Message):
    __slots__ = ("organization", "name", "estimate", "disabled", "etag", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    name: str
    estimate: _containers.RepeatedCompositeFieldContainer[_types_pb2.Amount]
    disabled: bool
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., name: _Optional[str] = ..., estimate: _Optional[_Iterable[_Union[_types_pb2.Amount, _Mapping]]] = ..., disabled: bool = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class DeleteToolRequest(_message.Message):
    __slots__ = ("organization", "name", "etag", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    name: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class SetToolResponse(_message.Message):
    __slots__ = ("receipt", "tool")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    tool: Tool
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., tool: _Optional[_Union[Tool, _Mapping]] = ...) -> None: ...

class ListToolsRequest(_message.Message):
    __slots__ = ("organization", "min_position")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    organization: str
    min_position: int
    def __init__(self, organization: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListToolsResponse(_message.Message):
    __slots__ = ("tools", "position")
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    tools: _containers.RepeatedCompositeFieldContainer[Tool]
    position: int
    def __init__(self, tools: _Optional[_Iterable[_Union[Tool, _Mapping]]] = ..., position: _Optional[int] = ...) -> None: ...

class SetToolRulesRequest(_message.Message):
    __slots__ = ("partition", "allowed", "denied", "etag", "request_id", "validate_only")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    DENIED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    partition: str
    allowed: _containers.RepeatedScalarFieldContainer[str]
    denied: _containers.RepeatedScalarFieldContainer[str]
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, partition: _Optional[str] = ..., allowed: _Optional[_Iterable[str]] = ..., denied: _Optional[_Iterable[str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class SetToolRulesResponse(_message.Message):
    __slots__ = ("receipt", "rules")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    rules: ToolRules
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., rules: _Optional[_Union[ToolRules, _Mapping]] = ...) -> None: ...

class GetToolRulesRequest(_message.Message):
    __slots__ = ("partition", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class GetToolRulesResponse(_message.Message):
    __slots__ = ("rules", "position")
    RULES_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[ToolRules]
    position: int
    def __init__(self, rules: _Optional[_Iterable[_Union[ToolRules, _Mapping]]] = ..., position: _Optional[int] = ...) -> None: ...
