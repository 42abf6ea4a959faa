"""What was refused."""

from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """A rule said no, and the request id is bound to that. No numbers where no amount is concerned. Source: R39."""

    reason: str
    path: str
    unit: str
    needed: int | None
    available: int | None
    ask: str
    reservation_id: str
    culprit: int | None


@dataclass(frozen=True, slots=True)
class RequestRefusedAbout(RequestRefused):
    """The same, about a cap, a claim or an escalation; 0 or empty where it is not about one."""

    cap_id: int
    claim: str
    escalation_id: int


@dataclass(frozen=True, slots=True)
class RefusalsNoted:
    """A partition's rule refused reservations, `count` of them since the last such entry, as far as the writer knows.

    They may have been asked for by several partitions below it: `asked_path`, `tool` and the numbers are those of the
    last one. With `shadow` none was refused: the cap only watches. A cap that the refused group had created itself is
    not named: `cap_id` is 0.
    """

    partition_id: int
    path: str
    reason: str
    asked_path: str
    unit: str
    needed: int | None
    available: int | None
    tool: str
    cap_id: int
    shadow: bool
    count: int
