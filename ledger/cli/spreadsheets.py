"""Sheets as comma-separated values, for spreadsheets: what agents name things stays text, and is never computed."""

import csv
import re
import sys
from typing import TYPE_CHECKING, Final

from ledger.cli.output import harmless
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session

if TYPE_CHECKING:
    from ledger.cli.report_tables import Sheet

_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  (wide ones are taken for the others)
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_TEXT: Final = "'"


def write_csv(session: Session, sheet: "Sheet") -> None:
    """Heads and rows, on standard output.

    Raises:
        Complaint: JSON is wanted too.
    """
    if session.as_json:
        raise Complaint(ExitCode.USAGE, "USAGE", "--csv or --json, not both")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(sheet.heads)
    writer.writerows([[cell(text) for text in row] for row in sheet.rows])
    sys.stdout.flush()


def cell(text: str) -> str:
    """A text as a cell: a label such as `=cmd()` gets an apostrophe, with which spreadsheets take it for text."""
    told = harmless(text)
    formula = told.lstrip().startswith(_BEGINS_FORMULA) and not _NUMBER.fullmatch(told)
    return _TEXT + told if formula else told
