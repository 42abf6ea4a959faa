"""A naive ledger: what the rules say, in lists and sums, sharing no code with `ledger.core` and no thought for speed.

Every balance is a sum over the list of all moves; every question is answered by looking at everything; whatever must be
taken back is taken back by returning to a copy. An operation is a kind and its fields, in plain strings and numbers.
"""

import copy
from typing import Any, Final

MOST: Final = 9_223_372_036_854_775_807
MINUTE: Final = 60_000_000
DAY: Final = 86_400_000_000

SILENT: Final = {"PARTITION_NOT_FOUND", "RESERVATION_ID_TAKEN"}
"""Refused reserves of which the journal does not tell."""

Operation = tuple[str, dict[str, Any]]


class No(Exception):
    """A rule says no; `path` where it is said of another partition than the one asked for."""

    def __init__(
        self, reason: str, unit: str = "", needed: int | None = None, available: int | None = None, path: str = ""
    ) -> None:
        super().__init__(reason)
        self.answer = (reason, unit, needed, available)
        self.path = path


class Model:
    """One organization, as naive as it can be."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.units: list[str] = []
        self.life = 0
        self.version = 0
        self.incarnation = 0
        self.pruned = 0
        self.entries = 0
        self.partitions: dict[str, dict[str, Any]] = {}
        self.moves: list[tuple[str, str, str, int]] = []
        self.holds: dict[str, dict[str, Any]] = {}
        self.requests: dict[tuple[str, str], dict[str, Any]] = {}
        self.noted: dict[tuple[str, str], int] = {}

    # What can be read

    def balance(self, path: str, role: str, unit: str) -> int:
        """Own balance."""
        return sum(amount for p, r, u, amount in self.moves if (p, r, u) == (path, role, unit))

    def subtree(self, path: str, role: str, unit: str) -> int:
        """Own and all below."""
        below = [p for p in self.partitions if p == path or p.startswith(path + "/")]
        return sum(self.balance(p, role, unit) for p in below)

    def state(self, path: str) -> str:
        """Open, closing or closed."""
        if not self.partitions[path]["closed"]:
            return "OPEN"
        held = [h for h in self.holds.values() if h["path"] == path and h["state"] == "OPEN"]
        return "CLOSING" if held else "CLOSED"

    def every_balance(self) -> dict[tuple[str, str, str], int]:
        """Own balances of all partitions, roles and units that have moved, in one go through the moves."""
        found: dict[tuple[str, str, str], int] = {}
        for path, role, unit, amount in self.moves:
            found[path, role, unit] = found.get((path, role, unit), 0) + amount
        return found

    def due(self, now: int) -> list[str]:
        """Open holds whose time has come, in order."""
        late = [(h["ends"], key) for key, h in self.holds.items() if h["state"] == "OPEN" and h["ends"] <= now]
        return [key for _, key in sorted(late)]

    def fact(self, key: str, unit: str, *kinds: str) -> int:
        """How much of some kinds of facts a reservation has in a unit."""
        return sum(amount for kind, u, amount in self.holds[key]["facts"] if kind in kinds and u == unit)

    def actual(self, key: str, unit: str) -> int:
        """The whole recorded cost."""
        return self.fact(key, unit, "settled", "overrun", "late", "charge")

    def remaining(self, key: str, unit: str) -> int:
        """What is still held."""
        if self.holds[key]["state"] != "OPEN":
            return 0
        return self.fact(key, unit, "held") - self.fact(key, unit, "settled")

    def units_of(self, key: str) -> list[str]:
        """The units of a reservation, held or added."""
        return list(dict.fromkeys(unit for _, unit, _ in self.holds[key]["facts"]))

    # Time

    def pass_time(self, now: int) -> None:
        """Whatever is due has ended."""
        for key in self.due(now):
            self._give_back(key)
            self.holds[key]["state"] = "EXPIRED"
            self._write()

    # Requests

    def request(
        self, principal: str, request_id: str, made: int, operation: Operation, now: int, *, dry: bool = False
    ) -> dict[str, Any]:
        """The answer to a request: ok or not, why not, and whether it is a repeated answer."""
        early = self._before_the_rules(principal, request_id, made, operation, now)
        if early is not None:
            return early
        kind, fields = operation
        before = self._copied()
        items = fields["items"] if kind == "group" else [operation]
        culprit = None
        try:
            for number, item in enumerate(items):
                culprit = number if kind == "group" else None
                self._do(principal, request_id, item, now)
        except No as no:
            self.__dict__ = before
            answer = _no(no.answer, culprit)
            if request_id and not dry and not all(item[0] == "reserve" for item in items):
                self._write()
                self.requests[principal, request_id] = {"operation": operation, "answer": answer}
            elif kind == "reserve" and not dry:
                self._note(no.path or fields["path"], no.answer[0], now)
            return answer
        if dry:
            self.__dict__ = before
            return {"ok": True, "replayed": False}
        if request_id:
            opened = [key for key in self.holds if key not in before["holds"]]
            # A hold that the request itself resolved never stood for anything after it.
            standing = [key for key in opened if self.holds[key]["state"] == "OPEN"]
            self.requests[principal, request_id] = {"operation": operation, "answer": {"ok": True}, "opened": standing}
        return {"ok": True, "replayed": False}

    def _before_the_rules(
        self, principal: str, request_id: str, made: int, operation: Operation, now: int
    ) -> dict[str, Any] | None:
        if not self.partitions and operation[0] != "create_organization":
            return _no(("ORGANIZATION_NOT_FOUND", "", None, None))
        if not request_id:
            return None
        if self.partitions and made < self.pruned:
            return _no(("REQUEST_ID_TOO_OLD", "", None, None))
        if (principal, request_id) in self.requests:
            return self._repeat(self.requests[principal, request_id], operation)
        if made > now + 10 * MINUTE:
            return _no(("REQUEST_ID_IN_FUTURE", "", None, None))
        return None

    def _copied(self) -> dict[str, Any]:
        """Everything as it is now; a change of it later does not change this."""
        now = {name: copy.copy(value) for name, value in vars(self).items()}
        now["partitions"] = {path: dict(facts) for path, facts in self.partitions.items()}
        now["holds"] = {key: {**hold, "facts": list(hold["facts"])} for key, hold in self.holds.items()}
        return now

    def _repeat(self, bound: dict[str, Any], operation: Operation) -> dict[str, Any]:
        if bound["operation"] != operation:
            return _no(("REQUEST_ID_REUSED", "", None, None))
        if any(self.holds[key]["state"] != "OPEN" for key in bound.get("opened", [])):
            return _no(("HOLD_ENDED", "", None, None))
        return {**bound["answer"], "replayed": True}

    def _note(self, path: str, reason: str, now: int) -> None:
        """A refused reserve is told of once a minute for each partition and reason."""
        minute = now // MINUTE
        if reason not in SILENT and self.noted.get((path, reason)) != minute:
            self.noted[path, reason] = minute
            self._write()

    def _write(self) -> None:
        self.entries += 1

    def _do(self, principal: str, request_id: str, operation: Operation, now: int) -> None:
        kind, fields = operation
        if kind == "close":
            self._close(**fields)
            return
        getattr(self, "_" + kind)(now=now, **fields)
        self._pass_up()
        self._in_range()
        self._write()

    def _in_range(self) -> None:
        own = self.every_balance()
        for path, role, unit in own:
            for above in [p for p in self.partitions if path == p or path.startswith(p + "/")]:
                below = [
                    own[k] for k in own if k[1:] == (role, unit) and (k[0] == above or k[0].startswith(above + "/"))
                ]
                if abs(own[path, role, unit]) > MOST or abs(sum(below)) > MOST:
                    raise No("AMOUNT_OUT_OF_RANGE")

    def _move(self, path: str, giver: str, taker: str, unit: str, amount: int, taker_path: str = "") -> None:
        self.moves.append((path, giver, unit, -amount))
        self.moves.append((taker_path or path, taker, unit, amount))

    def _pass_up(self) -> None:
        """What closed partitions have available goes to the nearest open one above; a closed root gives it away."""
        for path in self.partitions:
            for unit in self.units:
                left = self.balance(path, "available", unit)
                if self.partitions[path]["closed"] and left and path != self.name:
                    self._move(path, "available", "available", unit, left, self._heir(path) or self.name)
        for unit in self.units:
            left = self.balance(self.name, "available", unit)
            if self.partitions[self.name]["closed"] and left > 0:
                self._move(self.name, "available", "issued", unit, left)

    def _heir(self, path: str) -> str:
        names = path.split("/")
        above = ["/".join(names[:count]) for count in range(len(names) - 1, 0, -1)]
        return next((p for p in above if not self.partitions[p]["closed"]), "")

    # The tree

    def _create_organization(self, units: tuple[str, ...], life: int, now: int) -> None:
        if self.partitions:
            raise No("ORGANIZATION_EXISTS")
        self.units, self.life, self.version, self.incarnation = list(units), life, 1, 1
        self.partitions[self.name] = {"kind": "ORGANIZATION", "closed": False, "version": 1}

    def _update_organization(self, version: int, life: int, now: int) -> None:
        if version != self.version:
            raise No("ETAG_MISMATCH")
        self.version, self.life = version + 1, life

    def _create_partition(self, path: str, kind: str, now: int) -> None:
        parent = path.rpartition("/")[0]
        if path in self.partitions:
            raise No("PARTITION_EXISTS")
        if parent not in self.partitions:
            raise No("PARTITION_NOT_FOUND")
        if self.partitions[parent]["kind"] == "AGENT":
            raise No("PARENT_IS_AGENT")
        if self.partitions[parent]["closed"]:
            raise No("PARTITION_CLOSED")
        if kind == "TEAM" and len(path.split("/")) > 9:
            raise No("DEPTH_EXCEEDED")
        self.partitions[path] = {"kind": kind, "closed": False, "version": 1}

    def _update_partition(self, path: str, version: int, now: int) -> None:
        if path not in self.partitions:
            raise No("PARTITION_NOT_FOUND")
        if self.partitions[path]["version"] != version:
            raise No("ETAG_MISMATCH")
        self.partitions[path]["version"] += 1

    def _close(self, path: str, cascade: bool) -> None:
        if path not in self.partitions:
            raise No("PARTITION_NOT_FOUND")
        if self.partitions[path]["closed"]:
            raise No("PARTITION_CLOSED")
        below = [p for p in self.partitions if p.startswith(path + "/") and not self.partitions[p]["closed"]]
        if below and not cascade:
            raise No("CHILDREN_OPEN")
        for one in [*sorted(below, key=lambda p: -len(p.split("/"))), path]:
            self.partitions[one]["closed"] = True
            self.partitions[one]["version"] += 1
            self._pass_up()
            self._in_range()
            self._write()

    # Moves

    def _fund(self, unit: str, parts: int, now: int) -> None:
        self._fit(unit, self.name)
        self._move(self.name, "issued", "available", unit, parts)

    def _defund(self, unit: str, parts: int, now: int) -> None:
        self._fit(unit, self.name)
        self._cover(self.name, unit, parts)
        self._move(self.name, "available", "issued", unit, parts)

    def _allocate(self, path: str, unit: str, parts: int, now: int) -> None:
        parent = self._parent(path)
        self._fit(unit, parent, path)
        self._cover(parent, unit, parts)
        self._move(parent, "available", "available", unit, parts, path)

    def _reclaim(self, path: str, unit: str, parts: int, now: int) -> None:
        parent = self._parent(path)
        self._fit(unit, parent, path)
        self._cover(path, unit, parts)
        self._move(path, "available", "available", unit, parts, parent)

    def _parent(self, path: str) -> str:
        if path not in self.partitions or path == self.name:
            raise No("PARTITION_NOT_FOUND")
        return path.rpartition("/")[0]

    def _fit(self, unit: str, *paths: str) -> None:
        self._known([(unit, 0)])
        if any(self.partitions[path]["closed"] for path in paths):
            raise No("PARTITION_CLOSED")

    def _known(self, amounts: Any) -> None:
        for unit, _ in amounts:
            if unit not in self.units:
                raise No("UNIT_UNKNOWN", unit)

    def _cover(self, path: str, unit: str, parts: int) -> None:
        available = self.balance(path, "available", unit)
        if available < parts:
            raise No("BUDGET_EXHAUSTED", unit, parts, available)

    # Holding

    def _reserve(self, path: str, amounts: Any, ttl: int, key: str, chosen: bool, now: int) -> None:
        if path not in self.partitions:
            raise No("PARTITION_NOT_FOUND")
        self._known(amounts)
        if self.partitions[path]["closed"]:
            raise No("PARTITION_CLOSED")
        if key in self.holds:
            raise No("RESERVATION_ID_TAKEN")
        for unit, parts in amounts:
            self._cover(path, unit, parts)
        for unit, parts in amounts:
            self._move(path, "available", "reserved", unit, parts)
        facts = [("held", unit, parts) for unit, parts in amounts]
        ends = now + min(ttl, self.life)
        self.holds[key] = {"path": path, "state": "OPEN", "facts": facts, "opened": now, "ends": ends, "committed": {}}

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

    def _hold(self, key: str, *states: str) -> dict[str, Any]:
        if key not in self.holds:
            raise No("RESERVATION_NOT_FOUND")
        hold: dict[str, Any] = self.holds[key]
        if hold["state"] not in states:
            raise No("RESERVATION_RESOLVED")
        return hold

    def _give_back(self, key: str) -> None:
        for unit in self.units_of(key):
            rest = self.remaining(key, unit)
            if rest:
                self._move(self.holds[key]["path"], "reserved", "available", unit, rest)
        self._pass_up()

    # Settling

    def _commit(self, key: str, actual: Any, confirmed: bool, now: int) -> None:
        if self._said_again(key, dict(actual)):
            return
        hold = self._hold(key, "OPEN", "EXPIRED")
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

    def _charge(self, path: str, amounts: Any, key: str, confirmed: bool, now: int) -> None:
        if path not in self.partitions:
            raise No("PARTITION_NOT_FOUND")
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

    # The service's own

    def _prune(self, since: int, now: int) -> None:
        self.pruned = max(self.pruned, min(since, now - 30 * DAY))

    def _begin_incarnation(self, now: int) -> None:
        self.incarnation += 1


def _no(answer: tuple[str, str, int | None, int | None], culprit: int | None = None) -> dict[str, Any]:
    return {"ok": False, "answer": answer, "culprit": culprit, "replayed": False}
