"""What a servicer raises: the request is malformed, or a rule said no. The wrapper of every call makes it a status."""

from typing import Any, Final, NamedTuple

from ledger.core.outcomes import Rejected

VIOLATIONS_MAX: Final = 10
"""A malformed request of five hundred items is explained by its first problems; a status has to fit into a header."""


class Violation(NamedTuple):
    """One field and what is wrong with it.

    Attributes:
        field: Its path from the request, for example `amounts[0].parts`.
        problem: What is wrong, as the end of a sentence that the field begins.
    """

    field: str
    problem: str


class InvalidRequest(Exception):
    """The request is malformed; nothing was decided.

    Attributes:
        violations: The first few, in the order of the fields.
    """

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in violations))
        self.violations = violations[:VIOLATIONS_MAX]

    def inside(self, prefix: str) -> "InvalidRequest":
        """The same problems, of a message that lies deeper."""
        return InvalidRequest(*(Violation(f"{prefix}.{field}", problem) for field, problem in self.violations))


class PageTokenInvalid(Exception):
    """The page token is not one of ours, or of another list, filter or incarnation."""


class IncarnationEnded(Exception):
    """The position is of another incarnation of the journal. Source: R87.

    Attributes:
        given: The incarnation that the caller named, or had followed so far.
        current: The one that there is.
    """

    def __init__(self, given: int, current: int) -> None:
        super().__init__(f"incarnation {given} was asked for, the journal is in {current}")
        self.given = given
        self.current = current


class Refused(Exception):
    """A rule said no.

    Attributes:
        organization: Whose rule.
        rejected: Which rule, its numbers, and what stands beside.
        status: As `ledger.rpc.status` makes it, where that was done already, with many others in a row.
    """

    def __init__(self, organization: str, rejected: Rejected, status: Any = None) -> None:  # noqa: ANN401
        super().__init__(rejected.reason)
        self.organization = organization
        self.rejected = rejected
        self.status = status
