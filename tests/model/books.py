"""The naive model's books: what it keeps, and what can be read from that."""

from collections.abc import Iterator
from typing import Any

from tests.model.words import MOST, Facts, No, Operation


class Books:
    """Lists and tables of everything that has happened, and sums over them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.zone = "UTC"
        self.units: list[str] = []
        self.life = 0
        self.version = 0
        self.incarnation = 0
        self.pruned = 0
        self.entries = 0
        self.partitions: dict[str, Facts] = {}
        self.moves: list[tuple[str, str, str, int]] = []
        self.holds: dict[str, Facts] = {}
        self.requests: dict[tuple[str, str], Facts] = {}
        self.noted: dict[tuple[str, str, int], int] = {}
        self.refused: list[tuple[str, int, Operation]] = []
        self.shadowed: list[tuple[str, int]] = []
        self.caps: dict[int, Facts] = {}
        self.costs: list[Facts] = []
        self.tools: dict[str, Facts] = {}
        self.lists: dict[str, Facts] = {}
        self.paused: dict[str, Facts] = {}
        self.roles: dict[tuple[str, str], str] = {}
        self.works: dict[tuple[str, str], Facts] = {}
        self.escalations: dict[int, Facts] = {}
        self.policies: dict[tuple[str, str], Facts] = {}
        self.approvals: list[Facts] = []
        self.grants: dict[int, Facts] = {}
        self.allowances: dict[tuple[str, str], Facts] = {}

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

    def above(self, path: str) -> list[str]:
        """The partition and those above it, nearest first."""
        names = path.split("/")
        return ["/".join(names[:count]) for count in range(len(names), 0, -1)]

    def stopped_at(self, path: str) -> str:
        """The nearest partition, itself or above, that is paused; empty where none is."""
        return next((above for above in self.above(path) if above in self.paused), "")

    def open_holds(self) -> Iterator[tuple[str, Facts]]:
        """The holds that are open."""
        return ((key, hold) for key, hold in self.holds.items() if hold["state"] == "OPEN")

    # What every rule may need

    def _write(self) -> None:
        self.entries += 1

    def _move(self, path: str, giver: str, taker: str, unit: str, amount: int, taker_path: str = "") -> None:
        self.moves.append((path, giver, unit, -amount))
        self.moves.append((taker_path or path, taker, unit, amount))

    def _exists(self, path: str) -> None:
        if path not in self.partitions:
            raise No("PARTITION_NOT_FOUND")

    def _open(self, path: str) -> None:
        if self.partitions[path]["closed"]:
            raise No("PARTITION_CLOSED")

    def _known(self, amounts: Any) -> None:
        for unit, _ in amounts:
            if unit not in self.units:
                raise No("UNIT_UNKNOWN", unit)

    def _cover(self, path: str, unit: str, parts: int) -> None:
        available = self.balance(path, "available", unit)
        if available < parts:
            raise No("BUDGET_EXHAUSTED", unit, parts, available)

    def _in_range(self) -> None:
        own = self.every_balance()
        for path, role, unit in own:
            for above in [p for p in self.partitions if path == p or path.startswith(p + "/")]:
                below = [
                    own[k] for k in own if k[1:] == (role, unit) and (k[0] == above or k[0].startswith(above + "/"))
                ]
                if abs(own[path, role, unit]) > MOST or abs(sum(below)) > MOST:
                    raise No("AMOUNT_OUT_OF_RANGE")
