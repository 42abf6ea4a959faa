from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Organization(_message.Message):
    __slots__ = ("name", "display_name", "units", "time_zone", "reservation_life_max", "etag", "create_time", "position", "incarnation", "quarantined")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_LIFE_MAX_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    units: _containers.RepeatedCompositeFieldContainer[_types_pb2.Unit]
    time_zone: str
    reservation_life_max: _duration_pb2.Duration
    etag: str
    create_time: _timestamp_pb2.Timestamp
    position: int
    incarnation: int
    quarantined: bool
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., units: _Optional[_Iterable[_Union[_types_pb2.Unit, _Mapping]]] = ..., time_zone: _Optional[str] = ..., reservation_life_max: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., position: _Optional[int] = ..., incarnation: _Optional[int] = ..., quarantined: bool = ...) -> None: ...

class CreateOrganizationRequest(_message.Message):
    __slots__ = ("organization", "units", "time_zone", "display_name", "reservation_life_max", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_LIFE_MAX_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    units: _containers.RepeatedCompositeFieldContainer[_types_pb2.Unit]
    time_zone: str
    display_name: str
    reservation_life_max: _duration_pb2.Duration
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., units: _Optional[_Iterable[_Union[_types_pb2.Unit, _Mapping]]] = ..., time_zone: _Optional[str] = ..., display_name: _Optional[str] = ..., reservation_life_max: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class CreateOrganizationResponse(_message.Message):
    __slots__ = ("receipt", "organization")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    organization: Organization
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., organization: _Optional[_Union[Organization, _Mapping]] = ...) -> None: ...

class GetOrganizationRequest(_message.Message):
    __slots__ = ("organization",)
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    organization: str
    def __init__(self, organization: _Optional[str] = ...) -> None: ...

class ListOrganizationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOrganizationsResponse(_message.Message):
    __slots__ = ("organizations", "next_page_token")
    ORGANIZATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    organizations: _containers.RepeatedCompositeFieldContainer[Organization]
    next_page_token: str
    def __init__(self, organizations: _Optional[_Iterable[_Union[Organization, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateOrganizationRequest(_message.Message):
    __slots__ = ("organization", "update_mask", "display_name", "time_zone", "reservation_life_max", "etag", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_LIFE_MAX_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    update_mask: _field_mask_pb2.FieldMask
    display_name: str
    time_zone: str
    reservation_life_max: _duration_pb2.Duration
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., display_name: _Optional[str] = ..., time_zone: _Optional[str] = ..., reservation_life_max: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class UpdateOrganizationResponse(_message.Message):
    __slots__ = ("receipt", "organization")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    receipt: _types_pb2.Receipt
    organization: Organization
    def __init__(self, receipt: _Optional[_Union[_types_pb2.Receipt, _Mapping]] = ..., organization: _Optional[_Union[Organization, _Mapping]] = ...) -> None: ...
