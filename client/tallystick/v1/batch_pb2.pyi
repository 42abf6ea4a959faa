from google.rpc import status_pb2 as _status_pb2
from tallystick.v1 import partitions_pb2 as _partitions_pb2
from tallystick.v1 import reservations_pb2 as _reservations_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BatchExecuteRequest(_message.Message):
    __slots__ = ("organization", "items", "atomic", "request_id", "validate_only")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    organization: str
    items: _containers.RepeatedCompositeFieldContainer[BatchItem]
    atomic: bool
    request_id: str
    validate_only: bool
    def __init__(self, organization: _Optional[str] = ..., items: _Optional[_Iterable[_Union[BatchItem, _Mapping]]] = ..., atomic: bool = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class BatchItem(_message.Message):
    __slots__ = ("reserve", "commit", "settle_part", "release", "extend", "expire", "charge", "refund", "create_partition", "update_partition", "close_partition", "fund", "defund", "allocate", "reclaim")
    RESERVE_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    SETTLE_PART_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    EXTEND_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_FIELD_NUMBER: _ClassVar[int]
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    CREATE_PARTITION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_PARTITION_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PARTITION_FIELD_NUMBER: _ClassVar[int]
    FUND_FIELD_NUMBER: _ClassVar[int]
    DEFUND_FIELD_NUMBER: _ClassVar[int]
    ALLOCATE_FIELD_NUMBER: _ClassVar[int]
    RECLAIM_FIELD_NUMBER: _ClassVar[int]
    reserve: _reservations_pb2.ReserveRequest
    commit: _reservations_pb2.CommitRequest
    settle_part: _reservations_pb2.SettlePartRequest
    release: _reservations_pb2.ReleaseRequest
    extend: _reservations_pb2.ExtendRequest
    expire: _reservations_pb2.ExpireRequest
    charge: _reservations_pb2.ChargeRequest
    refund: _reservations_pb2.RefundRequest
    create_partition: _partitions_pb2.CreatePartitionRequest
    update_partition: _partitions_pb2.UpdatePartitionRequest
    close_partition: _partitions_pb2.ClosePartitionRequest
    fund: _partitions_pb2.FundRequest
    defund: _partitions_pb2.DefundRequest
    allocate: _partitions_pb2.AllocateRequest
    reclaim: _partitions_pb2.ReclaimRequest
    def __init__(self, reserve: _Optional[_Union[_reservations_pb2.ReserveRequest, _Mapping]] = ..., commit: _Optional[_Union[_reservations_pb2.CommitRequest, _Mapping]] = ..., settle_part: _Optional[_Union[_reservations_pb2.SettlePartRequest, _Mapping]] = ..., release: _Optional[_Union[_reservations_pb2.ReleaseRequest, _Mapping]] = ..., extend: _Optional[_Union[_reservations_pb2.ExtendRequest, _Mapping]] = ..., expire: _Optional[_Union[_reservations_pb2.ExpireRequest, _Mapping]] = ..., charge: _Optional[_Union[_reservations_pb2.ChargeRequest, _Mapping]] = ..., refund: _Optional[_Union[_reservations_pb2.RefundRequest, _Mapping]] = ..., create_partition: _Optional[_Union[_partitions_pb2.CreatePartitionRequest, _Mapping]] = ..., update_partition: _Optional[_Union[_partitions_pb2.UpdatePartitionRequest, _Mapping]] = ..., close_partition: _Optional[_Union[_partitions_pb2.ClosePartitionRequest, _Mapping]] = ..., fund: _Optional[_Union[_partitions_pb2.FundRequest, _Mapping]] = ..., defund: _Optional[_Union[_partitions_pb2.DefundRequest, _Mapping]] = ..., allocate: _Optional[_Union[_partitions_pb2.AllocateRequest, _Mapping]] = ..., reclaim: _Optional[_Union[_partitions_pb2.ReclaimRequest, _Mapping]] = ...) -> None: ...

class BatchExecuteResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchResult]
    def __init__(self, results: _Optional[_Iterable[_Union[BatchResult, _Mapping]]] = ...) -> None: ...

class BatchResult(_message.Message):
    __slots__ = ("error", "reserve", "settlement", "extend", "charge", "create_partition", "update_partition", "close_partition", "move")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RESERVE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    EXTEND_FIELD_NUMBER: _ClassVar[int]
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_PARTITION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_PARTITION_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PARTITION_FIELD_NUMBER: _ClassVar[int]
    MOVE_FIELD_NUMBER: _ClassVar[int]
    error: _status_pb2.Status
    reserve: _reservations_pb2.ReserveResponse
    settlement: _reservations_pb2.SettlementResponse
    extend: _reservations_pb2.ExtendResponse
    charge: _reservations_pb2.ChargeResponse
    create_partition: _partitions_pb2.CreatePartitionResponse
    update_partition: _partitions_pb2.UpdatePartitionResponse
    close_partition: _partitions_pb2.ClosePartitionResponse
    move: _partitions_pb2.MoveResponse
    def __init__(self, error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., reserve: _Optional[_Union[_reservations_pb2.ReserveResponse, _Mapping]] = ..., settlement: _Optional[_Union[_reservations_pb2.SettlementResponse, _Mapping]] = ..., extend: _Optional[_Union[_reservations_pb2.ExtendResponse, _Mapping]] = ..., charge: _Optional[_Union[_reservations_pb2.ChargeResponse, _Mapping]] = ..., create_partition: _Optional[_Union[_partitions_pb2.CreatePartitionResponse, _Mapping]] = ..., update_partition: _Optional[_Union[_partitions_pb2.UpdatePartitionResponse, _Mapping]] = ..., close_partition: _Optional[_Union[_partitions_pb2.ClosePartitionResponse, _Mapping]] = ..., move: _Optional[_Union[_partitions_pb2.MoveResponse, _Mapping]] = ...) -> None: ...
