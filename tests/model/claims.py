"""The naive model's claims: work is held by whichever open hold names it, and marked or assigned in a table."""

from typing import Any

from tests.model.books import Books
from tests.model.words import DAY, Facts, No


class Claims(Books):
    """Who has a piece of work, who has done it, and to whom it is assigned."""

    def work(self, scope: str, name: str) -> Facts:
        """What is known of a piece of work: the hold that has it, its done mark, its assignment."""
        holder = next((key for key, hold in self.open_holds() if hold["work"] == (scope, name)), "")
        return {"holder": holder, **self.works.get((scope, name), {"done": None, "assigned": None})}

    def every_work(self) -> dict[tuple[str, str], Facts]:
        """All that somebody has, has done, or is assigned."""
        known = [*self.works, *(hold["work"] for _, hold in self.open_holds() if hold["work"])]
        found = {work: self.work(*work) for work in known}
        return {work: facts for work, facts in found.items() if any(facts.values())}

    def given_up(self) -> list[tuple[str, str]]:
        """The work of holds that have expired."""
        return [hold["work"] for hold in self.holds.values() if hold["state"] == "EXPIRED" and hold["work"]]

    def overtaken(self) -> list[str]:
        """The holds that have expired and whose work somebody else has or has done."""
        late = [key for key, hold in self.holds.items() if hold["state"] == "EXPIRED" and hold["work"]]
        works = {key: self.work(*self.holds[key]["work"]) for key in late}
        return [key for key, work in works.items() if work["holder"] or (work["done"] and work["done"]["key"] != key)]

    def _claim(self, path: str, scope: str, name: str) -> tuple[str, str]:
        scope = scope or path.rpartition("/")[0] or path
        if scope not in self.above(path):
            raise No("SCOPE_OUTSIDE")
        work = self.work(scope, name)
        if work["done"]:
            raise No("WORK_DONE", path=scope)
        if work["holder"] or (work["assigned"] and work["assigned"]["path"] != path):
            raise No("WORK_CLAIMED", path=scope)
        return scope, name

    def _mark(self, key: str, kept: int, now: int) -> None:
        """The work of a hold is done, if nobody else has it or has done it; either is told of."""
        if not self.holds[key]["work"]:
            raise No("CLAIM_MISSING")
        work = self.work(*self.holds[key]["work"])
        has_it = work["done"]["key"] if work["done"] else work["holder"]
        if has_it == key and work["done"]:
            return
        self._write()
        if has_it in {"", key}:
            self._know(self.holds[key]["work"], done={"key": key, "until": now + (kept or 30 * DAY)})

    def _know(self, work: tuple[str, str], **facts: Any) -> None:
        self.works[work] = {**self.works.get(work, {"done": None, "assigned": None}), **facts}

    def _assign(self, scope: str, name: str, path: str, ttl: int, now: int) -> None:
        self._exists(scope)
        self._exists(path)
        if scope not in self.above(path):
            raise No("SCOPE_OUTSIDE")
        self._open(path)
        if self.work(scope, name)["done"]:
            raise No("WORK_DONE")
        self._know((scope, name), assigned={"path": path, "until": now + ttl})

    def _unassign(self, scope: str, name: str, now: int) -> None:
        self._exists(scope)
        work = self.work(scope, name)
        if not (work["done"] or work["assigned"]):
            raise No("CLAIM_NOT_FOUND")
        self._know((scope, name), done=None, assigned=None)

    def _end_work(self, work: tuple[str, str], at: int) -> None:
        """What ends at an instant is over."""
        ended = [kind for kind, fact in self.works[work].items() if fact and fact["until"] == at]
        self._know(work, **dict.fromkeys(ended))

    def _unassigned_by_close(self, path: str) -> None:
        for work, facts in list(self.works.items()):
            if facts["assigned"] and facts["assigned"]["path"] == path:
                self._know(work, assigned=None)
