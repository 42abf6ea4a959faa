"""The naive model's allowances: filled from the parent at the beginning of every period."""

from tests.model.books import Books
from tests.model.calendar import window
from tests.model.words import No


class Allowances(Books):
    """What fills a partition by itself."""

    def _set_allowance(
        self, path: str, unit: str, parts: int, mode: str, period: str, week_start: int, version: int, now: int
    ) -> None:
        self._child(path)
        self._open(path)
        self._known([(unit, 0)])
        before = self.allowances.get((path, unit))
        running = before if before and not before["deleted"] else None
        if version != (running["version"] if running else 0):
            raise No("ETAG_MISMATCH")
        following = window(self.zone, period, week_start, now)[1]
        if running and (running["period"], running["week_start"]) == (period, week_start):
            following = running["next"]
        self.allowances[path, unit] = {
            "parts": parts,
            "mode": mode,
            "period": period,
            "week_start": week_start,
            "next": following,
            "version": before["version"] + 1 if before else 1,
            "deleted": False,
        }

    def _delete_allowance(self, path: str, unit: str, version: int, now: int) -> None:
        self._child(path)
        found = self.allowances.get((path, unit))
        if found is None or found["deleted"]:
            raise No("ALLOWANCE_NOT_FOUND", unit)
        if found["version"] != version:
            raise No("ETAG_MISMATCH")
        self._end_allowance(path, unit)

    def _child(self, path: str) -> None:
        if path not in self.partitions or path == self.name:
            raise No("PARTITION_NOT_FOUND")

    def _end_allowance(self, path: str, unit: str) -> None:
        found = self.allowances[path, unit]
        if not found["deleted"]:
            self.allowances[path, unit] = {**found, "deleted": True, "version": found["version"] + 1}

    def _run_allowance(self, path: str, unit: str, now: int) -> None:
        """Each missed period has its turn where the amount is added; the last only where it is filled up to."""
        found = self.allowances[path, unit]

        def end(at: int) -> int:
            return window(self.zone, found["period"], found["week_start"], at)[1]

        following = end(found["next"])
        if found["mode"] == "REFILL_TO":
            following = max(following, end(now))
        self.allowances[path, unit] = {**found, "next": following}
        if self.stopped_at(path):
            return
        has = self.balance(path, "available", unit) + self.balance(path, "reserved", unit)
        wanted = found["parts"] if found["mode"] == "ADD" else max(0, found["parts"] - has)
        parent = path.rpartition("/")[0]
        given = min(wanted, max(0, self.balance(parent, "available", unit)))
        self._move(parent, "available", "available", unit, given, path)
