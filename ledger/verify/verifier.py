"""Verifying a database or an export: one organization after another, each journal read once and in order."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ledger.storage import schema
from ledger.verify.checkpoints import Checkpoints, Witness
from ledger.verify.exported import Export, ExportUnreadable, Part
from ledger.verify.findings import Finding, FindingKind, OrganizationReport, Report, Sink
from ledger.verify.lines import same
from ledger.verify.projections import Projections
from ledger.verify.replay import Replay
from ledger.verify.scratch import Scratch
from ledger.verify.sealing import Sealing
from ledger.verify.snapshot import DatabaseUnreadable, Snapshot, masked, open_snapshot
from ledger.verify.source import Row, Source, SourceDamaged

SLICE: Final = 500
"""How many entries are in memory at once."""

Progress = Callable[[str, int, int], None]
"""Told an organization, how many of its entries were read, and how many its head says that there are."""


def verify(
    address: str,
    organizations: Sequence[str] = (),
    *,
    checkpoints: Checkpoints | None = None,
    tell: Callable[[Finding], None] | None = None,
    progress: Progress | None = None,
) -> Report:
    """What a database's journals and projections come to, beside whoever is writing to them.

    Args:
        address: Database URL.
        organizations: Only these; all where empty. The others are not looked at, nor is the database as a whole.
        checkpoints: That somebody kept elsewhere; the journals must agree with them.
        tell: Called with each finding at once.
        progress: Called as entries are read.

    Raises:
        DatabaseUnreadable: There is no such database, or no such organization in it.

    Source: docs/rules.md, R3, R4, R47, R48; I1-I7, I11-I13, I18.
    """
    report = Report(masked(address))
    sink = Sink(report, tell)
    with open_snapshot(address) as snapshot:
        known = _names(snapshot, sink)
        if unknown := sorted(set(organizations) - set(known)):
            raise DatabaseUnreadable(f"there is no organization {unknown[0]} in {masked(address)}")
        _take_in(checkpoints, sink)
        if not organizations:
            _check_database(snapshot, sink)
            known += sorted(checkpoints.of.keys() - set(known)) if checkpoints else []
        for name in organizations or known:
            _verify_one(snapshot, name, sink, checkpoints, progress or _silent)
    return report


def verify_export(
    path: Path,
    organizations: Sequence[str] = (),
    *,
    checkpoints: Checkpoints | None = None,
    tell: Callable[[Finding], None] | None = None,
    progress: Progress | None = None,
) -> Report:
    """What an export comes to, by the same code as a database, and with nothing but the file.

    Args:
        path: What `tallystick export` wrote.
        organizations: Only these; all where empty.
        checkpoints: As for `verify`; those of organizations that the file does not have say nothing of it.
        tell: Likewise.
        progress: Likewise.

    Raises:
        ExportUnreadable: It is no export, or one of another format, or has no such organization.
    """
    report = Report(str(path))
    sink = Sink(report, tell)
    export = Export(path)
    if unknown := sorted(set(organizations) - export.parts.keys() - set(export.missing)):
        raise ExportUnreadable(f"there is no organization {unknown[0]} in {path}")
    _take_in(checkpoints, sink)
    for problem in export.altered:
        sink.add(FindingKind.EXPORT_ALTERED, "export", found=problem)
        sink.leave_out()
    for name in organizations or [*export.parts, *export.missing]:
        if name in export.parts:
            _verify_one(export, name, sink, checkpoints, progress or _silent)
        else:
            sink.current = OrganizationReport(name)
            report.organizations.append(sink.current)
            sink.add(FindingKind.EXPORT_INCOMPLETE, "export", found="it is named, and not there")
            sink.current = None
    return report


def _take_in(checkpoints: Checkpoints | None, sink: Sink) -> None:
    """What of the checkpoints themselves is not right."""
    for kind, place, problem in checkpoints.problems if checkpoints else ():
        sink.add(kind, "checkpoints", key=place, found=problem)


def _silent(_organization: str, _done: int, _all: int) -> None:
    """Nobody watches."""


def _names(snapshot: Snapshot, sink: Sink) -> list[str]:
    """Every organization that any table names: rows of one without a journal must be found too."""
    names: dict[str, None] = {}
    for table in schema.metadata.sorted_tables:
        try:
            for name in snapshot.organizations(table):
                names[str(name.encode(), "utf-8")] = None
        except (SQLAlchemyError, AttributeError, UnicodeError) as problem:  # no text, or none that can be asked for
            sink.add(FindingKind.DATABASE_DAMAGED, f"{table.name}.organization", found=problem)
            sink.leave_out()
    return sorted(names)


def _check_database(snapshot: Snapshot, sink: Sink) -> None:
    try:
        damages = snapshot.damages()
    except SQLAlchemyError as problem:
        damages = [str(problem).partition("\n")[0]]
    for damage in damages:
        sink.add(FindingKind.DATABASE_DAMAGED, "pages and indexes", found=damage)


def _verify_one(source: Source, name: str, sink: Sink, checkpoints: Checkpoints | None, progress: Progress) -> None:
    report = OrganizationReport(name)
    sink.report.organizations.append(report)
    sink.current = report
    witness = Witness(checkpoints.of.get(name, {}) if checkpoints else {}, sink)
    scratch = Scratch((schema.reservations, schema.request_ids, schema.standing))
    try:
        _read(source, name, sink, scratch, witness, progress)
    except (SQLAlchemyError, SourceDamaged) as problem:
        said = str(getattr(problem, "orig", None) or problem).partition("\n")[0]
        sink.add(FindingKind.UNREADABLE, "what was to be read", position=report.position, found=said)
    finally:
        scratch.close()
        sink.current = None


def _read(source: Source, name: str, sink: Sink, scratch: Scratch, witness: Witness, progress: Progress) -> None:
    report = sink.current
    assert report is not None, "an organization is in hand"
    goal = source.position(name)
    sealing = Sealing(name, source.rows(schema.seals, name), sink, witness.met)
    replay = Replay(name, scratch, sealing, sink)
    entries = source.rows(schema.entries, name)
    postings = Postings(source.rows(schema.postings, name) if source.has(schema.postings) else None, sink)
    progress(name, 0, goal)
    while rows := list(islice(entries, SLICE)):
        for expected in replay.take(rows):
            postings.meet(expected)
        report.position = replay.position
        report.rows["entries"] += len(rows)
        progress(name, report.rows["entries"], goal)
    cut_off = source.cut_off(name)
    replay.end()
    if not cut_off:  # else the last batch has lost its seal, and nothing is known of what would come after it
        sealing.end()
        postings.end()
    witness.end(sealing.position, cut_off=bool(cut_off))
    report.checkpoints, report.witnessed = witness.agreed, witness.position
    report.chain = sealing.chain.hex()
    report.rows["postings"], report.rows["seals"] = postings.count, sealing.count
    if cut_off:
        sink.add(FindingKind.EXPORT_INCOMPLETE, "export", position=replay.position, found=cut_off)
        if isinstance(source, Export):
            _check_part(source.parts[name], replay, sealing, sink)
        return
    projections = Projections(source, name, sink)
    projections.compare_head(sealing, replay.position, None if replay.stopped else replay.book)
    if not replay.stopped:
        projections.compare(replay.book, scratch)
    if isinstance(source, Export):
        _check_part(source.parts[name], replay, sealing, sink)


def _check_part(part: Part, replay: Replay, sealing: Sealing, sink: Sink) -> None:
    """What the first and the last line of an organization's part say is what is between them."""
    for problem in part.altered:
        sink.add(FindingKind.EXPORT_ALTERED, "export", found=problem)
    for word in sorted(part.disordered):
        sink.add(FindingKind.EXPORT_ALTERED, word, found="its lines are not in their order")
    if part.cut_off:
        return
    stands = (replay.position, sealing.chain.hex())
    for claim in part.claims:
        if not same((claim.position, claim.chain), stands):
            sink.add(FindingKind.EXPORT_ALTERED, claim.where, expected=stands, found=(claim.position, claim.chain))
    settings = replay.book.organization
    if settings is not None and not replay.stopped and not same([part.incarnation], [settings.incarnation]):
        sink.add(FindingKind.EXPORT_ALTERED, "first line", expected=settings.incarnation, found=part.incarnation)


