"""Statements: fetched page by page, read as one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tallystick.report_readings import holdings, statement_line
from tallystick.reports import Statement, StatementLine
from tallystick.requests.reports import statement_page
from tallystick.verbs import Steps, perform

_PAGE: Final = 1000


def statement(
    partition: str,
    unit: str,
    *,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
    subtree: bool = False,
) -> Steps[Statement]:
    """What moved through a partition: opening balances, each entry that changed them, closing balances.

    It is of one moment, however many pages are fetched.

    Args:
        partition: Path of the partition.
        unit: In which unit.
        from_time: From then on; since the beginning where absent.
        to_time: Up to then, not included; up to now where absent.
        subtree: Of the partition and all below it, as one: what crosses its border, and what is spent.
    """
    lines: list[StatementLine] = []
    first: Any = None
    token = ""
    while True:
        page, _ = yield perform(
            statement_page(
                partition,
                unit,
                from_time=from_time,
                to_time=to_time,
                subtree=subtree,
                page_size=_PAGE,
                page_token=token,
            )
        )
        answer, scale = page
        first = first or answer
        lines += [statement_line(one, scale) for one in answer.lines]
        token = answer.next_page_token
        if not token:
            return Statement(
                partition,
                unit,
                subtree,
                holdings(first.opening, scale),
                tuple(lines),
                holdings(first.closing, scale),
                first.position,
            )
