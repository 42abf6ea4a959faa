"""The naive model's tree: partitions, what closes, and moves between them."""

from tests.model.allowances import Allowances
from tests.model.claims import Claims
from tests.model.escalations import Escalations
from tests.model.words import No


class Tree(Allowances, Claims, Escalations):
    """Partitions and what they own."""

    def _create_organization(self, units: tuple[str, ...], life: int, now: int, zone: str = "UTC") -> None:
        if self.partitions:
            raise No("ORGANIZATION_EXISTS")
        self.zone = zone
        self.units, self.life, self.version, self.incarnation = list(units), life, 1, 1
        self.partitions[self.name] = {"kind": "ORGANIZATION", "closed": False, "version": 1}

    def _update_organization(self, version: int, life: int, zone: str, now: int) -> None:
        if version != self.version:
            raise No("ETAG_MISMATCH")
        self.version, self.life, self.zone = version + 1, life, zone or self.zone

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
            self._end_grants_by_close(one)
            self.partitions[one]["closed"] = True
            self.partitions[one]["version"] += 1
            self._cancelled_by_close(one)
            self._unassigned_by_close(one)
            for _, unit in [each for each in self.allowances if each[0] == one]:
                self._end_allowance(one, unit)
            self._pass_up()
            self._write_off()
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

    # What closed partitions have

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
