"""`tallystick top`: the tree as it is used, live."""

import contextlib
import re
import select
import shutil
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ledger.cli.output import write_json
from ledger.cli.pictures import Line, assembled, marks_for, print_lines
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.reports import PANEL
from ledger.cli.session import Session, command
from ledger.cli.times import read_length
from ledger.cli.top_picture import picture

if TYPE_CHECKING:
    from ledger.cli.bars import Marks
    from tallystick import Budgets, Client

_FRAME: Final = 6
"""Lines of a picture beside those of partitions, for one unit."""


def register(app: typer.Typer) -> None:
    """It is a command."""
    command(app, "top", "server", panel=PANEL)(top)


def top(
    session: Session,
    partition: Annotated[
        str,
        typer.Argument(help="Where to begin: an organization, a team or an agent. The only organization where absent."),
    ] = "",
    unit: Annotated[list[str] | None, typer.Option(help="Only this unit; may be given again.")] = None,
    levels: Annotated[
        int | None, typer.Option(min=0, max=16, help="How many levels below it; all where absent.")
    ] = None,
    window: Annotated[str, typer.Option(help="How far to look back for the burn rate, as in 10m, 1h, 1d.")] = "1h",
    every: Annotated[str, typer.Option(help="How often to look again, as in 2s.")] = "2s",
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="With --once: draw it into this file as well.", show_default=False)
    ] = None,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Draw with plain characters.")] = False,
) -> None:
    """Show the tree live: what is left, how fast it is used, how long it lasts, who waits. Ends with q or Ctrl-C.

    Without a terminal it prints a picture each time; with --json a document, a line each.
    """
    if svg is not None and not once:
        raise Complaint(ExitCode.USAGE, "USAGE", "--svg draws one picture: say --once too")
    looks_back, rests = read_length(window), read_length(every).total_seconds()
    marks = marks_for(plain=ascii_only)
    with session.client() as client:
        where = partition or _only_organization(client)
        _check_units(client, where, unit or [])

        def look() -> "Budgets":
            return client.budget(where, levels=levels, window=looks_back)

        first = look()
        if once:
            _tell(session, first, unit or [], marks)
            if svg is not None:
                _draw(picture(first, unit or [], marks), where, svg)
        else:
            with contextlib.suppress(KeyboardInterrupt):
                _follow(session, first, _again(look), unit or [], marks, rests)


def _only_organization(client: "Client") -> str:
    names = [one.name for _, one in zip(range(10), client.list_organizations(), strict=False)]
    if len(names) == 1:
        return names[0]
    known = f"there are {', '.join(names)}" if names else "there is none yet"
    raise Complaint(ExitCode.USAGE, "USAGE", f"name an organization; {known}")


def _check_units(client: "Client", where: str, units: list[str]) -> None:
    """An unknown unit is refused, and not looked for in vain.

    Raises:
        Complaint: The organization declares none of that name.
    """
    if units:
        name = where.partition("/")[0]
        known = client.get_organization(name).units
        if unknown := next((one for one in units if one not in known), ""):
            said = f"{name} declares no unit {unknown}; there are {', '.join(known)}"
            raise Complaint(ExitCode.REFUSED, "UNIT_UNKNOWN", said)


def _again(look: "Callable[[], Budgets]") -> "Callable[[], tuple[Budgets | None, str]]":
    """Looks again: what there is, or why nobody answered, which is no reason to end."""
    from tallystick import LedgerUnavailable

    def attempt() -> "tuple[Budgets | None, str]":
        try:
            return look(), ""
        except LedgerUnavailable as away:
            return None, f"no answer: {away}"

    return attempt


def _follow(
    session: Session,
    found: "Budgets",
    again: "Callable[[], tuple[Budgets | None, str]]",
    units: list[str],
    marks: "Marks",
    rests: float,
) -> None:
    """Show it, and again after each rest, until somebody ends it."""
    if session.as_json or not sys.stdout.isatty():
        while True:
            _tell(session, found, units, marks)
            _rest(rests)
            latest, _ = again()
            while latest is None:
                _rest(rests)
                latest, _ = again()
            found = latest
    from rich.live import Live

    problem = ""
    with _keys() as pressed, Live(screen=True, auto_refresh=False) as live:
        while True:
            room = shutil.get_terminal_size()
            lines = picture(found, units, marks, max(room.lines - _FRAME, 1), room.columns)
            lines += [[(problem, "debt")]] if problem else []
            live.update(assembled(lines), refresh=True)
            if pressed(rests) == "q":
                return
            latest, problem = again()
            found = latest or found


def _tell(session: Session, found: "Budgets", units: list[str], marks: "Marks") -> None:
    if session.as_json:
        write_json(found)
    else:
        print_lines(picture(found, units, marks))


def _draw(lines: list[Line], title: str, file: Path) -> None:
    """The picture as a drawing."""
    from rich.console import Console

    width = max(sum(len(text) for text, _ in line) for line in lines)
    with open(_NOWHERE, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  (a device)
        console = Console(record=True, width=max(width, 1), file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(assembled(lines))
        drawing = _FONTS.sub("", console.export_svg(title=f"tallystick top {title}"))
    try:
        file.write_text(drawing, encoding="utf-8")
    except OSError as problem:
        raise Complaint(ExitCode.FAULT, "NOT_WRITTEN", f"{file} cannot be written: {problem.strerror}") from problem


_NOWHERE: Final = "/dev/null"
_FONTS: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""A drawing fetches nothing: whoever looks at it has some font of its kind."""


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """Waits for a key at most so many seconds; the key, or nothing. Without a keyboard it only waits."""
    if not sys.stdin.isatty():
        yield _rest
        return
    keyboard = sys.stdin.fileno()
    before: Any = termios.tcgetattr(keyboard)

    def pressed(seconds: float) -> str:
        ready, _, _ = select.select([keyboard], [], [], seconds)
        return sys.stdin.read(1) if ready else ""

    try:
        tty.setcbreak(keyboard)
        yield pressed
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _rest(seconds: float) -> str:
    time.sleep(seconds)
    return ""
