"""Appointing: a principal is given a role on a partition, or it is taken away."""

from typing import TYPE_CHECKING

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.journal import Entry
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.roles import PrincipalRole, RoleHeld

if TYPE_CHECKING:
    from ledger.core.book import Book


def decide_set_role(book: "Book", command: cmd.SetRole) -> Change | Rejected:
    """The principal has this role on the partition and all below it, and no other there; with `NONE` it has none.

    Also the last admin's role can be taken away: whoever is on this machine (`local`) is an admin always, so nobody is
    locked out for good. A role on a closed partition is one that reads and settles there.

    Returns:
        One `RoleSet`. Or PARTITION_NOT_FOUND.

    Source: R83.
    """
    pid = book.ids.get(command.path)
    if pid is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    return Change(ev.RoleSet(pid, command.path, command.holder, command.role))


def role_set(book: "Book", entry: Entry, event: ev.RoleSet) -> None:
    """The role is as the event says. Taking away what was never given is no role that anybody was given."""
    before: RoleHeld | None = book.standing[RoleHeld].get(f"{event.partition_id}/{event.holder}")
    if before is None and event.role is PrincipalRole.NONE:
        return
    position = entry.position if before is None else before.position
    book.put_standing(RoleHeld(event.holder, event.partition_id, position, event.role))
