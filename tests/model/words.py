"""Words that all of the naive model uses, and its way to say no."""

from typing import Any, Final

MOST: Final = 9_223_372_036_854_775_807
MINUTE: Final = 60_000_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

SILENT: Final = {"PARTITION_NOT_FOUND", "RESERVATION_ID_TAKEN"}
"""Refused reserves of which the journal does not tell."""

Operation = tuple[str, dict[str, Any]]
"""A kind and its fields, in plain strings and numbers."""

Facts = dict[str, Any]
"""What is known of one thing."""


class No(Exception):
    """A rule says no; `path` where it is said of another partition than the one asked for."""

    def __init__(
        self, reason: str, unit: str = "", needed: int | None = None, available: int | None = None, path: str = ""
    ) -> None:
        super().__init__(reason)
        self.answer = (reason, unit, needed, available)
        self.path = path
