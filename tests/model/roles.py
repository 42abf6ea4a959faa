"""The naive model's roles: who may ask for what, read from what is asked."""

from tests.model.books import Books
from tests.model.words import Facts, No, Operation

ROLES = ("NONE", "AUDITOR", "AGENT", "COORDINATOR", "ADMIN")
"""From the least to the greatest: each may what those before it may."""

FOR_AGENTS = {"reserve", "commit", "settle_part", "release", "extend", "escalate", "cancel"}
FOR_ADMINS = {"create_organization", "update_organization", "fund", "defund", "set_tool", "delete_tool", "set_role"}
FOR_ADMINS |= {"prune", "begin_incarnation"}
"""Everything else is for coordinators."""

FROM_ABOVE = {"create_partition", "close", "allocate", "reclaim", "create_cap", "update_cap", "delete_cap"}
FROM_ABOVE |= {"set_lists", "resume", "set_allowance", "delete_allowance"}
"""What is done to a partition by whoever coordinates above it; to the root, by the root's own."""

LOCAL = "local"
"""Whoever is on this machine."""


class Roles(Books):
    """What principals are, and where."""

    def _set_role(self, path: str, holder: str, role: str, now: int) -> None:
        self._exists(path)
        if role != "NONE" or (path, holder) in self.roles:
            self.roles[path, holder] = role

    def free(self, principal: str) -> bool:
        """Whether somebody may do everything: whoever is on this machine, and all while nobody was given a role."""
        return principal == LOCAL or not self.roles

    def is_at_least(self, role: str, principal: str, path: str) -> bool:
        """Whether somebody has such a role, or a greater one, on a partition or above it."""
        has = [self.roles.get((above, principal), "NONE") for above in self.above(path)]
        return max(ROLES.index(one) for one in has) >= ROLES.index(role)

    def missing(self, principal: str, operation: Operation) -> str:
        """Where somebody lacks a role for an operation; empty where nothing is lacking."""
        kind, fields = operation
        role, path = self._role(kind, fields), self._where(kind, fields)
        if kind in FROM_ABOVE and not self._resumes_its_own(principal, kind, path):
            path = path and (path.rpartition("/")[0] or self.name)
        if self.free(principal) or not path or self.is_at_least(role, principal, path):
            return ""
        return path

    def _may(self, principal: str, operation: Operation) -> None:
        if path := self.missing(principal, operation):
            raise No("PERMISSION_DENIED", path=path)

    def _role(self, kind: str, fields: Facts) -> str:
        if kind in FOR_ADMINS:
            return "ADMIN"
        return "AGENT" if kind in FOR_AGENTS or (kind == "charge" and fields["key"]) else "COORDINATOR"

    def _where(self, kind: str, fields: Facts) -> str:
        """The partition that an operation is about; empty where it names what is not there."""
        if kind in FOR_ADMINS:
            return self.name
        if kind in {"update_cap", "delete_cap"}:
            cap = self.caps.get(fields["cap_id"], {"deleted": True})
            return "" if cap["deleted"] else str(cap["path"])
        if kind in {"approve", "deny", "forward", "cancel"}:
            asked = self.escalations.get(fields["number"])
            return str(asked["path" if kind == "cancel" else "decider"]) if asked else ""
        if kind == "reallocate":
            return next((path for path in self.above(fields["path"]) if path in self.above(fields["source"])), "")
        if kind in {"assign", "unassign"}:
            return str(fields["scope"])
        if "path" not in fields:
            return str(self.holds.get(fields["key"], {"path": ""})["path"])
        return str(fields["path"])

    def _resumes_its_own(self, principal: str, kind: str, path: str) -> bool:
        pause = self.paused.get(path, {"by": "", "others": False})
        return kind == "resume" and pause["by"] == principal and not pause["others"]
