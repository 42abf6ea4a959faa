"""Ask who spent what on what, what moved through a partition, and how long budgets will last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from tallystick import methods, report_readings
from tallystick.governance import Period
from tallystick.reports import Budgets, Spending
from tallystick.requests.caps import WeekdayLike, weekday_name
from tallystick.requests.describe import Request, Seconds, duration, organization_of, timestamp
from tallystick.v1 import reports_pb2

SpendingColumn = Literal["partition", "tool", "workflow", "label", "period", "spent", "refunded", "net", "settlements"]
"""A column that a report on spending may be sorted by."""

WAIT_S: Final = 25.0
"""How long a report may take beyond what other calls may: a long journal is read from one end to the other."""

_KEYS: Final = ("partition", "tool", "workflow")
_LABEL: Final = "label:"
_PERIODS: Final = {period.lower(): period for period in Period}


def report(
    partition: str,
    *,
    by: Iterable[str] | str = (),
    levels: int | None = None,
    week_start: WeekdayLike | None = None,
    unit: str = "",
    tool: str = "",
    workflow_id: str = "",
    labels: Mapping[str, str] | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
    sort_by: SpendingColumn | None = None,
    descending: bool = False,
    limit: int = 0,
) -> Request[Spending]:
    """Say what a partition and all below it have spent, grouped and sorted, of one moment.

    Args:
        partition: Path of the partition.
        by: What to group by: `partition`, `tool`, `workflow`, `label:run` (the values of the label `run`), and one of
            `hour`, `day`, `week` and `month`, of the organization's time zone. Also as one text: `"tool,day"`.
        levels: What lies more than so many levels below counts in the partition above it; each one's own where absent.
        week_start: The day that weeks begin with; Monday where absent.
        unit: Only this.
        tool, workflow_id: Only what was spent on it, or for it.
        labels: Only what was spent under all of these.
        from_time: Only what was recorded then or later.
        to_time: Only what was recorded before.
        sort_by: What to sort by, within each unit; what is grouped by, in its order, where absent.
        descending: The largest, or the last, first.
        limit: The most rows of each unit, at most 10,000; 100 where 0. The others are added up.

    Raises:
        ValueError: `by` names what cannot be grouped by.
        InvalidRequest: The report would be too large, or contradicts itself; the message says how.
    """
    grouping = _grouping(by)
    message = reports_pb2.GetSpendingRequest(
        partition=partition,
        levels=levels,
        week_start=weekday_name(week_start),
        unit=unit,
        tool=tool,
        workflow_id=workflow_id,
        labels=labels,
        from_time=None if from_time is None else timestamp(from_time),
        to_time=None if to_time is None else timestamp(to_time),
        sort_by=None if sort_by is None else _column(sort_by),
        descending=descending,
        limit=limit,
        **grouping,
    )
    return Request(
        methods.GET_SPENDING,
        organization_of(partition),
        lambda _: message,
        report_readings.spending,
        wait_s=WAIT_S,
    )


def _grouping(by: Iterable[str] | str) -> dict[str, Any]:
    """The fields that say what to group by."""
    columns: list[str] = []
    found: dict[str, Any] = {"group_by": columns}
    for name in (one.strip() for one in (by.split(",") if isinstance(by, str) else by)):
        if name in _KEYS:
            columns.append(_column(name))
        elif name.startswith(_LABEL) and len(name) > len(_LABEL) and "label" not in found:
            columns.append(_column("label"))
            found["label"] = name.removeprefix(_LABEL)
        elif name in _PERIODS and "period" not in found:
            columns.append(_column("period"))
            found["period"] = f"PERIOD_{_PERIODS[name]}"
        elif name:
            known = ", ".join((*_KEYS, "label:NAME", "and one of", *_PERIODS)).replace("and one of,", "and one of")
            raise ValueError(f"{name!r} cannot be grouped by; there are {known}")
    return found


def _column(name: str) -> str:
    known = reports_pb2.SpendingColumn.keys()
    wire = f"SPENDING_COLUMN_{name.upper()}"
    if wire not in known[1:]:
        columns = ", ".join(one.removeprefix("SPENDING_COLUMN_").lower() for one in known[1:])
        raise ValueError(f"{name!r} is no column; there are {columns}")
    return wire


def statement_page(
    partition: str,
    unit: str,
    *,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
    subtree: bool = False,
    page_size: int = 0,
    page_token: str = "",
) -> Request[tuple[reports_pb2.GetStatementResponse, int]]:
    """Ask for a page of a statement; the answer as it came, and the unit's scale."""
    message = reports_pb2.GetStatementRequest(
        partition=partition,
        unit=unit,
        from_time=None if from_time is None else timestamp(from_time),
        to_time=None if to_time is None else timestamp(to_time),
        subtree=subtree,
        page_size=page_size,
        page_token=page_token,
    )
    return Request(
        methods.GET_STATEMENT,
        organization_of(partition),
        lambda _: message,
        lambda answer, scales: (answer, scales.get(unit, 0)),
        wait_s=WAIT_S,
    )


def budget(
    partition: str,
    *,
    levels: int | None = None,
    unit: str = "",
    window: Seconds | None = None,
    show_closed: bool = False,
    limit: int = 0,
) -> Request[Budgets]:
    """Say what a partition and those below it were given, have used and have left, and how long that will last.

    Args:
        partition: Path of the partition.
        levels: How many levels below it; all where absent. Sums are of all below, however many are shown.
        unit: Only this.
        window: How far to look back for the burn rate, from a minute to 90 days; one hour where absent.
        show_closed: Closed ones too.
        limit: At most so many partitions, up to 10,000; 1000 where 0.
    """
    message = reports_pb2.GetBudgetRequest(
        partition=partition,
        levels=levels,
        unit=unit,
        window=None if window is None else duration(window),
        show_closed=show_closed,
        limit=limit,
    )
    return Request(
        methods.GET_BUDGET, organization_of(partition), lambda _: message, report_readings.budgets, wait_s=WAIT_S
    )
