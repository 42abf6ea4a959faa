from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tallystick.v1 import caps_pb2 as _caps_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SpendingColumn(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPENDING_COLUMN_UNSPECIFIED: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_PARTITION: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_TOOL: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_WORKFLOW: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_LABEL: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_PERIOD: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_SPENT: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_REFUNDED: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_NET: _ClassVar[SpendingColumn]
    SPENDING_COLUMN_SETTLEMENTS: _ClassVar[SpendingColumn]
SPENDING_COLUMN_UNSPECIFIED: SpendingColumn
SPENDING_COLUMN_PARTITION: SpendingColumn
SPENDING_COLUMN_TOOL: SpendingColumn
SPENDING_COLUMN_WORKFLOW: SpendingColumn
SPENDING_COLUMN_LABEL: SpendingColumn
SPENDING_COLUMN_PERIOD: SpendingColumn
SPENDING_COLUMN_SPENT: SpendingColumn
SPENDING_COLUMN_REFUNDED: SpendingColumn
SPENDING_COLUMN_NET: SpendingColumn
SPENDING_COLUMN_SETTLEMENTS: SpendingColumn

class GetSpendingRequest(_message.Message):
    __slots__ = ("partition", "group_by", "levels", "label", "period", "week_start", "unit", "tool", "workflow_id", "labels", "from_time", "to_time", "sort_by", "descending", "limit")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    LEVELS_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    SORT_BY_FIELD_NUMBER: _ClassVar[int]
    DESCENDING_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    partition: str
    group_by: _containers.RepeatedScalarFieldContainer[SpendingColumn]
    levels: int
    label: str
    period: _caps_pb2.Period
    week_start: _caps_pb2.Weekday
    unit: str
    tool: str
    workflow_id: str
    labels: _containers.ScalarMap[str, str]
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    sort_by: SpendingColumn
    descending: bool
    limit: int
    def __init__(self, partition: _Optional[str] = ..., group_by: _Optional[_Iterable[_Union[SpendingColumn, str]]] = ..., levels: _Optional[int] = ..., label: _Optional[str] = ..., period: _Optional[_Union[_caps_pb2.Period, str]] = ..., week_start: _Optional[_Union[_caps_pb2.Weekday, str]] = ..., unit: _Optional[str] = ..., tool: _Optional[str] = ..., workflow_id: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., from_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., sort_by: _Optional[_Union[SpendingColumn, str]] = ..., descending: bool = ..., limit: _Optional[int] = ...) -> None: ...

class SpendingRow(_message.Message):
    __slots__ = ("unit", "partition", "tool", "workflow_id", "label", "period_start_time", "period_end_time", "spent", "refunded", "net", "settlements")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    PERIOD_END_TIME_FIELD_NUMBER: _ClassVar[int]
    SPENT_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_FIELD_NUMBER: _ClassVar[int]
    NET_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENTS_FIELD_NUMBER: _ClassVar[int]
    unit: str
    partition: str
    tool: str
    workflow_id: str
    label: str
    period_start_time: _timestamp_pb2.Timestamp
    period_end_time: _timestamp_pb2.Timestamp
    spent: int
    refunded: int
    net: int
    settlements: int
    def __init__(self, unit: _Optional[str] = ..., partition: _Optional[str] = ..., tool: _Optional[str] = ..., workflow_id: _Optional[str] = ..., label: _Optional[str] = ..., period_start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., period_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., spent: _Optional[int] = ..., refunded: _Optional[int] = ..., net: _Optional[int] = ..., settlements: _Optional[int] = ...) -> None: ...

class SpendingSum(_message.Message):
    __slots__ = ("sum", "rows")
    SUM_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    sum: SpendingRow
    rows: int
    def __init__(self, sum: _Optional[_Union[SpendingRow, _Mapping]] = ..., rows: _Optional[int] = ...) -> None: ...

class GetSpendingResponse(_message.Message):
    __slots__ = ("rows", "others", "totals", "position", "time_zone", "from_time", "to_time")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[SpendingRow]
    others: _containers.RepeatedCompositeFieldContainer[SpendingSum]
    totals: _containers.RepeatedCompositeFieldContainer[SpendingSum]
    position: int
    time_zone: str
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    def __init__(self, rows: _Optional[_Iterable[_Union[SpendingRow, _Mapping]]] = ..., others: _Optional[_Iterable[_Union[SpendingSum, _Mapping]]] = ..., totals: _Optional[_Iterable[_Union[SpendingSum, _Mapping]]] = ..., position: _Optional[int] = ..., time_zone: _Optional[str] = ..., from_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetStatementRequest(_message.Message):
    __slots__ = ("partition", "unit", "from_time", "to_time", "subtree", "page_size", "page_token")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    SUBTREE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    partition: str
    unit: str
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    subtree: bool
    page_size: int
    page_token: str
    def __init__(self, partition: _Optional[str] = ..., unit: _Optional[str] = ..., from_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., subtree: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class StatementAmounts(_message.Message):
    __slots__ = ("available", "reserved", "spent")
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    SPENT_FIELD_NUMBER: _ClassVar[int]
    available: int
    reserved: int
    spent: int
    def __init__(self, available: _Optional[int] = ..., reserved: _Optional[int] = ..., spent: _Optional[int] = ...) -> None: ...

class StatementLine(_message.Message):
    __slots__ = ("position", "time", "kind", "partition", "reservation_id", "tool", "workflow_id", "principal", "note", "change", "balance")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    position: int
    time: _timestamp_pb2.Timestamp
    kind: str
    partition: str
    reservation_id: str
    tool: str
    workflow_id: str
    principal: str
    note: str
    change: StatementAmounts
    balance: StatementAmounts
    def __init__(self, position: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[str] = ..., partition: _Optional[str] = ..., reservation_id: _Optional[str] = ..., tool: _Optional[str] = ..., workflow_id: _Optional[str] = ..., principal: _Optional[str] = ..., note: _Optional[str] = ..., change: _Optional[_Union[StatementAmounts, _Mapping]] = ..., balance: _Optional[_Union[StatementAmounts, _Mapping]] = ...) -> None: ...

class GetStatementResponse(_message.Message):
    __slots__ = ("opening", "lines", "closing", "next_page_token", "position")
    OPENING_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    opening: StatementAmounts
    lines: _containers.RepeatedCompositeFieldContainer[StatementLine]
    closing: StatementAmounts
    next_page_token: str
    position: int
    def __init__(self, opening: _Optional[_Union[StatementAmounts, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[StatementLine, _Mapping]]] = ..., closing: _Optional[_Union[StatementAmounts, _Mapping]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...

class GetBudgetRequest(_message.Message):
    __slots__ = ("partition", "levels", "unit", "window", "show_closed", "limit")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    LEVELS_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    SHOW_CLOSED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    partition: str
    levels: int
    unit: str
    window: _duration_pb2.Duration
    show_closed: bool
    limit: int
    def __init__(self, partition: _Optional[str] = ..., levels: _Optional[int] = ..., unit: _Optional[str] = ..., window: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., show_closed: bool = ..., limit: _Optional[int] = ...) -> None: ...

class Forecast(_message.Message):
    __slots__ = ("burned", "settlements", "observed", "exhaust_time", "refill_time", "refill")
    BURNED_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENTS_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    EXHAUST_TIME_FIELD_NUMBER: _ClassVar[int]
    REFILL_TIME_FIELD_NUMBER: _ClassVar[int]
    REFILL_FIELD_NUMBER: _ClassVar[int]
    burned: int
    settlements: int
    observed: _duration_pb2.Duration
    exhaust_time: _timestamp_pb2.Timestamp
    refill_time: _timestamp_pb2.Timestamp
    refill: int
    def __init__(self, burned: _Optional[int] = ..., settlements: _Optional[int] = ..., observed: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., exhaust_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., refill_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., refill: _Optional[int] = ...) -> None: ...

class BudgetLine(_message.Message):
    __slots__ = ("partition", "unit", "allocated", "reserved", "spent", "available", "own_available", "forecast")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    SPENT_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    OWN_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    partition: str
    unit: str
    allocated: int
    reserved: int
    spent: int
    available: int
    own_available: int
    forecast: Forecast
    def __init__(self, partition: _Optional[str] = ..., unit: _Optional[str] = ..., allocated: _Optional[int] = ..., reserved: _Optional[int] = ..., spent: _Optional[int] = ..., available: _Optional[int] = ..., own_available: _Optional[int] = ..., forecast: _Optional[_Union[Forecast, _Mapping]] = ...) -> None: ...

class BudgetedPartition(_message.Message):
    __slots__ = ("partition", "closed", "paused_at", "open_reservations", "pending_escalations", "lines")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    PAUSED_AT_FIELD_NUMBER: _ClassVar[int]
    OPEN_RESERVATIONS_FIELD_NUMBER: _ClassVar[int]
    PENDING_ESCALATIONS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    partition: str
    closed: bool
    paused_at: str
    open_reservations: int
    pending_escalations: int
    lines: _containers.RepeatedCompositeFieldContainer[BudgetLine]
    def __init__(self, partition: _Optional[str] = ..., closed: bool = ..., paused_at: _Optional[str] = ..., open_reservations: _Optional[int] = ..., pending_escalations: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[BudgetLine, _Mapping]]] = ...) -> None: ...

class GetBudgetResponse(_message.Message):
    __slots__ = ("partitions", "left_out", "position", "time", "window")
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    partitions: _containers.RepeatedCompositeFieldContainer[BudgetedPartition]
    left_out: int
    position: int
    time: _timestamp_pb2.Timestamp
    window: _duration_pb2.Duration
    def __init__(self, partitions: _Optional[_Iterable[_Union[BudgetedPartition, _Mapping]]] = ..., left_out: _Optional[int] = ..., position: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., window: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...
