"""The naive model's caps: what one counts is a sum over holds and costs, each in the window that ran at its instant."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.model.books import Books
from tests.model.calendar import window
from tests.model.words import DAY, MOST, Facts, No


class Use(NamedTuple):
    """What one hold or cost counts under a cap.

    Attributes:
        who: Which.
        at: When it was pinned.
        entry: By which entry.
        workflow: Whose.
        amount: How much, as of now.
        open: Whether it is an open hold.
    """

    who: str
    at: int
    entry: int
    workflow: str
    amount: int
    open: bool


class Caps(Books):
    """Ceilings."""

    def uses(self, cap_id: int) -> Iterator[Use]:
        """Everything that counts under a cap, in whatever window."""
        cap = self.caps[cap_id]
        for key, hold in self.holds.items():
            is_open = hold["state"] == "OPEN"
            if cap["kind"] == "SINGLE" or not self._about(cap, hold["path"], hold["tool"], hold["workflow"]):
                continue
            if cap["kind"] == "OPEN_RESERVATIONS":
                yield Use(key, hold["opened"], hold["entry"], "", int(is_open), is_open)
                continue
            cost = self.remaining(key, cap["unit"]) + self.actual(key, cap["unit"])
            at, entry = hold["pins"].get(cap["unit"], (0, 0))
            if cap_id < entry <= cap["gone"]:
                back = self.fact(key, cap["unit"], "refund") if hold["entry"] > cap_id else 0
                yield Use(key, at, entry, hold["workflow"], cost - back, is_open)
            elif key in cap["older"]:
                yield Use(key, cap["created"], cap_id, hold["workflow"], cost - cap["older"][key], is_open)
        for number, spent in enumerate(self.costs):
            about = self._about(cap, spent["path"], spent["tool"], spent["workflow"]) and cap["kind"] != "SINGLE"
            if about and spent["unit"] == cap["unit"] and cap_id < spent["entry"] <= cap["gone"]:
                yield Use(f"cost {number}", spent["at"], spent["entry"], spent["workflow"], spent["amount"], False)

    def used(self, cap_id: int, workflow: str, now: int) -> int:
        """What a cap counts now."""
        cap, uses = self.caps[cap_id], list(self.uses(cap_id))
        if cap["kind"] == "WINDOW":
            uses = [use for use in uses if self._place(cap, use.at) == self._place(cap, now) != 0]
        if cap["kind"] == "ROLLING":
            part = cap["length"] // 12
            uses = [use for use in uses if (use.at // part + 1) * part > now - cap["length"]]
        if cap["kind"] == "WORKFLOW":
            uses = self._of_workflow(cap_id, workflow)
        return sum(use.amount for use in uses)

    def _place(self, cap: Facts, at: int) -> int:
        """Where an instant lies: when the window ends that ran then, or the number of the part; 0 for neither."""
        if cap["kind"] == "WINDOW":
            return next((ends for starts, ends in cap["windows"] if starts <= at < ends), 0)
        return at // (cap["length"] // 12) if cap["kind"] == "ROLLING" else 0

    def _of_workflow(self, cap_id: int, workflow: str) -> list[Use]:
        since = self.caps[cap_id]["since"].get(workflow, 0)
        return [use for use in self.uses(cap_id) if use.workflow == workflow and use.entry >= since]

    def unused(self) -> Iterator[tuple[int, int, str]]:
        """When the count of each workflow that has nothing open ends by itself; the cap, and the workflow."""
        for cap_id, cap in self.caps.items():
            for workflow, last in cap["last"].items() if not cap["deleted"] else ():
                if not any(use.open for use in self._of_workflow(cap_id, workflow)):
                    yield last + 30 * DAY, cap_id, workflow

    def _begin_anew(self, cap_id: int, workflow: str) -> None:
        """What was counted of a workflow before this entry is of no interest any more."""
        self.caps[cap_id]["since"][workflow] = self.entries + 1
        del self.caps[cap_id]["last"][workflow]

    def _about(self, cap: Facts, path: str, tool: str, workflow: str) -> bool:
        if cap["path"] not in self.above(path) or (cap["kind"] == "WORKFLOW" and not workflow):
            return False
        return not cap["tool"] or _matches(cap["tool"], tool)

    def _under_caps(self, path: str, amounts: Any, tool: str, workflow: str, now: int) -> None:
        """Each cap has room, or only watches."""
        needs = {**dict(amounts), "": 1}
        for above in self.above(path):
            for cap_id, cap in self.caps.items():
                live = cap["path"] == above and not cap["deleted"] and cap["unit"] in needs
                if not live or not self._about(cap, path, tool, workflow):
                    continue
                needed, room = needs[cap["unit"]], cap["limit"] - self.used(cap_id, workflow, now)
                if needed > room and cap["mode"] == "ENFORCED":
                    raise No("CAP_REACHED", cap["unit"], needed, max(room, 0), above)
                if needed > room:
                    self.shadowed.append((above, cap_id))

    def _pin(self, now: int) -> None:
        """What began to count by this entry counts in the windows of this moment."""
        for key, hold in self.holds.items():
            for unit in self.units_of(key):
                if self.fact(key, unit, "held") or self.actual(key, unit):
                    hold["pins"].setdefault(unit, (now, self.entries + 1))
        for cap_id, cap in self.caps.items():
            if cap["kind"] == "WINDOW":
                self._begin_window(cap_id, cap, now)
            if cap["kind"] == "WORKFLOW":
                self._follow(cap_id, cap, now)

    def _begin_window(self, cap_id: int, cap: Facts, now: int) -> None:
        """What is the first to count begins a window, by the zone of that moment, where the one before has ended."""
        if any(not self._place(cap, use.at) for use in self.uses(cap_id)):
            starts, ends = window(self.zone, cap["period"], cap["week_start"], now)
            before = cap["windows"][-1][1] if cap["windows"] else 0
            cap["windows"] = [*cap["windows"], (max(starts, before), ends)]

    def _follow(self, cap_id: int, cap: Facts, now: int) -> None:
        """When each workflow was last used: something counted, or was resolved."""
        for use in list(self.uses(cap_id)):
            if cap["seen"].get(use.who) == (use.amount, use.open):
                continue
            if use.entry >= cap["since"].get(use.workflow, 0):
                cap["last"][use.workflow] = now
            cap["seen"][use.who] = use.amount, use.open

    # Settings

    def _create_cap(self, path: str, cap: Facts, now: int) -> None:
        self._exists(path)
        if cap["unit"]:
            self._known([(cap["unit"], 0)])
        self._open(path)
        if sum(other["path"] == path and not other["deleted"] for other in self.caps.values()) >= 20:
            raise No("CAPS_TOO_MANY")
        cap_id = self.entries + 1
        made = {**cap, "path": path, "version": 1, "created": now, "deleted": False, "gone": MOST}
        older = {
            key: self.actual(key, cap["unit"])
            for key, hold in self.open_holds()
            if self._about(made, hold["path"], hold["tool"], hold["workflow"])
            and (not cap["unit"] or cap["unit"] in self.units_of(key))
        }
        self.caps[cap_id] = {**made, "older": older, "since": {}, "last": {}, "seen": {}, "windows": []}
        if older and cap["kind"] != "SINGLE":
            self._write()

    def _update_cap(self, cap_id: int, version: int, limit: int | None, mode: str | None, now: int) -> None:
        cap = self._cap(cap_id, version)
        self.caps[cap_id] = {
            **cap,
            "limit": cap["limit"] if limit is None else limit,
            "mode": mode or cap["mode"],
            "version": version + 1,
        }

    def _delete_cap(self, cap_id: int, version: int, now: int) -> None:
        self.caps[cap_id] = {**self._cap(cap_id, version), "deleted": True, "gone": self.entries}

    def _cap(self, cap_id: int, version: int) -> Facts:
        if cap_id not in self.caps or self.caps[cap_id]["deleted"]:
            raise No("CAP_NOT_FOUND")
        if self.caps[cap_id]["version"] != version:
            raise No("ETAG_MISMATCH")
        return self.caps[cap_id]


def _matches(pattern: str, tool: str) -> bool:
    """Whether a tool has a name, or begins with what stands before a star."""
    if pattern.endswith("*"):
        return bool(tool) and tool[: len(pattern) - 1] == pattern[:-1]
    return tool == pattern