class Postings:
    """Walks the rows of `postings` along those that the entries' bytes ask for; where there are none, counts these."""

    def __init__(self, rows: Iterator[Row] | None, sink: Sink) -> None:
        self._there = rows is not None
        self._rows = rows or iter(())
        self._sink = sink
        self._row = next(self._rows, None)
        self.count = 0

    def meet(self, expected: Row) -> None:
        """The next row must be this one."""
        if not self._there:
            self.count += 1
            return
        while self._row is not None and self._before(self._row, expected):
            self._extra()
        if self._row is None or self._row[1:3] != expected[1:3]:
            self._sink.add(
                FindingKind.ROW_MISSING, "postings", position=expected[1], key=expected[2], expected=expected[3:]
            )
            return
        if self._row != expected:
            self._sink.add(
                FindingKind.ROW_ALTERED,
                "postings",
                position=expected[1],
                key=expected[2],
                expected=expected[3:],
                found=self._row[3:],
            )
        self._advance()

    def end(self) -> None:
        """No more are asked for."""
        while self._row is not None:
            self._extra()

    @staticmethod
    def _before(row: Row, expected: Row) -> bool:
        try:
            return bool(row[1:3] < expected[1:3])
        except TypeError:
            return True

    def _extra(self) -> None:
        assert self._row is not None, "the caller has looked"
        _, position, line, *rest = self._row
        at = position if isinstance(position, int) else None
        self._sink.add(FindingKind.ROW_EXTRA, "postings", position=at, key=line, found=tuple(rest))
        self._advance()

    def _advance(self) -> None:
        self.count += 1
        self._row = next(self._rows, None)
