"""Allowances: schedules that fill a partition from its parent, every period."""

from enum import StrEnum

from ledger.core.calendars import Period, Weekday
from ledger.core.records import dataclass


class AllowanceMode(StrEnum):
    """What an allowance gives: what is missing to its amount, or the amount. Source: R73."""

    REFILL_TO = "REFILL_TO"
    ADD = "ADD"


def allowance_key(partition_id: int, unit: str) -> str:
    """The key of an allowance's record.

    The number has a fixed width, so that keys sort as numbers do: what is due at one instant fills parents before their
    children, who were all created later. Source: R36.
    """
    return f"{partition_id:019d}/{unit}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """A schedule that gives to a partition from its parent.

    Attributes:
        partition_id: Who receives.
        unit: Of the amount.
        position: Of the entry that first set it.
        parts: The amount.
        mode: How it is meant.
        period: How often.
        week_start: Of weeks.
        next_at: When it runs next, microseconds since 1970.
        last_at: When it ran last, also where it gave nothing; 0 where it has not.
        last_given: What it gave then.
        last_shortfall: What it should have given then and the parent did not have.
        version: From 1; the `etag`. It goes on when a deleted one comes back.
        deleted: Whether it runs no more.
    """

    partition_id: int
    unit: str
    position: int
    parts: int
    mode: AllowanceMode
    period: Period
    week_start: Weekday
    next_at: int
    last_at: int
    last_given: int
    last_shortfall: int
    version: int
    deleted: bool = False

    @property
    def key(self) -> str:
        """Its partition and unit."""
        return allowance_key(self.partition_id, self.unit)

    @property
    def ended(self) -> bool:
        """Never: one that comes back goes on counting versions."""
        return False

    @property
    def due_at(self) -> int:
        """When it runs next."""
        return 0 if self.deleted else self.next_at

    @property
    def places(self) -> tuple[int, ...]:
        """By partition."""
        return (self.partition_id,)
