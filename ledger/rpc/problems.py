"""What a servicer raises: the request is malformed, or a rule said no. The wrapper of every call makes it a status."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger.core.outcomes import Rejected
from ledger.core.reservations import Reservation

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


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands beside a refusal, read after it: none of it is part of the decision.

    Attributes:
        scale: Decimal places of the refusal's unit; None where it is not known.
        next_expire_at: When the next hold of the partition lapses, microseconds since 1970; None where none is open.
        reservation: The reservation concerned, with its partition's path.
    """

    scale: int | None = None
    next_expire_at: int | None = None
    reservation: tuple[Reservation, str] | None = None


class Refused(Exception):
    """A rule said no.

    Attributes:
        organization: Whose rule.
        rejected: Which rule, and its numbers.
        circumstances: What stands beside.
    """

    def __init__(self, organization: str, rejected: Rejected, circumstances: Circumstances | None = None) -> None:
        super().__init__(rejected.reason)
        self.organization = organization
        self.rejected = rejected
        self.circumstances = circumstances or Circumstances()
