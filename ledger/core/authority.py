"""Authority: who may ask for what. One table, looked at where the command is decided, so that no right ages on the way.

A role holds on a partition and all below it. While an organization has given no role to anybody, whoever is let in may
do everything: who is let in is then the only authority there is. Source: R83, R84.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ledger.core import commands as cmd
from ledger.core.caps import Cap
from ledger.core.escalations import Escalation
from ledger.core.outcomes import Reason, Rejected
from ledger.core.paths import common_of, parent_of
from ledger.core.pauses import Pause
from ledger.core.roles import PrincipalRole, RoleHeld

if TYPE_CHECKING:
    from ledger.core.book import Book

LOCAL: Final = "local"
"""Whoever is on this machine, where principals have no credentials: admin of everything."""

_OWNERS: Final = frozenset({"", LOCAL})

Place = Callable[["Book", Any], str]
"""The partition that a command must have a role on; empty where nothing is there that could be named."""


class Needs(NamedTuple):
    """What a command needs: a role, on a partition or above it."""

    role: PrincipalRole
    place: Place


def _path(_: "Book", command: Any) -> str:  # noqa: ANN401
    path: str = command.path
    return path


def _above(book: "Book", command: Any) -> str:  # noqa: ANN401
    """The parent: what a partition has and may, those decide who coordinate above it; of the root, the root's own."""
    return parent_of(command.path) or book.name


def _root(book: "Book", _: object) -> str:
    return book.name


def _reservation(book: "Book", command: Any) -> str:  # noqa: ANN401
    found = book.reservations.get(command.reservation_id)
    return "" if found is None else book.path(found.partition_id)


def _cap(book: "Book", command: Any) -> str:  # noqa: ANN401
    found: Cap | None = book.standing[Cap].get(command.cap_id)
    return "" if found is None or found.deleted else parent_of(book.path(found.partition_id)) or book.name


def _asking(book: "Book", command: Any) -> str:  # noqa: ANN401
    found: Escalation | None = book.standing[Escalation].get(command.escalation_id)
    return "" if found is None else book.path(found.partition_id)


def _deciding(book: "Book", command: Any) -> str:  # noqa: ANN401
    found: Escalation | None = book.standing[Escalation].get(command.escalation_id)
    return "" if found is None else book.path(found.decider_id)


def _common(_: "Book", command: cmd.Reallocate) -> str:
    """The nearest partition at or above both sides."""
    return common_of(command.source, command.path)


def _scope(_: "Book", command: Any) -> str:  # noqa: ANN401
    scope: str = command.scope
    return scope


_AGENT, _COORDINATOR, _ADMIN = PrincipalRole.AGENT, PrincipalRole.COORDINATOR, PrincipalRole.ADMIN

