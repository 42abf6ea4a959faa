"""Exporting: one moment of an organization, or of all, as lines that anybody can read and verify.

The journal comes first, each batch as its entries and then its seal, then what the database says that it comes to.
Everything is read in the order of keys from one snapshot, so the same books make the same bytes, whichever database
they are in.
"""

import gzip
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.storage import schema
from ledger.storage.backup import put_in_place
from ledger.verify.exported import first_line
from ledger.verify.lines import BEGIN, END, FORMS, JOURNAL, PROJECTIONS, Form, NoLine, line
from ledger.verify.snapshot import Snapshot

_TOLD_EVERY: Final = 500
_ENTRY, _SEAL = JOURNAL

Write = Callable[[bytes], object]
Progress = Callable[[str, int, int], None]
"""Told an organization, how many of its entries were written, and how many its head says that there are."""


class CannotExport(Exception):
    """There is nothing to export, it cannot be written, or the database holds what no export can say."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written of one organization: where its journal stood, and how many lines of each kind there are."""

    organization: str
    incarnation: int
    position: int
    chain: str
    lines: dict[str, int]


def export(snapshot: Snapshot, organizations: Sequence[str], write: Write, progress: Progress) -> list[Exported]:
    """Everything of some organizations is written, in the order of their names.

    Args:
        snapshot: Of one moment.
        organizations: All of the database where empty.
        write: Takes lines.
        progress: Called as entries are written.

    Raises:
        CannotExport: There is no such organization, or none at all; or a row holds what no export can say.
    """
    known = list(snapshot.organizations(schema.heads))
    if unknown := sorted(set(organizations) - set(known)):
        raise CannotExport(f"there is no organization {unknown[0]}")
    names = sorted(set(organizations)) or known
    if not names:
        raise CannotExport("there is no organization to export")
    try:
        write(first_line(names))
        return [_Part(snapshot, name, write).write(progress) for name in names]
    except NoLine as problem:
        raise CannotExport(f"{problem}; see what `tallystick verify` says") from problem


class _Part:
    """One organization's lines."""

    def __init__(self, snapshot: Snapshot, organization: str, write: Write) -> None:
        self._snapshot = snapshot
        self._organization = organization
        self._write = write
        self._hashed = hashlib.sha256()
        self._counts: Counter[str] = Counter(dict.fromkeys(FORMS, 0))

    def write(self, progress: Progress) -> Exported:
        """All of them."""
        name = self._organization
        [head] = self._snapshot.rows(schema.heads, name)
        told: dict[str, Any] = dict(zip(schema.heads.columns.keys(), head, strict=True))
        incarnation, position, chain = told["incarnation"], told["position"], bytes(told["chain"]).hex()
        self._say(line([BEGIN, name, incarnation, position, chain]))
        self._journal(progress, position)
        for form in PROJECTIONS:
            for row in self._snapshot.rows(form.table, name):
                self._row(form, row)
        counts = dict(self._counts)
        self._write(line([END, name, position, chain, counts, self._hashed.hexdigest()]))
        return Exported(name, incarnation, position, chain, counts)

    def _journal(self, progress: Progress, goal: int) -> None:
        """Entries and seals, each seal behind the last entry that it covers."""
        entries = self._snapshot.rows(schema.entries, self._organization)
        entry = next(entries, None)
        progress(self._organization, 0, goal)
        for seal in self._snapshot.rows(schema.seals, self._organization):
            while entry is not None and entry[1] <= seal[1]:
                entry = self._entry(entry, entries, progress, goal)
            self._row(_SEAL, seal)
        while entry is not None:
            entry = self._entry(entry, entries, progress, goal)
        progress(self._organization, self._counts[_ENTRY.word], goal)

    def _entry(
        self, entry: tuple[Any, ...], entries: Iterator[tuple[Any, ...]], progress: Progress, goal: int
    ) -> tuple[Any, ...] | None:
        self._row(_ENTRY, entry)
        if self._counts[_ENTRY.word] % _TOLD_EVERY == 0:
            progress(self._organization, self._counts[_ENTRY.word], goal)
        return next(entries, None)

    def _row(self, form: Form, row: tuple[Any, ...]) -> None:
        self._counts[form.word] += 1
        self._say(form.line(row))

    def _say(self, said: bytes) -> None:
        self._hashed.update(said)
        self._write(said)


@contextmanager
def made(target: Path) -> Iterator[Write]:
    """A file that only its owner can read, packed where its name ends in `.gz`; whole and on the disk, or not there.

    Raises:
        CannotExport: The target exists, or cannot be written.
    """
    if target.exists():
        raise CannotExport(f"{target} exists; an export replaces nothing")
    making = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            if target.suffix == ".gz":
                # Without name and time, so that the same books make the same bytes.
                with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                    yield packed.write
            else:
                yield file.write
            file.flush()
            os.fsync(file.fileno())
        put_in_place(making, target)
    except OSError as problem:
        raise CannotExport(f"{target} cannot be written: {problem.strerror or problem}") from problem
    finally:
        making.unlink(missing_ok=True)
