"""Versions: a change to what somebody else may be changing names the version that was read."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.problems import Complaint, problem_of

if TYPE_CHECKING:
    from tallystick import Client

Etag = Annotated[
    str,
    typer.Option(
        help="The version that you looked at, as --json shows it: refused where it has changed since. Read just before "
        "where absent.",
        show_default=False,
    ),
]

ABSENT = "0"
"""The version of what is not there yet."""


@contextmanager
def at_version(etag: str) -> Iterator[None]:
    """Make the change of that version. Where no answer came, say the version: a repeat must name the same.

    Raises:
        Complaint: Nobody answered; the change may have taken effect.
    """
    from tallystick import LedgerUnavailable

    try:
        yield
    except LedgerUnavailable as fault:
        problem = problem_of(fault)
        said = problem.sentence + (f" --etag {etag}" if "--request-id" in problem.sentence else "")
        raise Complaint(problem.code, problem.reason, said, **problem.details, etag=etag) from fault


def unit_of(client: "Client", path: str, amount: str | Decimal) -> str:
    """The unit of an amount as it was typed: the organization's only one where it names none.

    Raises:
        UnitUnknown: The organization declares no such unit.
    """
    from tallystick.amounts import quantities
    from tallystick.requests.describe import amounts_of

    units = client.get_organization(path.partition("/")[0]).units
    return amounts_of(quantities([amount]), units)[0].unit