NEEDED: Final[Mapping[type, Needs]] = {
    cmd.UpdateOrganization: Needs(_ADMIN, _root),
    cmd.Fund: Needs(_ADMIN, _root),
    cmd.Defund: Needs(_ADMIN, _root),
    cmd.SetTool: Needs(_ADMIN, _root),
    cmd.DeleteTool: Needs(_ADMIN, _root),
    cmd.SetRole: Needs(_ADMIN, _root),
    cmd.CreatePartition: Needs(_COORDINATOR, _above),
    cmd.UpdatePartition: Needs(_COORDINATOR, _path),
    cmd.ClosePartition: Needs(_COORDINATOR, _above),
    cmd.Allocate: Needs(_COORDINATOR, _above),
    cmd.Reclaim: Needs(_COORDINATOR, _above),
    cmd.Reserve: Needs(_AGENT, _path),
    cmd.Commit: Needs(_AGENT, _reservation),
    cmd.SettlePart: Needs(_AGENT, _reservation),
    cmd.Release: Needs(_AGENT, _reservation),
    cmd.Extend: Needs(_AGENT, _reservation),
    cmd.Expire: Needs(_COORDINATOR, _reservation),
    cmd.Refund: Needs(_COORDINATOR, _reservation),
    cmd.CreateCap: Needs(_COORDINATOR, _above),
    cmd.UpdateCap: Needs(_COORDINATOR, _cap),
    cmd.DeleteCap: Needs(_COORDINATOR, _cap),
    cmd.SetToolRules: Needs(_COORDINATOR, _above),
    cmd.PausePartition: Needs(_COORDINATOR, _path),
    cmd.ResumePartition: Needs(_COORDINATOR, _above),
    cmd.RequestEscalation: Needs(_AGENT, _path),
    cmd.CancelEscalation: Needs(_AGENT, _asking),
    cmd.ApproveEscalation: Needs(_COORDINATOR, _deciding),
    cmd.DenyEscalation: Needs(_COORDINATOR, _deciding),
    cmd.ForwardEscalation: Needs(_COORDINATOR, _deciding),
    cmd.Reallocate: Needs(_COORDINATOR, _common),
    cmd.SetEscalationPolicy: Needs(_COORDINATOR, _path),
    cmd.DeleteEscalationPolicy: Needs(_COORDINATOR, _path),
    cmd.SetAllowance: Needs(_COORDINATOR, _above),
    cmd.DeleteAllowance: Needs(_COORDINATOR, _above),
    cmd.AssignWork: Needs(_COORDINATOR, _scope),
    cmd.UnassignWork: Needs(_COORDINATOR, _scope),
}
"""What each command needs. Charges and resumes have their own words below; what is not here is the service's own."""

SELF_CHANGING: Final = frozenset({cmd.SetRole, cmd.ForwardEscalation, cmd.ResumePartition})
"""Commands by whose effect a principal may lose what they need: repeats are answered all the same. Source: R38."""


def forbidden(book: "Book", principal: str, command: cmd.Single) -> Rejected | None:
    """Why a principal may not ask for a command; None where it may.

    Returns:
        PERMISSION_DENIED, with the partition where a role is missing; where nothing could be named, the command's own
        rules answer. It tells nothing else of a partition that the principal has no role on.

    Source: R83.
    """
    if principal in _OWNERS or not book.standing[RoleHeld]:
        return None
    role, place = _needs(book, principal, command)
    path = place(book, command)
    if not path or role_on(book, principal, path) >= role:
        return None
    return Rejected(Reason.PERMISSION_DENIED, path, role=role.name)


def _needs(book: "Book", principal: str, command: cmd.Single) -> Needs:
    if isinstance(command, cmd.Charge):  # R83: what no reservation stands for is for coordinators to record
        return Needs(_AGENT if command.reservation_id else _COORDINATOR, _path)
    if isinstance(command, cmd.ResumePartition):
        pause: Pause | None = book.standing[Pause].get(book.ids.get(command.path, 0))
        if pause is not None and not pause.over and pause.principal == principal and not pause.others:  # its own
            return Needs(_COORDINATOR, _path)
    return NEEDED.get(type(command), Needs(_ADMIN, _root))


def role_on(book: "Book", principal: str, path: str) -> PrincipalRole:
    """The greatest role of a principal on a partition or above it; of a path that is not there, on what is above."""
    while path and path not in book.ids:
        path = parent_of(path)
    if not path:
        return PrincipalRole.NONE
    held = book.standing[RoleHeld]
    keys = (f"{pid}/{principal}" for pid in book.lineage[book.ids[path]])
    return max((held[key].role for key in keys if key in held), default=PrincipalRole.NONE)


def may_read(book: "Book", principal: str, path: str) -> bool:
    """Whether a principal may be told of a partition: by any role on it or above it. Source: R81."""
    return acts_alone(book, principal) or role_on(book, principal, path) > PrincipalRole.NONE


def acts_alone(book: "Book", principal: str) -> bool:
    """Whether nobody else could be asked, so that even one's own escalation is one's own to decide. Source: R84."""
    return principal in _OWNERS or not book.standing[RoleHeld]
