"""Noting: refused reservations made visible, without flooding the journal. Source: R82.

The first refusal of a partition and reason in a minute is an entry. Whether there is one already, the book says, so it
does not matter which process writes; how many there were since, only the process that refused them knows, roughly.
"""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.caps import Cap
from ledger.core.outcomes import Reason, Rejected
from ledger.core.refusals import NOTED_EVERY_US, RefusalNoted

if TYPE_CHECKING:
    from ledger.core.book import Book

_SILENT: Final = frozenset(
    {
        Reason.PARTITION_NOT_FOUND,
        Reason.PERMISSION_DENIED,
        Reason.RESERVATION_ID_TAKEN,
        Reason.REQUEST_ID_REUSED,
        Reason.REQUEST_ID_TOO_OLD,
        Reason.REQUEST_ID_IN_FUTURE,
        Reason.HOLD_ENDED,
    }
)
"""Of these no coordinator need hear; they are counted as metrics only."""


class Unreported:
    """How many refusals of one process its organization's journal does not tell of yet.

    By the partition whose rule said no, and the reason: whoever asked.
    """

    def __init__(self) -> None:
        """None."""
        self._counts: Counter[str] = Counter()

    def add(self, key: str) -> None:
        """One more."""
        self._counts[key] += 1

    def take(self, key: str) -> int:
        """They are being told of; how many."""
        return self._counts.pop(key, 0)

    def copy(self) -> "Unreported":
        """The same, to go on from where what is decided may be taken back."""
        made = Unreported()
        made._counts.update(self._counts)
        return made

    @property
    def counts(self) -> Mapping[str, int]:
        """What is left to tell of."""
        return self._counts


class Unheard(NamedTuple):
    """A reservation that a rule said no to, alone, in a group, or carried by an escalation.

    Attributes:
        command: What was asked for.
        refusal: Why not.
        shadow: It was not refused: the cap only watches (R56).
    """

    command: cmd.Reserve
    refusal: Rejected
    shadow: bool = False


def unheard(request: cmd.Request, refusal: Rejected) -> Unheard | None:
    """The reservation that made a request fail; None where none did, or nobody is to hear of it."""
    command = request.command
    if isinstance(command, cmd.Group) and refusal.culprit is not None:
        command = command.items[refusal.culprit]
    if not isinstance(command, cmd.Reserve) or request.validate_only:
        return None
    return Unheard(command, refusal)


def noted(book: "Book", said: Unheard, now: int, unreported: Unreported | None) -> ev.RefusalsNoted | None:
    """What the journal is to tell of a refusal; None where it tells of the like since less than a minute.

    Args:
        book: That it was decided on.
        said: Which reservation, and why not.
        now: The batch's time, microseconds since 1970.
        unreported: This process's, or None where nobody counts.

    Source: R56, R82.
    """
    command, refusal, shadow = said
    if refusal.reason in _SILENT:
        return None
    pid = book.ids.get(refusal.path, 0)
    if not pid or command.path not in book.ids:  # R44: it was created by the group that was refused, and taken back
        return None
    key = f"{pid}/{refusal.reason}/{refusal.cap_id if shadow else 0}"
    if unreported is not None:
        unreported.add(key)
    last: RefusalNoted | None = book.standing[RefusalNoted].get(key)
    if last is not None and last.noted_at // NOTED_EVERY_US == now // NOTED_EVERY_US:
        return None
    return ev.RefusalsNoted(
        partition_id=pid,
        path=refusal.path,
        reason=str(refusal.reason),
        asked_path=command.path,
        unit=refusal.unit,
        needed=refusal.needed,
        available=refusal.available,
        tool=command.tool,
        cap_id=refusal.cap_id if refusal.cap_id in book.standing[Cap] else 0,
        shadow=shadow,
        count=1 if unreported is None else unreported.take(key),
    )
