"""Entry filter: which entries of a journal somebody wants, by the partition that they are about, and by kind."""

from collections.abc import Iterable
from typing import Final

from ledger.core.effects import EFFECTS
from ledger.core.paths import organization_of
from ledger.core.queries import EntryQuery
from ledger.rpc.problems import InvalidRequest, Violation
from tallystick.v1 import journal_pb2

KINDS: Final = tuple(sorted(kind.__name__ for kind in EFFECTS))
"""The names of all kinds of entries."""


class EntryFilter:
    """What is wanted of one organization's journal.

    Attributes:
        organization: Whose journal.
        whole: Whether everything is.
    """

    def __init__(self, organization: str, partition: str, kinds: Iterable[str]) -> None:
        """Everything where neither partition nor kind is named.

        Raises:
            InvalidRequest: The partition is another organization's, or there is no such kind.
        """
        self.organization = organization
        if partition and organization_of(partition) != organization:
            raise InvalidRequest(Violation("partition", f"is not of the organization {organization}"))
        self._kinds = tuple(dict.fromkeys(kinds))
        for number, kind in enumerate(self._kinds):
            if kind not in KINDS:
                raise InvalidRequest(
                    Violation(f"kinds[{number}]", f"is no kind of entry; there are {', '.join(KINDS)}")
                )
        self._top = "" if partition == organization else partition
        self.whole = not (self._top or self._kinds)

    def query(self, after: int, limit: int) -> EntryQuery:
        """What finds them in a store."""
        return EntryQuery(self.organization, self._top, self._kinds, after, limit)

    def among(self, entries: Iterable[tuple[str, journal_pb2.Entry]]) -> list[journal_pb2.Entry]:
        """Those of some entries, each given with the partition that it is about."""
        top, kinds = self._top, self._kinds
        return [
            entry
            for path, entry in entries
            if (not kinds or entry.kind in kinds) and (not top or path == top or path.startswith(f"{top}/"))
        ]
