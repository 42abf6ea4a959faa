"""Meters: what is told of the work while it is done, to whoever wants to count it."""

from collections.abc import Iterable

from ledger.core.journal import Entry


class Meter:
    """Counts nothing. Whoever wants to know overrides what he wants to know. All times are in seconds."""

    def waited(self, seconds: float) -> None:
        """The command of a batch that had waited longest waited so long to be taken."""

    def appended(self, commands: int, seconds: float, entries: Iterable[Entry]) -> None:
        """A batch was appended, or found that nothing had to be, which took so long."""

    def locked(self, seconds: float) -> None:
        """A lock on a head was waited for so long."""

    def replayed(self, commands: int) -> None:
        """So many were answered with an earlier effect."""

    def retried(self, cause: BaseException) -> None:
        """A batch is tried again because of a fault of the database."""

    def resolved(self, *, found: bool) -> None:
        """What became of a batch whose COMMIT was lost is known."""

    def skewed(self, seconds: float) -> None:
        """The clock of this machine goes before the database's by so much; below zero behind it."""


SILENT = Meter()
"""Nobody wants to know."""
