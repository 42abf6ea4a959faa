"""Pictures: lines of styled text, tables of them, and how they reach a terminal."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from ledger.cli.bars import ASCII, UNICODE, Marks
from ledger.cli.output import harmless, write_json
from ledger.cli.session import Session

if TYPE_CHECKING:
    from rich.text import Text

Piece: TypeAlias = tuple[str, str]
"""Text, and the name of its style."""

Line: TypeAlias = list[Piece]

Cell: TypeAlias = str | Line
"""What stands in a column: plain text, or pieces of it."""

_STYLES: Final = {
    "spent": "red",
    "reserved": "yellow",
    "available": "green",
    "debt": "bold red",
    "head": "bold",
    "team": "bold",
    "paused": "bold magenta",
    "faint": "dim",
    "empty": "dim",
}
_GAP: Final = 2


def marks_for(*, plain: bool = False) -> Marks:
    """The characters of a picture: plain ones where they are wanted, or where the output has no others."""
    return ASCII if plain or not _can_print("".join(UNICODE)) else UNICODE


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[Line]:
    """Rows below their heads, each column as wide as its widest cell; nothing where there are no rows."""
    if not rows:
        return []
    cells: list[list[Line]] = [[[(head, "faint")] for head in heads]]
    cells += [[[(harmless(cell), "")] if isinstance(cell, str) else list(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [_row(row, widths) for row in cells]


def show(session: Session, document: object, lines: Sequence[Line]) -> None:
    """The command has done its work: the document for programs, the picture for people."""
    if session.as_json:
        write_json(document)
    else:
        print_lines(lines)


def print_lines(lines: Sequence[Line]) -> None:
    """Lines with their colours, where the output shows any."""
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(_assembled(line))


def assembled(lines: Sequence[Line]) -> "Text":
    """Lines with their colours, as `rich` has them, cut where they are too long."""
    from rich.text import Text

    whole = Text("\n", no_wrap=True, overflow="ellipsis").join(map(_assembled, lines))
    whole.no_wrap, whole.overflow = True, "ellipsis"
    return whole


def _assembled(line: Line) -> "Text":
    from rich.text import Text

    return Text.assemble(*((harmless(text), _STYLES.get(style, "")) for text, style in line))


def _row(row: Sequence[Line], widths: Sequence[int]) -> Line:
    line: Line = []
    for cell, width in zip(row, widths, strict=True):
        line += [*cell, (" " * (width - _width(cell) + _GAP), "")]
    while line and not line[-1][0].strip():
        line.pop()
    return line


def _width(cell: Line) -> int:
    return sum(len(text) for text, _ in cell)


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
