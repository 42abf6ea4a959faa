"""`tallystick quarantine`: see why an organization's writing was stopped, and let it go on.

A lift verifies first. It then clears the flag and writes an `IncarnationBegun` entry, in one transaction under the
head's lock, so that nobody can write between the two and the journal says who let it go on, and why. Positions handed
out earlier belong to the incarnation before. Source: docs/rules.md, R49.
"""

import asyncio
import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.books import database_of, settings_of
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Database, Session, command
from ledger.cli.verifying import report_document, report_lines

if TYPE_CHECKING:
    from ledger.config import Settings
    from ledger.storage.open import OpenStore
    from ledger.verify import Report

quarantine = typer.Typer(help="See why an organization's writing was stopped, and lift that.", no_args_is_help=True)

CAUSE = "quarantine lifted"
CAUSE_RESTORED = "a copy was restored"
NOTE_MAX = 500


def register(app: typer.Typer) -> None:
    """`quarantine` is a command."""
    app.add_typer(quarantine, name="quarantine", rich_help_panel="Books")


@command(quarantine, "show", "local")
def show(
    session: Session,
    organization: Annotated[
        str | None, typer.Argument(help="Only this one; all that are quarantined, where absent.")
    ] = None,
    database: Database = None,
) -> None:
    """Say which organizations are quarantined, and the finding that stopped each. Reads beside a running server."""
    found = _flags(database_of(database), organization)
    flagged = {name: finding for name, finding in found.items() if finding}
    lines = [f"{name} is quarantined, reads only: {finding}" for name, finding in flagged.items()]
    nobody = f"{organization} is not quarantined" if organization else "no organization is quarantined"
    document = {"quarantined": [{"organization": name, "finding": finding} for name, finding in flagged.items()]}
    session.answer(document, *(lines or [nobody]))


@command(quarantine, "lift", "local")
def lift(
    session: Session,
    organization: Annotated[str, typer.Argument(help="Whose writing may go on.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the journal later.", show_default=False)],
    despite_findings: Annotated[
        bool,
        typer.Option(
            "--despite-findings",
            help="Also where the verification has findings; they are counted in the entry. What is wrong stays wrong.",
        ),
    ] = False,
    restored: Annotated[
        bool,
        typer.Option(
            "--restored",
            help="Also where it is not quarantined: its database is a copy, and what was told since holds no more.",
        ),
    ] = False,
    database: Database = None,
) -> None:
    """Verify an organization, then let its writing go on in a new incarnation. On SQLite stop the server first."""
    if not 0 < len(reason) <= NOTE_MAX:
        raise Complaint(ExitCode.USAGE, "USAGE", f"--reason takes 1 to {NOTE_MAX} characters")
    settings = settings_of(database)
    finding = _flags(settings.database, organization)[organization]
    if not (finding or restored):
        raise Complaint(
            ExitCode.REFUSED, "NOT_QUARANTINED", f"{organization} is not quarantined: there is nothing to lift"
        )
    cause = CAUSE if finding else CAUSE_RESTORED
    report = _verified(settings.database, organization, despite_findings=despite_findings)
    lifted = asyncio.run(_lift(settings, organization, report, cause, reason))
    session.answer(
        {
            "organization": organization,
            "incarnation": lifted.incarnation,
            "position": lifted.position,
            "was": lifted.finding,
        }
        | {"verification": report_document(report)},
        f"{organization} may be written again: incarnation {lifted.incarnation} begins at position {lifted.position}",
        f"it was stopped for: {lifted.finding}" if lifted.finding else CAUSE_RESTORED,
    )


def begin_incarnation(settings: "Settings", organization: str, reason: str, cause: str) -> "Lifted":
    """An organization that was stopped for it alone goes on in a new incarnation, if it verifies."""
    report = _verified(settings.database, organization, despite_findings=False)
    return asyncio.run(_lift(settings, organization, report, cause, reason))


def _verified(url: str, organization: str, *, despite_findings: bool) -> "Report":
    from ledger.verify import Verdict, verify

    report = verify(url, [organization])
    if report.verdict is Verdict.CLEAN or despite_findings:
        return report
    raise Complaint(
        ExitCode.REFUSED,
        "NOT_VERIFIED",
        f"{organization} stays quarantined, its verification says {report.verdict}: {report_lines(report)[0]}; "
        "restore a backup, or lift it with --despite-findings if you know what that means",
        verification=report_document(report),
    )


@dataclass(frozen=True, slots=True)
class Lifted:
    """Which incarnation began, at which position, and what had stopped the one before."""

    incarnation: int
    position: int
    finding: str


def _flags(url: str, organization: str | None) -> dict[str, str]:
    """The quarantine of one organization, or of all; empty where there is none."""
    from ledger.storage.schema import heads
    from ledger.verify.snapshot import open_snapshot

    place = heads.columns.keys().index("quarantine")
    with open_snapshot(url) as snapshot:
        names = list(snapshot.organizations(heads)) if organization is None else [organization]
        found = {name: row[place] for name in names for row in snapshot.rows(heads, name)}
    if organization is not None and not found:
        raise Complaint(ExitCode.REFUSED, "ORGANIZATION_NOT_FOUND", f"there is no organization {organization}")
    return found


async def _lift(settings: "Settings", organization: str, report: "Report", cause: str, reason: str) -> Lifted:
    from ledger.serving import opened

    async with opened(settings) as store:
        return await _begin(store, organization, report, cause, reason)


async def _begin(store: "OpenStore", organization: str, report: "Report", cause: str, reason: str) -> Lifted:
    from dataclasses import replace

    from ledger.core.book import Book
    from ledger.core.commands import BeginIncarnation, Request
    from ledger.core.decide import execute
    from ledger.core.texts import Text
    from ledger.storage.batch import assemble

    checked = report.of(organization)
    async with store.lock(organization) as locked:
        head = locked.head
        if (head.position, head.chain.hex()) != (checked.position, checked.chain):
            raise Complaint(ExitCode.REFUSED, "MOVED", f"{organization} has moved on from what was verified; try again")
        loaded = await store.load(organization)
        book = Book.load(
            organization,
            loaded.settings,
            head.position,
            head.at,
            loaded.partitions,
            loaded.balances,
            loaded.reservations,
            loaded.standing,
        )
        # What is due meanwhile is left to the service: it acts on it before the next command, as always (R36).
        clock = locked.clock or time.time_ns() // 1000
        mark = book.mark()
        counted = sum(report.counts.values())
        cause = f"{cause} despite {counted} findings" if counted else cause
        command = BeginIncarnation(cause, Text.of(reason, secrets.token_bytes(16)))
        request = Request(organization, f"operator:{_user()}", "", b"", command)
        _, entries = execute(book, request, max(clock, head.at + 1), {})
        batch = assemble(book, mark, head, entries, (), clock)
        await locked.append(replace(batch, head=replace(batch.head, quarantine="")))
    return Lifted(batch.head.incarnation, batch.head.position, head.quarantine)


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
