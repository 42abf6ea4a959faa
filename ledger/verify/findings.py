"""Findings: what a verification has to say, typed so that programs can act on it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

KEPT_MAX: Final = 1000
"""How many findings a report keeps; it counts them all."""

SHOWN_MAX: Final = 300
"""How many characters of an expected or found value a finding shows."""


class FindingKind(StrEnum):
    """What is wrong. The names are part of the output of `tallystick verify --json`."""

    ENTRY_MISSING = "ENTRY_MISSING"
    ENTRY_EXTRA = "ENTRY_EXTRA"
    ENTRY_ALTERED = "ENTRY_ALTERED"
    ENTRY_UNREADABLE = "ENTRY_UNREADABLE"
    ENTRY_UNLAWFUL = "ENTRY_UNLAWFUL"
    TEXT_ALTERED = "TEXT_ALTERED"
    SEAL_MISSING = "SEAL_MISSING"
    SEAL_EXTRA = "SEAL_EXTRA"
    SEAL_ALTERED = "SEAL_ALTERED"
    TIME_NOT_INCREASING = "TIME_NOT_INCREASING"
    HEAD_MISSING = "HEAD_MISSING"
    HEAD_ALTERED = "HEAD_ALTERED"
    ROW_MISSING = "ROW_MISSING"
    ROW_EXTRA = "ROW_EXTRA"
    ROW_ALTERED = "ROW_ALTERED"
    REQUEST_TWICE = "REQUEST_TWICE"
    INVARIANT_BROKEN = "INVARIANT_BROKEN"
    REPLAY_STOPPED = "REPLAY_STOPPED"
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"
    DATABASE_DAMAGED = "DATABASE_DAMAGED"
    EXPORT_ALTERED = "EXPORT_ALTERED"
    EXPORT_INCOMPLETE = "EXPORT_INCOMPLETE"
    CHECKPOINT_BEYOND = "CHECKPOINT_BEYOND"
    CHECKPOINT_CONTRADICTED = "CHECKPOINT_CONTRADICTED"
    CHECKPOINT_FORGED = "CHECKPOINT_FORGED"
    CHECKPOINT_UNREADABLE = "CHECKPOINT_UNREADABLE"
    PROOF_BROKEN = "PROOF_BROKEN"
    PROOF_UNANCHORED = "PROOF_UNANCHORED"
    UNREADABLE = "UNREADABLE"


INCOMPLETE: Final = frozenset(
    {
        FindingKind.ENTRY_MISSING,
        FindingKind.ENTRY_EXTRA,
        FindingKind.ENTRY_UNREADABLE,
        FindingKind.REPLAY_STOPPED,
        FindingKind.FORMAT_UNKNOWN,
        FindingKind.EXPORT_INCOMPLETE,
        FindingKind.CHECKPOINT_UNREADABLE,
        FindingKind.PROOF_UNANCHORED,
        FindingKind.UNREADABLE,
    }
)
"""Kinds after which something was left unread or uncompared."""

UNDECIDED: Final = frozenset(
    {
        FindingKind.FORMAT_UNKNOWN,
        FindingKind.EXPORT_INCOMPLETE,
        FindingKind.CHECKPOINT_UNREADABLE,
        FindingKind.PROOF_UNANCHORED,
        FindingKind.UNREADABLE,
    }
)
"""Kinds that contradict nothing: alone they make a verification incomplete."""


class Verdict(StrEnum):
    """What a verification came to. Only `CLEAN` says that everything was read and everything agrees."""

    CLEAN = "CLEAN"
    INCOMPLETE = "INCOMPLETE"
    FINDINGS = "FINDINGS"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be.

    Attributes:
        kind: What is wrong.
        organization: Whose journal or row; empty where the database itself is concerned.
        place: The table, or what else was looked at.
        position: Of the entry concerned; None where none is.
        key: Of the row concerned, without the organization; empty where none is.
        expected: What the journal says; empty where there is nothing to compare.
        found: What is there; empty where nothing is.
    """

    kind: FindingKind
    organization: str
    place: str
    position: int | None = None
    key: str = ""
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        """One line for people."""
        at = f" at position {self.position}" if self.position is not None else ""
        key = f" [{self.key}]" if self.key else ""
        text = f"{self.kind} {self.organization or 'database'}: {self.place}{at}{key}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.found:
            text += f"; found {self.found}"
        return text


