"""What the commands of governance have in common: the panel they stand under, shared options, how they say what was."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from tallystick import Receipt

PANEL: Final = "Governance"

Organization = Annotated[str, typer.Argument(help="The organization.")]
Partition = Annotated[str, typer.Argument(help="Path of the partition, for example acme/research.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
Reason = Annotated[str, typer.Option(help="Why, for people, kept in the journal.", show_default=False)]


class Window(StrEnum):
    """A window of the organization's calendar."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Day(StrEnum):
    """What a week begins with."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WeekStart = Annotated[
    Day | None,
    typer.Option(
        help="The day that a week begins with; monday where absent.", show_default=False, case_sensitive=False
    ),
]


def named(choice: StrEnum | None, otherwise: object = None) -> Any:  # noqa: ANN401  (what the SDK calls it)
    """The SDK's name of a choice; the other value where none was made."""
    return otherwise if choice is None else choice.name


def verb(receipt: "Receipt | None", infinitive: str, participle: str) -> str:
    """What a change did: `paused`; or what it would do (`would pause`), or had done before (`had paused`)."""
    if receipt is None:
        return participle
    return f"would {infinitive}" if receipt.validate_only else f"had {participle}" if receipt.replayed else participle
