"""Meters: what is told of the work while it is done, to whoever wants to count it."""

from collections.abc import Callable, Iterable, Sequence

from ledger.core.journal import Entry
from ledger.core.outcomes import Outcome


class Meter:
    """Counts nothing. Whoever wants to know overrides what he wants to know. All times are in seconds."""

    def watch(self, queued: Callable[[], int], sequencers: Callable[[], int]) -> None:
        """These tell, from any thread, how many commands wait, and of how many organizations a sequencer runs."""

    def waited(self, seconds: float) -> None:
        """The command of a batch that had waited longest waited so long to be taken."""

    def appended(self, outcomes: Sequence[Outcome], seconds: float, entries: Iterable[Entry]) -> None:
        """A batch was appended, or the head compared where there was nothing to append, which took so long."""

    def locked(self, seconds: float) -> None:
        """A lock on a head was waited for so long."""

    def retried(self, cause: BaseException) -> None:
        """A batch is tried again because of a fault of the database."""

    def resolved(self, *, found: bool) -> None:
        """What became of a batch whose COMMIT was lost is known."""

    def skewed(self, seconds: float) -> None:
        """The clock of this machine goes before the database's by so much; below zero behind it."""


SILENT = Meter()
"""Nobody wants to know."""
