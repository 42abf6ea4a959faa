"""The naive model's escalations: budget that is asked for, and moves sideways when somebody says yes."""

from tests.model.calendar import window
from tests.model.grants import Grants
from tests.model.roles import Roles
from tests.model.words import Facts, No, Operation

Carried = tuple[str, int, Operation]
"""A request id, when it was made, and the reserve that was refused under it."""


class Escalations(Grants, Roles):
    """What is asked for, who decides, and policies that do."""

    def _escalate(
        self, principal: str, path: str, unit: str, parts: int, ttl: int, carried: Carried | None, now: int
    ) -> None:
        self._exists(path)
        if path == self.name:
            raise No("NOBODY_ABOVE")
        self._known([(unit, 0)])
        self._open(path)
        number = self.entries + 1
        self.escalations[number] = {
            "path": path,
            "unit": unit,
            "parts": parts,
            "state": "PENDING",
            "ends": now + ttl,
            "decider": path.rpartition("/")[0],
            "carried": carried,
            "by": principal,
            "granted": 0,
            "source": "",
            "opened": "",
        }
        self._by_policy(number, now)

    def _pending(self, number: int) -> Facts:
        if number not in self.escalations:
            raise No("ESCALATION_NOT_FOUND")
        if self.escalations[number]["state"] != "PENDING":
            raise No("ESCALATION_DECIDED")
        return self.escalations[number]

    def _decide(self, number: int, state: str, **facts: object) -> None:
        self.escalations[number] = {**self.escalations[number], "state": state, **facts}

    def _approve(self, principal: str, number: int, unit: str, parts: int, source: str, ends: int, now: int) -> None:
        asked = self._pending(number)
        if asked["by"] == principal and not self.free(principal):
            raise No("ESCALATION_OWN")
        if parts and unit != asked["unit"]:
            raise No("UNIT_UNKNOWN", unit)
        if ends and ends <= now:
            raise No("GRANT_END_PAST")
        giver = source or asked["decider"]
        top = [path for path in self.above(asked["decider"]) if self._coordinates(principal, path)][-1]
        if top not in self.above(giver) or giver == asked["path"]:
            raise No("SOURCE_OUTSIDE")
        self._exists(giver)
        self._open(giver)
        self._give(number, giver, parts or asked["parts"])
        self._lend(number, giver, asked["path"], asked["unit"], parts or asked["parts"], ends)

    def _coordinates(self, principal: str, path: str) -> bool:
        return self.free(principal) or self.is_at_least("COORDINATOR", principal, path)

    def _give(self, number: int, giver: str, parts: int) -> None:
        asked = self.escalations[number]
        self._cover(giver, asked["unit"], parts)
        self._move(giver, "available", "available", asked["unit"], parts, asked["path"])
        self._decide(number, "APPROVED", granted=parts, source=giver)

    def _deny(self, number: int, now: int) -> None:
        self._pending(number)
        self._decide(number, "DENIED")

    def _cancel(self, number: int, now: int) -> None:
        self._pending(number)
        self._decide(number, "CANCELLED")

    def _forward(self, number: int, now: int) -> None:
        asked = self._pending(number)
        if asked["decider"] == self.name:
            raise No("NOBODY_ABOVE")
        self._decide(number, "PENDING", decider=asked["decider"].rpartition("/")[0])
        self._by_policy(number, now)

    def _reallocate(self, source: str, path: str, unit: str, parts: int, ends: int, now: int) -> None:
        self._exists(source)
        self._exists(path)
        self._known([(unit, 0)])
        if source == path:
            raise No("SOURCE_OUTSIDE")
        if ends and ends <= now:
            raise No("GRANT_END_PAST")
        self._open(source)
        self._open(path)
        self._cover(source, unit, parts)
        self._move(source, "available", "available", unit, parts, path)
        self._lend(self.entries + 1, source, path, unit, parts, ends)
        self.escalations[self.entries + 1] = {
            "path": path,
            "decider": next(above for above in self.above(path) if above in self.above(source)),
            "unit": unit,
            "state": "APPROVED",
            "granted": parts,
            "source": source,
            "opened": "",
        }

    def _cancelled_by_close(self, path: str) -> None:
        for number, asked in list(self.escalations.items()):
            if asked["path"] == path and asked["state"] == "PENDING":
                self._decide(number, "CANCELLED")

    # Policies

    def _set_policy(
        self, path: str, unit: str, each: int, all_of_them: int, period: str, floor: int, version: int, now: int
    ) -> None:
        self._exists(path)
        if self.partitions[path]["kind"] == "AGENT":
            raise No("PARENT_IS_AGENT")
        self._known([(unit, 0)])
        self._open(path)
        before = self.policies.get((path, unit))
        if version != (before["version"] if before and not before["deleted"] else 0):
            raise No("ETAG_MISMATCH")
        goes_on = before is not None and before["period"] == period
        self.policies[path, unit] = {
            "each": each,
            "all": all_of_them,
            "period": period,
            "floor": floor,
            "version": before["version"] + 1 if before else 1,
            "since": before["since"] if before and goes_on else self.entries + 1,
            "deleted": False,
        }

    def _delete_policy(self, path: str, unit: str, version: int, now: int) -> None:
        self._exists(path)
        found = self.policies.get((path, unit))
        if found is None or found["deleted"]:
            raise No("POLICY_NOT_FOUND", unit)
        if found["version"] != version:
            raise No("ETAG_MISMATCH")
        self.policies[path, unit] = {**found, "deleted": True, "version": version + 1}

    def approved_by(self, path: str, unit: str, now: int) -> int:
        """What a policy has approved in the window of this instant."""
        return sum(given["parts"] for given in self._in_this_window(path, unit, now))

    def _in_this_window(self, path: str, unit: str, now: int) -> list[Facts]:
        since = self.policies[path, unit]["since"]
        mine = [given for given in self.approvals if (given["path"], given["unit"]) == (path, unit)]
        return [given for given in mine if given["entry"] >= since and given["until"] > now]

    def _by_policy(self, number: int, now: int) -> None:
        asked = self.escalations[number]
        giver, unit, parts = asked["decider"], asked["unit"], asked["parts"]
        policy = self.policies.get((giver, unit))
        if policy is None or policy["deleted"] or self.partitions[giver]["closed"] or self.stopped_at(asked["path"]):
            return
        if parts > policy["each"] or self.balance(giver, "available", unit) - parts < policy["floor"]:
            return
        if self.approved_by(giver, unit, now) + parts > policy["all"]:
            return
        self._write()
        until = window(self.zone, policy["period"], 1, now)[1]
        for given in self._in_this_window(giver, unit, now):
            until = given["until"]  # the window that runs stays as it is, whatever the zone is now
        self.approvals.append({"path": giver, "unit": unit, "until": until, "parts": parts, "entry": self.entries + 1})
        self._give(number, giver, parts)
