"""The naive model's grants: what was given for a time, and goes back when that is over."""

from tests.model.books import Books


class Grants(Books):
    """What is lent, until when, by whom, and how much of it is neither spent nor given back."""

    def borrowed(self) -> list[tuple[str, str, int]]:
        """Who has something that was lent, in which unit, and how much of that unit is available."""
        running = [lent for lent in self.grants.values() if not lent["ended"] and not lent["over"]]
        has = [(one["path"], one["unit"], self.balance(one["path"], "available", one["unit"])) for one in running]
        return [one for one in has if one[2] > 0]

    def owing(self) -> list[str]:
        """The open holds that an ended grant waits for."""
        ended = [number for number, lent in self.grants.items() if lent["ended"] and not lent["over"]]
        return [key for key, _ in self.open_holds() if any(self._pays(key, number) for number in ended)]

    def _lend(self, number: int, giver: str, path: str, unit: str, parts: int, ends: int) -> None:
        if ends:
            lent = {"path": path, "unit": unit, "giver": giver, "left": parts, "ends": ends}
            self.grants[number] = {**lent, "ended": 0, "over": False, "shortfall": 0}

    def _lent(self, path: str, unit: str) -> list[int]:
        """The grants of a partition that are not over, soonest end first."""
        mine = [n for n, lent in self.grants.items() if (lent["path"], lent["unit"]) == (path, unit)]
        return sorted((n for n in mine if not self.grants[n]["over"]), key=lambda n: (self.grants[n]["ends"], n))

    def _pays(self, key: str, number: int) -> bool:
        """Whether a hold, which must be open, is one of those that a grant waits for: older than the grant's end."""
        hold, lent = self.holds.get(key), self.grants[number]
        if hold is None or hold["state"] != "OPEN" or hold["path"] != lent["path"]:
            return False
        return bool(hold["entry"] < lent["ended"] and self.fact(key, lent["unit"], "held"))

    def _use_up(self, path: str, unit: str, parts: int, key: str) -> None:
        """Spending uses grants that run; that of a hold also those that have ended and wait for it."""
        for number in self._lent(path, unit):
            lent = self.grants[number]
            if not lent["ended"] or self._pays(key, number):
                used = min(parts, lent["left"])
                parts -= used
                self._leave(number, lent["left"] - used)

    def _pay_back(self, key: str, unit: str, given_back: int) -> None:
        """What a hold has given back goes to the grants that wait for it, as far as there is no debt."""
        path = self.holds[key]["path"]
        rest = min(given_back, max(0, self.balance(path, "available", unit)))
        for number in self._lent(path, unit):
            if self._pays(key, number):
                rest -= self._return(number, rest)

    def _return(self, number: int, most: int) -> int:
        """What is left of a grant, up to a number, goes back to whoever gave it, or stands in its place."""
        lent = self.grants[number]
        parts = max(0, min(most, lent["left"]))
        self._move(lent["path"], "available", "available", lent["unit"], parts, self._standing_for(lent["giver"]))
        self._leave(number, lent["left"] - parts)
        return parts

    def _standing_for(self, giver: str) -> str:
        return next((path for path in self.above(giver) if not self.partitions[path]["closed"]), self.name)

    def _leave(self, number: int, left: int) -> None:
        self.grants[number] = {**self.grants[number], "left": left, "over": left == 0}

    def _end_grant(self, number: int) -> None:
        lent = self.grants[number]
        self._return(number, self.balance(lent["path"], "available", lent["unit"]))
        self.grants[number] = {**self.grants[number], "ended": self.entries + 1}

    def _end_grants_by_close(self, path: str) -> None:
        """What a partition has goes to whoever lent it before it goes up."""
        for unit in self.units:
            for number in self._lent(path, unit):
                if not self.grants[number]["ended"]:
                    self._end_grant(number)

    def _write_off(self) -> None:
        """Nobody is there any more who could give back what is left of a grant: that is its shortfall."""
        for number, lent in self.grants.items():
            waits = any(self._pays(key, number) for key in self.holds)
            if lent["ended"] and not lent["over"] and not waits:
                self._leave(number, 0)
                self.grants[number] = {**self.grants[number], "shortfall": lent["left"]}
