"""The naive model's reservations: held, settled, given back."""

from typing import Any

from tests.model.caps import Caps
from tests.model.tools import Tools
from tests.model.tree import Tree
from tests.model.words import MOST, Facts, No


class Reservations(Caps, Tools, Tree):
    """Holds, and what became of them."""

    def _reserve(
        self,
        path: str,
        amounts: Any,
        ttl: int,
        key: str,
        chosen: bool,
        now: int,
        tool: str = "",
        workflow: str = "",
        scope: str = "",
        work: str = "",
    ) -> None:
        self._exists(path)
        self._open(path)
        if key in self.holds:
            raise No("RESERVATION_ID_TAKEN")
        if stopped := self.stopped_at(path):
            raise No("PARTITION_PAUSED", path=stopped)
        self._allowed(path, tool)
        amounts = amounts or self._estimate(tool)
        if not amounts:
            raise No("ESTIMATE_UNKNOWN")
        self._known(amounts)
        claimed = self._claim(path, scope, work) if work else None
        self._under_caps(path, amounts, tool, workflow, now)
        for unit, parts in amounts:
            self._cover(path, unit, parts)
        for unit, parts in amounts:
            self._move(path, "available", "reserved", unit, parts)
        self.holds[key] = {
            "path": path,
            "state": "OPEN",
            "facts": [("held", unit, parts) for unit, parts in amounts],
            "opened": now,
            "ends": now + min(ttl, self.life),
            "committed": {},
            "tool": tool,
            "workflow": workflow,
            "work": claimed,
            "entry": self.entries + 1,
            "pins": {},
        }
        if claimed:
            self._write()

    def _extend(self, key: str, ends: int, now: int) -> None:
        hold = self._hold(key, "OPEN")
        if ends > hold["ends"]:
            latest = hold["opened"] + self.life
            hold["ends"] = max(hold["ends"], min(ends, latest))

    def _release(self, key: str, now: int) -> None:
        hold = self._hold(key, "OPEN")
        self._give_back(key)
        hold["state"] = "RELEASED"

    def _expire(self, key: str, now: int) -> None:
        hold = self._hold(key, "OPEN")
        self._give_back(key)
        hold["state"] = "EXPIRED"

    def _hold(self, key: str, *states: str) -> Facts:
        if key not in self.holds:
            raise No("RESERVATION_NOT_FOUND")
        hold: Facts = self.holds[key]
        if hold["state"] not in states:
            raise No("RESERVATION_RESOLVED")
        return hold

    def _give_back(self, key: str) -> None:
        for unit in self.units_of(key):
            rest = self.remaining(key, unit)
            if rest:
                self._move(self.holds[key]["path"], "reserved", "available", unit, rest)
                self._pay_back(key, unit, rest)

    # Settling

    def _commit(self, key: str, actual: Any, confirmed: bool, now: int, done: bool = False, done_ttl: int = 0) -> None:
        again = self._said_again(key, dict(actual))
        hold = self.holds[key] if again else self._hold(key, "OPEN", "EXPIRED")
        if done:
            self._mark(key, done_ttl, now)
        if again:
            return
        self._known(actual)
        totals = dict(actual)
        if not totals:
            totals = {u: max(self.fact(key, u, "held"), self.actual(key, u)) for u in self.units_of(key)}
        for unit in self.units_of(key):
            if unit not in totals:
                raise No("ACTUAL_INCOMPLETE", unit)
        for unit, total in totals.items():
            if total < self.actual(key, unit):
                raise No("ACTUAL_BELOW_SETTLED", unit, total, self.actual(key, unit))
        self._plausible(key, totals, confirmed)
        for unit, total in totals.items():
            self._spend(key, unit, total - self.actual(key, unit))
        if hold["state"] == "OPEN":
            self._give_back(key)
        hold["state"] = "COMMITTED" if hold["state"] == "OPEN" else "COMMITTED_LATE"
        hold["committed"] = totals

    def _said_again(self, key: str, actual: dict[str, int]) -> bool:
        committed = self.holds.get(key, {}).get("committed")
        if not committed or actual:
            return bool(committed) and actual == committed
        return all(parts >= self.fact(key, unit, "held") for unit, parts in committed.items())

    def _settle_part(self, key: str, amounts: Any, confirmed: bool, now: int) -> None:
        self._hold(key, "OPEN", "EXPIRED")
        self._known(amounts)
        self._plausible(key, {unit: self.actual(key, unit) + parts for unit, parts in amounts}, confirmed)
        for unit, parts in amounts:
            self._spend(key, unit, parts)

    def _charge(
        self, path: str, amounts: Any, key: str, confirmed: bool, now: int, tool: str = "", workflow: str = ""
    ) -> None:
        self._exists(path)
        if key:
            if key not in self.holds or self.holds[key]["path"] != path:
                raise No("RESERVATION_NOT_FOUND")
            if self.holds[key]["state"] == "OPEN":
                raise No("RESERVATION_OPEN")
        self._known(amounts)
        if key:
            self._plausible(key, {unit: self.actual(key, unit) + parts for unit, parts in amounts}, confirmed)
            self.holds[key]["facts"] += [("charge", unit, parts) for unit, parts in amounts]
        for unit, parts in amounts:
            self._move(path, "available", "spent", unit, parts)
            self._use_up(path, unit, parts, "")
            if not key:
                cost = {"path": path, "unit": unit, "amount": parts, "tool": tool, "workflow": workflow}
                self.costs.append({**cost, "at": now, "entry": self.entries + 1})

    def _refund(self, key: str, amounts: Any, now: int) -> None:
        if key not in self.holds:
            raise No("RESERVATION_NOT_FOUND")
        self._known(amounts)
        for unit, parts in amounts:
            charged = self.actual(key, unit) - self.fact(key, unit, "refund")
            if parts > charged:
                raise No("REFUND_EXCEEDS_CHARGED", unit, parts, charged)
        for unit, parts in amounts:
            self.holds[key]["facts"].append(("refund", unit, parts))
            self._move(self.holds[key]["path"], "spent", "available", unit, parts)

    def _plausible(self, key: str, totals: dict[str, int], confirmed: bool) -> None:
        for unit, total in totals.items():
            if total > MOST:
                raise No("AMOUNT_OUT_OF_RANGE")
            bound = max(100 * self.fact(key, unit, "held"), self.actual(key, unit))
            if total > bound and not confirmed:
                raise No("ACTUAL_IMPLAUSIBLE", unit, total, bound)

    def _spend(self, key: str, unit: str, parts: int) -> None:
        hold = self.holds[key]
        covered = min(parts, self.remaining(key, unit))
        beyond = "overrun" if hold["state"] == "OPEN" else "late"
        hold["facts"] += [("settled", unit, covered), (beyond, unit, parts - covered)]
        self._move(hold["path"], "reserved", "spent", unit, covered)
        self._move(hold["path"], "available", "spent", unit, parts - covered)
        self._use_up(hold["path"], unit, parts, key)
