"""The naive model of one organization: its requests, its clock, and everything that it can be asked."""

import copy
import itertools

from tests.model.reservations import Reservations
from tests.model.words import DAY, MINUTE, SILENT, Facts, No, Operation


class Model(Reservations):
    """One organization, as naive as it can be."""

    # Time

    def coming(self, now: int) -> list[tuple[int, int, int, str]]:
        """What time is about to do: when, in which order of kinds, and to what."""
        places = list(self.partitions)
        found = [(hold["ends"], 0, 0, key) for key, hold in self.open_holds()]
        found += [
            (asked["ends"], 1, number, "") for number, asked in self.escalations.items() if asked["state"] == "PENDING"
        ]
        found += [
            (lent["ends"], 2, number, "")
            for number, lent in self.grants.items()
            if not lent["over"] and not lent["ended"]
        ]
        found += [
            (allowance["next"], 3, places.index(path), unit)
            for (path, unit), allowance in self.allowances.items()
            if not allowance["deleted"]
        ]
        for number, work in enumerate(self.works):
            ends = {fact["until"] for fact in self.works[work].values() if fact}
            found += [(min(ends), 4, number, "")] if ends else []
        found += [(at, 5, cap_id, workflow) for at, cap_id, workflow in self.unused()]
        return sorted(one for one in found if one[0] <= now)

    def pass_time(self, now: int, most: int) -> None:
        """Whatever is due has taken effect, up to a number of entries."""
        for _ in range(most):
            coming = self.coming(now)
            at, kind, number, name = coming[0]
            if kind == 0:
                self._give_back(name)
                self.holds[name]["state"] = "EXPIRED"
            elif kind == 1:
                self._decide(number, "EXPIRED")
            elif kind == 2:
                self._end_grant(number)
            elif kind == 3:
                self._run_allowance(list(self.partitions)[number], name, now)
            elif kind == 4:
                self._end_work(list(self.works)[number], at)
            else:
                for _, _, cap_id, workflow in itertools.takewhile(lambda one: one[1] == 5, coming[:256]):
                    self._begin_anew(cap_id, workflow)
            self._pass_up()
            self._write_off()
            self._pin(now)
            self._write()

    # Requests

    def request(
        self, principal: str, request_id: str, made: int, operation: Operation, now: int, *, dry: bool = False
    ) -> Facts:
        """The answer to a request: ok or not, why not, and whether it is a repeated answer."""
        early = self._before_the_rules(principal, request_id, made, operation, now)
        if early is not None:
            return early
        kind, fields = operation
        before = self._copied()
        self.shadowed = []
        items = fields["items"] if kind == "group" else [operation]
        culprit = None
        try:
            for number, item in enumerate(items):
                culprit = number if kind == "group" else None
                self._may(principal, item)
                self._do(principal, item, now)
        except No as no:
            self.__dict__ = before
            answer = {**_no(no.answer, culprit), "path": no.path}
            about_whom = no.answer[0] in {"PERMISSION_DENIED", "ESCALATION_OWN"}
            if request_id and not dry and not about_whom and not all(item[0] == "reserve" for item in items):
                self._write()
                self.requests[principal, request_id] = {"operation": operation, "answer": answer}
            elif kind == "reserve" and not dry:
                self.refused.append((request_id, made, operation))
            asked, asked_for = items[culprit or 0]
            if asked == "reserve" and not dry and asked_for["path"] in self.partitions:
                self._note(no.path or asked_for["path"], no.answer[0], now)
            return answer
        if dry:
            self.__dict__ = before
            return {"ok": True, "replayed": False}
        self._note_shadowed(now)
        if request_id:
            opened = [key for key in self.holds if key not in before["holds"]]
            # A hold that the request itself resolved never stood for anything after it.
            standing = [key for key in opened if self.holds[key]["state"] == "OPEN"]
            self.requests[principal, request_id] = {"operation": operation, "answer": {"ok": True}, "opened": standing}
        if kind in {"escalate", "approve", "forward"}:
            self._run_carried(principal, request_id, before["escalations"], now)
        return {"ok": True, "replayed": False}

    def _before_the_rules(
        self, principal: str, request_id: str, made: int, operation: Operation, now: int
    ) -> Facts | None:
        if not self.partitions and operation[0] != "create_organization":
            return _no(("ORGANIZATION_NOT_FOUND", "", None, None))
        for number, item in enumerate(operation[1]["items"] if operation[0] == "group" else [operation]):
            path = self.missing(principal, item)
            if path and not (self._costs_a_right(operation) and (principal, request_id) in self.requests):
                culprit = number if operation[0] == "group" else None
                return {**_no(("PERMISSION_DENIED", "", None, None), culprit), "path": path}
        if not request_id:
            return None
        if self.partitions and made < self.pruned:
            return _no(("REQUEST_ID_TOO_OLD", "", None, None))
        if (principal, request_id) in self.requests:
            return self._repeat(self.requests[principal, request_id], operation)
        if made > now + 10 * MINUTE:
            return _no(("REQUEST_ID_IN_FUTURE", "", None, None))
        return None

    def _costs_a_right(self, operation: Operation) -> bool:
        """Whether whoever asks may not ask again, because of what it does; a repeat is answered all the same."""
        items = operation[1]["items"] if operation[0] == "group" else [operation]
        return any(kind in {"set_role", "forward", "resume"} for kind, _ in items)

    def _copied(self) -> Facts:
        """Everything as it is now; a change of it later does not change this."""
        now = {name: copy.copy(value) for name, value in vars(self).items()}
        now["partitions"] = {path: dict(facts) for path, facts in self.partitions.items()}
        now["holds"] = {
            key: {**hold, "facts": list(hold["facts"]), "pins": dict(hold["pins"])} for key, hold in self.holds.items()
        }
        now["caps"] = {
            number: {**cap, **{table: dict(cap[table]) for table in ("since", "last", "seen")}}
            for number, cap in self.caps.items()
        }
        return now

    def _repeat(self, bound: Facts, operation: Operation) -> Facts:
        if bound["operation"] != operation:
            return _no(("REQUEST_ID_REUSED", "", None, None))
        if any(self.holds[key]["state"] != "OPEN" for key in bound.get("opened", [])):
            return _no(("HOLD_ENDED", "", None, None))
        return {**bound["answer"], "replayed": True}

    def _run_carried(self, principal: str, request_id: str, before: dict[int, Facts], now: int) -> None:
        """The reserve that an approved escalation carries is decided, as its requester's."""
        for number, asked in list(self.escalations.items()):
            was = before.get(number, {"state": "PENDING"})["state"]
            if was != "PENDING" or asked["state"] != "APPROVED" or not asked.get("carried"):
                continue
            theirs, made, operation = asked["carried"]
            whose = (asked["by"], theirs)
            if whose in self.requests or whose == (principal, request_id):
                continue
            self._write()
            usable = self.pruned <= made <= now + 10 * MINUTE
            if usable and self._opens(asked["by"], operation, now):
                key = operation[1]["key"]
                self._decide(number, "APPROVED", opened=key)
                self.requests[whose] = {"operation": operation, "answer": {"ok": True}, "opened": [key]}

    def _opens(self, principal: str, operation: Operation, now: int) -> bool:
        kept = self._copied()
        self.shadowed = []
        try:
            self._may(principal, operation)
            self._do(principal, operation, now)
        except No as no:
            self.__dict__ = kept
            self._note(no.path or operation[1]["path"], no.answer[0], now)
            return False
        self._note_shadowed(now)
        return True

    def _note_shadowed(self, now: int) -> None:
        """What caps that only watch would have said is told of as what they refuse is."""
        for path, cap in self.shadowed:
            self._note(path, "CAP_REACHED", now, cap)

    def _note(self, path: str, reason: str, now: int, cap: int = 0) -> None:
        """A refused reserve is told of once a minute for each partition and reason; so is what a cap only watched."""
        minute = now // MINUTE
        if path in self.partitions and reason not in SILENT and self.noted.get((path, reason, cap)) != minute:
            self.noted[path, reason, cap] = minute
            self._write()

    def _do(self, principal: str, operation: Operation, now: int) -> None:
        kind, fields = operation
        if kind == "close":
            self._close(**fields)
            return
        named = {"principal": principal} if kind in {"escalate", "approve", "pause"} else {}
        getattr(self, "_" + kind)(now=now, **named, **fields)
        self._pass_up()
        self._write_off()
        self._in_range()
        self._pin(now)
        self._write()

    # The service's own

    def _prune(self, since: int, now: int) -> None:
        self.pruned = max(self.pruned, min(since, now - 30 * DAY))

    def _begin_incarnation(self, now: int) -> None:
        self.incarnation += 1


def _no(answer: tuple[str, str, int | None, int | None], culprit: int | None = None) -> Facts:
    return {"ok": False, "answer": answer, "culprit": culprit, "replayed": False}
