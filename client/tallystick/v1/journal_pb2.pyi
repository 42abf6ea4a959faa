from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AccountRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_ROLE_UNSPECIFIED: _ClassVar[AccountRole]
    ACCOUNT_ROLE_AVAILABLE: _ClassVar[AccountRole]
    ACCOUNT_ROLE_RESERVED: _ClassVar[AccountRole]
    ACCOUNT_ROLE_SPENT: _ClassVar[AccountRole]
    ACCOUNT_ROLE_ISSUED: _ClassVar[AccountRole]
ACCOUNT_ROLE_UNSPECIFIED: AccountRole
ACCOUNT_ROLE_AVAILABLE: AccountRole
ACCOUNT_ROLE_RESERVED: AccountRole
ACCOUNT_ROLE_SPENT: AccountRole
ACCOUNT_ROLE_ISSUED: AccountRole

class Posting(_message.Message):
    __slots__ = ("partition", "unit", "role", "amount", "balance", "version")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    unit: str
    role: AccountRole
    amount: int
    balance: int
    version: int
    def __init__(self, partition: _Optional[str] = ..., unit: _Optional[str] = ..., role: _Optional[_Union[AccountRole, str]] = ..., amount: _Optional[int] = ..., balance: _Optional[int] = ..., version: _Optional[int] = ...) -> None: ...

class Entry(_message.Message):
    __slots__ = ("position", "time", "kind", "version", "principal", "request_id", "event_json", "texts", "postings", "digest")
    class TextsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_JSON_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    POSTINGS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    position: int
    time: _timestamp_pb2.Timestamp
    kind: str
    version: int
    principal: str
    request_id: str
    event_json: str
    texts: _containers.ScalarMap[str, str]
    postings: _containers.RepeatedCompositeFieldContainer[Posting]
    digest: bytes
    def __init__(self, position: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[str] = ..., version: _Optional[int] = ..., principal: _Optional[str] = ..., request_id: _Optional[str] = ..., event_json: _Optional[str] = ..., texts: _Optional[_Mapping[str, str]] = ..., postings: _Optional[_Iterable[_Union[Posting, _Mapping]]] = ..., digest: _Optional[bytes] = ...) -> None: ...

class ListEntriesRequest(_message.Message):
    __slots__ = ("organization", "from_position", "partition", "kinds", "page_size", "page_token", "min_position")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    FROM_POSITION_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    organization: str
    from_position: int
    partition: str
    kinds: _containers.RepeatedScalarFieldContainer[str]
    page_size: int
    page_token: str
    min_position: int
    def __init__(self, organization: _Optional[str] = ..., from_position: _Optional[int] = ..., partition: _Optional[str] = ..., kinds: _Optional[_Iterable[str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class ListEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token", "position")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[Entry]
    next_page_token: str
    position: int
    def __init__(self, entries: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...

class WatchJournalRequest(_message.Message):
    __slots__ = ("organization", "from_position", "partition", "kinds", "incarnation", "heartbeat")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    FROM_POSITION_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    organization: str
    from_position: int
    partition: str
    kinds: _containers.RepeatedScalarFieldContainer[str]
    incarnation: int
    heartbeat: _duration_pb2.Duration
    def __init__(self, organization: _Optional[str] = ..., from_position: _Optional[int] = ..., partition: _Optional[str] = ..., kinds: _Optional[_Iterable[str]] = ..., incarnation: _Optional[int] = ..., heartbeat: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WatchJournalResponse(_message.Message):
    __slots__ = ("entries", "position", "committed_position", "incarnation")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_POSITION_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[Entry]
    position: int
    committed_position: int
    incarnation: int
    def __init__(self, entries: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ..., position: _Optional[int] = ..., committed_position: _Optional[int] = ..., incarnation: _Optional[int] = ...) -> None: ...

class GetStateRequest(_message.Message):
    __slots__ = ("partition", "at_position", "at_time", "levels_max", "page_size", "page_token", "min_position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    AT_POSITION_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    LEVELS_MAX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: str
    at_position: int
    at_time: _timestamp_pb2.Timestamp
    levels_max: int
    page_size: int
    page_token: str
    min_position: int
    def __init__(self, partition: _Optional[str] = ..., at_position: _Optional[int] = ..., at_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., levels_max: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_position: _Optional[int] = ...) -> None: ...

class PartitionBalances(_message.Message):
    __slots__ = ("partition", "own", "subtree")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    SUBTREE_FIELD_NUMBER: _ClassVar[int]
    partition: str
    own: _containers.RepeatedCompositeFieldContainer[_types_pb2.Balance]
    subtree: _containers.RepeatedCompositeFieldContainer[_types_pb2.Balance]
    def __init__(self, partition: _Optional[str] = ..., own: _Optional[_Iterable[_Union[_types_pb2.Balance, _Mapping]]] = ..., subtree: _Optional[_Iterable[_Union[_types_pb2.Balance, _Mapping]]] = ...) -> None: ...

class GetStateResponse(_message.Message):
    __slots__ = ("partitions", "next_page_token", "at_position", "at_time", "position", "incarnation")
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AT_POSITION_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    partitions: _containers.RepeatedCompositeFieldContainer[PartitionBalances]
    next_page_token: str
    at_position: int
    at_time: _timestamp_pb2.Timestamp
    position: int
    incarnation: int
    def __init__(self, partitions: _Optional[_Iterable[_Union[PartitionBalances, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., at_position: _Optional[int] = ..., at_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., position: _Optional[int] = ..., incarnation: _Optional[int] = ...) -> None: ...
