"""`tallystick verify`: whether a database, or an export, is what its journal comes to."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.books import database_of
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.progress import watched
from ledger.cli.session import Database, Session, command

if TYPE_CHECKING:
    from ledger.verify import Report
    from ledger.verify.checkpoints import Checkpoints

_FILES = (".jsonl", ".json", ".gz")
PublicKey = Annotated[
    str,
    typer.Option(
        help="Who must have signed the checkpoints: 64 hexadecimal digits, or a PEM file. "
        "Where absent each must be signed by the key that it names.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]


def register(app: typer.Typer) -> None:
    """It is a command."""
    command(app, "verify", "local", panel="Books")(verify)


def verify(
    session: Session,
    what: Annotated[
        list[str] | None,
        typer.Argument(help="The file of an export; organizations, only these. All of the database, where absent."),
    ] = None,
    database: Database = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file of checkpoints that the journals must agree with; may be given several times.",
            show_default=False,
        ),
    ] = None,
    public_key: PublicKey = "",
    proof: Annotated[
        Path | None,
        typer.Option(help="Verify what `prove` wrote, and nothing else.", show_default=False),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Recompute the chain and every projection, of a database beside a running server, or of an export by itself.

    Exit code 1 on a finding, and where something was not read.
    """
    from ledger.verify import Verdict, verify_export
    from ledger.verify import verify as check

    file, organizations = told_apart(what or [], database)
    kept = checkpoints_of(checkpoint or [], public_key, needed=proof is None)
    if proof is not None:
        if what or database:
            raise Complaint(ExitCode.USAGE, "USAGE", "--proof is verified by itself: name no file or organization")
        _verify_proof(session, proof, kept, public_key)
        return
    with watched(shown=not quiet) as progress:
        if file is not None:
            report = verify_export(file, organizations, checkpoints=kept, progress=progress)
        else:
            report = check(database_of(database), organizations, checkpoints=kept, progress=progress)
    session.answer(report_document(report, kept), *report_lines(report, kept))
    if report.verdict is not Verdict.CLEAN:
        raise typer.Exit(ExitCode.REFUSED)


def _verify_proof(session: Session, file: Path, kept: "Checkpoints | None", public: str) -> None:
    from ledger.verify import Verdict
    from ledger.verify.keys import public_key
    from ledger.verify.proofs import NoProof, proof_of, verify_proof

    try:
        proof = proof_of(file.read_bytes())
    except NoProof as problem:
        raise Complaint(ExitCode.FAULT, "PROOF_UNREADABLE", f"{file}: {problem}") from problem
    report = verify_proof(str(file), proof, kept, public_key(public) if public else "")
    (one,) = report.organizations
    lines = [str(finding) for finding in report.findings]
    kind = proof.body.partition(b"\0")[0].decode(errors="replace")
    lines.append(
        f"{one.organization}: {kind} at position {one.position}, under the seal {one.chain} at {proof.seals[-1][0]}"
    )
    if proof.checkpoint is not None:
        lines.append(f"its checkpoint is signed by key {proof.checkpoint.key}")
    lines.append(f"{report.verdict}: {report.database}")
    session.answer(report_document(report, kept), *lines)
    if report.verdict is not Verdict.CLEAN:
        raise typer.Exit(ExitCode.REFUSED)


def checkpoints_of(files: Sequence[Path], public: str, *, needed: bool = True) -> "Checkpoints | None":
    """The checkpoints in some files; None where none are named."""
    from ledger.verify.checkpoints import Checkpoints
    from ledger.verify.keys import public_key

    if not files:
        if public and needed:
            raise Complaint(ExitCode.USAGE, "USAGE", "--public-key belongs to --checkpoint or --proof")
        return None
    kept = Checkpoints.read(files, public_key(public) if public else "")
    if not kept.newest and not kept.problems:
        named = ", ".join(map(str, files))
        raise Complaint(ExitCode.REFUSED, "NO_CHECKPOINT", f"there is no checkpoint in {named}: nothing is vouched for")
    return kept


def told_apart(words: list[str], database: str | None = None) -> tuple[Path | None, list[str]]:
    """The file among what was named, if one is, and the organizations."""
    files = [word for word in words if _is_file(word)]
    if len(files) > 1:
        raise Complaint(ExitCode.USAGE, "USAGE", f"one file at a time: {files[0]} or {files[1]}")
    if files and database:
        raise Complaint(ExitCode.USAGE, "USAGE", f"either the file {files[0]} or --database, not both")
    return (Path(files[0]) if files else None), [word for word in words if word not in files]


def _is_file(word: str) -> bool:
    """Whether a word means a file: it is written like one, or there is an export of that name."""
    from ledger.verify.exported import is_export

    return "/" in word or word.endswith(_FILES) or is_export(Path(word))


def report_document(report: "Report", checkpoints: "Checkpoints | None" = None) -> dict[str, Any]:
    """A verification as JSON is printed."""
    signers = {"signed_by": sorted(checkpoints.keys)} if checkpoints else {}
    return {
        "verdict": report.verdict,
        "database": report.database,
        "organizations": [
            {
                "organization": one.organization,
                "verdict": one.verdict,
                "position": one.position,
                "chain": one.chain,
                "quarantine": one.quarantine,
                "rows": dict(one.rows),
                "checkpoints": one.checkpoints,
                "witnessed": one.witnessed,
            }
            for one in report.organizations
        ],
        "counts": dict(report.counts),
        "findings": report.findings,
    } | signers


def report_lines(report: "Report", checkpoints: "Checkpoints | None" = None) -> list[str]:
    """A verification for people: findings first, the verdict last."""
    lines = [str(finding) for finding in report.findings]
    more = sum(report.counts.values()) - len(report.findings)
    lines += [f"and {more} more"] if more else []
    for one in report.organizations:
        quarantine = f"; QUARANTINED: {one.quarantine}" if one.quarantine else ""
        lines.append(
            f"{one.organization}: {one.verdict}, {one.rows['entries']} entries and {one.rows['postings']} postings "
            f"up to position {one.position}, seal {one.chain[:16] or 'none'}{quarantine}"
        )
        if checkpoints is not None:
            many = "1 checkpoint agrees" if one.checkpoints == 1 else f"{one.checkpoints} checkpoints agree"
            agree = f"{many}, the last at position {one.witnessed}"
            lines.append(f"{one.organization}: {agree if one.checkpoints else 'no checkpoint vouches for it'}")
    lines += [f"checkpoints are signed by key {key}" for key in sorted(checkpoints.keys if checkpoints else ())]
    if report.incomplete:
        lines.append("something was not read or not compared: what is not complete is not clean")
    lines.append(f"{report.verdict}: {report.database}")
    return lines