@dataclass(slots=True)
class OrganizationReport:
    """What was read of one organization, and how it ended.

    Attributes:
        organization: Its name.
        position: Of the last entry read.
        chain: The last seal read, hexadecimal; compare it with one that was noted elsewhere.
        quarantine: The finding that stopped its writing; empty where none has. Itself not a finding.
        rows: How many rows of each table were read.
        checkpoints: How many positions checkpoints agree at.
        witnessed: The last of them; 0 for none. Nothing outside vouches for what comes behind.
        contradictions: How many findings contradict the journal or each other.
        incomplete: Something was left unread or uncompared.
    """

    organization: str
    position: int = 0
    chain: str = ""
    quarantine: str = ""
    rows: Counter[str] = field(default_factory=Counter)
    checkpoints: int = 0
    witnessed: int = 0
    contradictions: int = 0
    incomplete: bool = False

    @property
    def verdict(self) -> Verdict:
        """How it ended."""
        return _verdict(self.contradictions, incomplete=self.incomplete)


@dataclass(slots=True)
class Report:
    """What a whole verification came to.

    Attributes:
        database: What was read: a database, password masked, or the file of an export.
        organizations: In the order of their names.
        findings: The first ones; `counts` has all.
        counts: How many findings of each kind.
        incomplete: Something was left unread or uncompared.
    """

    database: str
    organizations: list[OrganizationReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    incomplete: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        contradictions = sum(count for kind, count in self.counts.items() if kind not in UNDECIDED)
        return _verdict(contradictions, incomplete=self.incomplete)

    def of(self, organization: str) -> OrganizationReport:
        """One organization's, which was read."""
        return next(one for one in self.organizations if one.organization == organization)


def _verdict(contradictions: int, *, incomplete: bool) -> Verdict:
    if contradictions:
        return Verdict.FINDINGS
    return Verdict.INCOMPLETE if incomplete else Verdict.CLEAN


class Sink:
    """Where findings go: told to whoever listens, counted, and the first of them kept."""

    def __init__(self, report: Report, tell: Callable[[Finding], None] | None = None) -> None:
        """Nothing was found yet."""
        self.report = report
        self._tell = tell
        self.current: OrganizationReport | None = None

    def add(
        self,
        kind: FindingKind,
        place: str,
        *,
        position: int | None = None,
        key: object = "",
        expected: object = "",
        found: object = "",
    ) -> None:
        """Something of the organization in hand is wrong."""
        organization = self.current.organization if self.current else ""
        finding = Finding(kind, organization, place, position, show(key), show(expected), show(found))
        self.report.counts[kind] += 1
        if len(self.report.findings) < KEPT_MAX:
            self.report.findings.append(finding)
        if self.current and kind not in UNDECIDED:
            self.current.contradictions += 1
        if kind in INCOMPLETE:
            self.leave_out()
        if self._tell:
            self._tell(finding)

    def leave_out(self) -> None:
        """Something of the organization in hand was not read or not compared."""
        self.report.incomplete = True
        if self.current:
            self.current.incomplete = True


def show(value: Any) -> str:  # noqa: ANN401  (whatever a database may hold)
    """A value as a finding shows it, bytes in hexadecimal, long ones cut."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bytes | memoryview):
        text = bytes(value).hex()
    elif isinstance(value, tuple):
        text = ", ".join(show(one) for one in value)
    else:
        text = str(value)
    text = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
