"""Following: a journal that goes on is verified as it goes, from where the last look ended.

What is kept between looks is the chain and the book at a position. A look takes the batches behind it out of one
snapshot, as many as are good for memory; when none is left in the snapshot, its tables are at the book's position and
can be compared with it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

from ledger.storage import schema
from ledger.verify.findings import Finding, FindingKind, OrganizationReport, Report, Sink
from ledger.verify.projections import Projections
from ledger.verify.replay import Replay
from ledger.verify.scratch import Scratch
from ledger.verify.sealing import Sealing
from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.verifier import Postings

SEALS_MAX: Final = 50
"""How many batches are taken at once."""
ENTRIES_MAX: Final = 100_000
"""How many entries, should seals be missing."""
_SLICE: Final = 50
_POSITION: Final = 1


@dataclass(frozen=True, slots=True)
class Leg:
    """What was taken out of a snapshot: whole batches, and whether there were no more."""

    entries: list[Row]
    postings: list[Row]
    seals: list[Row]
    last: bool


class Follower:
    """One organization's journal, verified up to a position.

    Attributes:
        findings: What of the journal is not as it must be, up to there. It stays so.
        differing: What of the tables did not agree with it when they were compared last.
    """

    def __init__(self, organization: str, scratch: Scratch) -> None:
        """Before the first entry. The scratch pad may be shared with others."""
        self.organization = organization
        self._report = Report("")
        self._sink = self._new_sink(self._report)
        self._sealing = Sealing(organization, iter(()), self._sink)
        self._replay = Replay(organization, scratch, self._sealing, self._sink)
        self.differing: list[Finding] = []

    @property
    def position(self) -> int:
        """Up to which the journal was verified."""
        return self._replay.position

    @property
    def findings(self) -> list[Finding]:
        """See above."""
        return self._report.findings

    def take(self, snapshot: Snapshot) -> Leg:
        """The batches that are next; nothing has been verified of them yet."""
        start = self.position + 1
        seals = list(islice(snapshot.rows(schema.seals, self.organization, start), SEALS_MAX))
        full = len(seals) == SEALS_MAX
        entries = _up_to(
            seals[-1][_POSITION] if full else None, snapshot.rows(schema.entries, self.organization, start)
        )
        taken = list(islice(entries, ENTRIES_MAX))
        full = full or len(taken) == ENTRIES_MAX
        postings = snapshot.rows(schema.postings, self.organization, start)
        legs = _up_to(taken[-1][_POSITION] if full and taken else None, postings)
        return Leg(taken, list(legs), seals, last=not full)

    def went_back(self, snapshot: Snapshot) -> str:
        """Why what was verified is not what is there any more; empty where it is."""
        if not self.position:
            return ""
        seal = next(snapshot.rows(schema.seals, self.organization, self.position), None)
        if seal is None:
            return f"the journal ends before {self.position}, up to where it was verified"
        if (seal[_POSITION], seal[6]) != (self.position, self._sealing.chain):
            return f"the seal at {self.position} is not the one that was verified"
        return ""

    def follow(self, leg: Leg, rest: Callable[[], None]) -> None:
        """A leg is verified. `rest` is called every few milliseconds of work."""
        self._sealing.resume(iter(leg.seals))
        postings = Postings(iter(leg.postings), self._sink)
        for rows in _sliced(leg.entries):
            for expected in self._replay.take(rows):
                postings.meet(expected)
            rest()
        self._replay.end()
        self._sealing.end()
        postings.end()

    def compare(self, snapshot: Snapshot) -> None:
        """The tables, which are at this position, are compared with the book, all but what has ended."""
        report = Report("")
        projections = Projections(snapshot, self.organization, self._new_sink(report))
        stopped = bool(self._replay.stopped)
        projections.compare_head(self._sealing, self.position, None if stopped else self._replay.book)
        if not stopped:
            projections.compare_live(self._replay.book, snapshot.live)
        self.differing = report.findings

    def lost(self, why: str) -> Finding:
        """The finding that what was verified is not there any more."""
        return Finding(FindingKind.SEAL_ALTERED, self.organization, "seals", self.position, found=why)

    def _new_sink(self, report: Report) -> Sink:
        sink = Sink(report)
        sink.current = OrganizationReport(self.organization)
        return sink


def _up_to(position: object, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows up to a position; all of them where there is none."""
    if not isinstance(position, int):
        return rows
    return takewhile(lambda row: isinstance(row[_POSITION], int) and row[_POSITION] <= position, rows)


def _sliced(rows: list[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), _SLICE):
        yield rows[start : start + _SLICE]
