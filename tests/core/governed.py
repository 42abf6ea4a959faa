"""A command of each kind about one agent, and records of governance that some of them name."""

from typing import Final

from ledger.core import commands as cmd
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount
from ledger.core.book import Book
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import Cap, CapKind, CapMode
from ledger.core.escalations import Escalation, EscalationState
from ledger.core.roles import PrincipalRole
from tests.builders import (
    CLERK,
    DAY,
    NONE,
    SCOUT,
    TEAM,
    agent,
    allocate,
    appoint,
    charge,
    close,
    commit,
    create_organization,
    defund,
    delete_tool,
    expire,
    extend,
    fund,
    part,
    pause,
    reclaim,
    refund,
    release,
    reserve,
    resume,
    set_tool,
    set_tool_rules,
)

FIVE: Final = Amount("USD", 5)
CAP: Final = 900
"""A cap on the agent."""

ASKED: Final = 901
"""An escalation of the agent, which the team decides."""

_DAYS: Final = (Period.DAY, Weekday.MONDAY)
_AGENT, _COORDINATOR, _ADMIN = PrincipalRole.AGENT, PrincipalRole.COORDINATOR, PrincipalRole.ADMIN

NEEDS: Final[tuple[tuple[cmd.Single, PrincipalRole, str], ...]] = (
    (create_organization(), _ADMIN, "acme"),
    (cmd.UpdateOrganization(1, None, NONE, None), _ADMIN, "acme"),
    (fund(1), _ADMIN, "acme"),
    (defund(1), _ADMIN, "acme"),
    (set_tool("search"), _ADMIN, "acme"),
    (delete_tool("search", 1), _ADMIN, "acme"),
    (appoint("eve", SCOUT, _AGENT), _ADMIN, "acme"),
    (cmd.PruneRequestIds(0), _ADMIN, "acme"),
    (cmd.BeginIncarnation("restore", NONE), _ADMIN, "acme"),
    (agent(f"{TEAM}/new"), _COORDINATOR, TEAM),
    (cmd.UpdatePartition(SCOUT, 1, NONE), _COORDINATOR, SCOUT),
    (close(SCOUT), _COORDINATOR, TEAM),
    (allocate(SCOUT, 1), _COORDINATOR, TEAM),
    (reclaim(SCOUT, 1), _COORDINATOR, TEAM),
    (reserve(SCOUT, 2, USD=1), _AGENT, SCOUT),
    (commit(1), _AGENT, SCOUT),
    (part(1, USD=1), _AGENT, SCOUT),
    (release(1), _AGENT, SCOUT),
    (extend(1, 0), _AGENT, SCOUT),
    (charge(SCOUT, 1, USD=1), _AGENT, SCOUT),
    (charge(SCOUT, USD=1), _COORDINATOR, SCOUT),
    (expire(1), _COORDINATOR, SCOUT),
    (refund(1, USD=1), _COORDINATOR, SCOUT),
    (cmd.CreateCap(SCOUT, CapKind.WINDOW, "USD", 9, *_DAYS, 0, "", CapMode.ENFORCED), _COORDINATOR, TEAM),
    (cmd.UpdateCap(CAP, 1, 9, None), _COORDINATOR, TEAM),
    (cmd.DeleteCap(CAP, 1), _COORDINATOR, TEAM),
    (set_tool_rules(SCOUT, "web_*"), _COORDINATOR, TEAM),
    (pause(SCOUT), _COORDINATOR, SCOUT),
    (resume(SCOUT), _COORDINATOR, TEAM),
    (cmd.RequestEscalation(SCOUT, FIVE, NONE, DAY, ()), _AGENT, SCOUT),
    (cmd.CancelEscalation(ASKED, NONE), _AGENT, SCOUT),
    (cmd.ApproveEscalation(ASKED, None, "", 0, NONE), _COORDINATOR, TEAM),
    (cmd.DenyEscalation(ASKED, NONE), _COORDINATOR, TEAM),
    (cmd.ForwardEscalation(ASKED, NONE), _COORDINATOR, TEAM),
    (cmd.Reallocate(CLERK, SCOUT, FIVE, NONE, 0), _COORDINATOR, TEAM),
    (cmd.SetEscalationPolicy(TEAM, "USD", 5, 9, Period.DAY, 0, 0), _COORDINATOR, TEAM),
    (cmd.DeleteEscalationPolicy(TEAM, "USD", 1), _COORDINATOR, TEAM),
    (cmd.SetAllowance(SCOUT, FIVE, AllowanceMode.ADD, *_DAYS, 0), _COORDINATOR, TEAM),
    (cmd.DeleteAllowance(SCOUT, "USD", 1), _COORDINATOR, TEAM),
    (cmd.AssignWork(TEAM, "report", SCOUT, DAY, NONE), _COORDINATOR, TEAM),
    (cmd.UnassignWork(TEAM, "report", NONE), _COORDINATOR, TEAM),
)
"""Each command, the role that it needs, and the partition on which or above which that is needed. Source: R83."""


def cap(book: Book, path: str, cap_id: int = CAP, kind: CapKind = CapKind.WINDOW) -> Cap:
    """A cap of 100 USD, of a day where it has a window, put on a partition without an entry."""
    made = Cap(
        cap_id=cap_id,
        partition_id=book.ids[path],
        kind=kind,
        unit="USD",
        limit=100 * 10**9,
        period=Period.DAY,
        week_start=Weekday.MONDAY,
        length_us=DAY,
        tool="",
        mode=CapMode.ENFORCED,
        version=1,
        created_at=book.at,
    )
    book.put_standing(made)
    return made


def asked(book: Book) -> Escalation:
    """A pending escalation of the agent, put there without an entry."""
    made = Escalation(
        escalation_id=ASKED,
        partition_id=book.ids[SCOUT],
        state=EscalationState.PENDING,
        unit="USD",
        parts=5,
        reason=NONE,
        requested_by="ann",
        requested_at=book.at,
        expires_at=book.at + DAY,
        decider_id=book.ids[TEAM],
        forwards=0,
        carried=(),
        reallocation=False,
        decided_by="",
        decided_at=0,
        note=NONE,
        granted=0,
        source_id=0,
        policy_id=0,
        grant_ends_at=0,
        reservation_id="",
        reserve_reason="",
    )
    book.put_standing(made)
    return made
