"""Random operations on what governs reservations: caps, tools, pauses, and whose work it is."""

from tests.model import DAY, HOUR, MINUTE, MOST, Model, Operation
from tests.strategies.choosing import Chooser, often
from tests.strategies.materials import PATTERNS, PERIODS, TOOLS, WORKS, a_path, a_unit, parts, some_amounts


def create_cap(choose: Chooser, model: Model, now: int) -> Operation:
    """Of each kind, around what is used and small enough to bite."""
    path = a_path(choose, model)
    full = [cap["path"] for cap in model.caps.values()]
    if len(full) >= 19 and often(choose, 60):
        path = max(full, key=full.count)
    kind = choose.pick(["SINGLE", "WINDOW", "WINDOW", "ROLLING", "LIFETIME", "WORKFLOW", "OPEN_RESERVATIONS"])
    unit = "" if kind == "OPEN_RESERVATIONS" else a_unit(choose)
    return "create_cap", {
        "path": path,
        "cap": {
            "kind": kind,
            "unit": unit,
            "limit": choose.number(1, 4) if not unit else parts(choose, [20, 100, 1000]),
            "period": choose.pick(PERIODS) if kind == "WINDOW" else "",
            "week_start": choose.pick([1, 7]) if kind == "WINDOW" else 1,
            "length": 12 * choose.pick([MINUTE, HOUR]) if kind == "ROLLING" else 0,
            "tool": choose.pick(PATTERNS) if often(choose, 25) else "",
            "mode": "SHADOW" if often(choose, 45) else "ENFORCED",
        },
    }


def wide_cap(path: str) -> Operation:
    """One that only watches, and has room."""
    cap = {"kind": "SINGLE", "unit": "USD", "limit": MOST, "period": "", "week_start": 1, "length": 0}
    return "create_cap", {"path": path, "cap": {**cap, "tool": "", "mode": "SHADOW"}}


def _a_cap(choose: Chooser, model: Model) -> tuple[int, int]:
    """A cap and its version, or nearly."""
    if not model.caps or often(choose, 10):
        return 10**6, 1
    live = [cap_id for cap_id, cap in model.caps.items() if not cap["deleted"]]
    cap_id = choose.pick(live if live and often(choose, 80) else list(model.caps))
    return cap_id, model.caps[cap_id]["version"] - often(choose, 15)


def update_cap(choose: Chooser, model: Model, now: int) -> Operation:
    """Below its use, at it, above it; watching or not."""
    cap_id, version = _a_cap(choose, model)
    used = [model.used(cap_id, "w1", now)] if cap_id in model.caps else []
    limit = parts(choose, used) if often(choose, 70) else None
    mode = choose.pick(["SHADOW", "ENFORCED"]) if limit is None or often(choose, 30) else None
    return "update_cap", {"cap_id": cap_id, "version": version, "limit": limit, "mode": mode}


def delete_cap(choose: Chooser, model: Model, now: int) -> Operation:
    """One that is there, mostly."""
    cap_id, version = _a_cap(choose, model)
    return "delete_cap", {"cap_id": cap_id, "version": version}


def set_tool(choose: Chooser, model: Model, now: int) -> Operation:
    """A new one or one that is there."""
    name = choose.pick(TOOLS)
    found = model.tools.get(name)
    version = found["version"] if found and not found["deleted"] else 0
    estimate = some_amounts(choose, lambda _: [5]) if often(choose, 70) else ()
    version += choose.number(0, 1) if often(choose, 20) else 0
    return "set_tool", {"name": name, "estimate": estimate, "enabled": often(choose, 80), "version": version}


def delete_tool(choose: Chooser, model: Model, now: int) -> Operation:
    """One that is there, or not."""
    name = choose.pick(TOOLS)
    return "delete_tool", {
        "name": name,
        "version": model.tools.get(name, {"version": 1})["version"] - often(choose, 20),
    }


def set_lists(choose: Chooser, model: Model, now: int) -> Operation:
    """Few patterns, or none."""
    path = a_path(choose, model)
    if often(choose, 40):
        path = path.rpartition("/")[0] or path
    version = model.lists.get(path, {"version": 0})["version"] + often(choose, 15)
    allowed = (choose.pick(PATTERNS),) if often(choose, 30) else ()
    denied = (choose.pick(PATTERNS),) if often(choose, 40) else ()
    return "set_lists", {"path": path, "allowed": allowed, "denied": denied, "version": version}


def pause(choose: Chooser, model: Model, now: int) -> Operation:
    """Anything."""
    return "pause", {"path": a_path(choose, model)}


def resume(choose: Chooser, model: Model, now: int) -> Operation:
    """What is paused, mostly."""
    paused = sorted(model.paused)
    if often(choose, 4):
        return "resume", {"path": "acme/nowhere"}
    return "resume", {"path": choose.pick(paused) if paused and often(choose, 90) else a_path(choose, model)}


def assign(choose: Chooser, model: Model, now: int) -> Operation:
    """To somebody in the scope, or not."""
    path = a_path(choose, model)
    scope = choose.pick(model.above(path)) if often(choose, 85) else a_path(choose, model)
    name = choose.pick(WORKS)
    if model.works and often(choose, 40):
        scope, name = choose.pick(list(model.works))
        path = choose.pick([other for other in model.partitions if scope in model.above(other)])
    return "assign", {"scope": scope, "name": name, "path": path, "ttl": choose.pick([1, MINUTE, HOUR, DAY])}


def unassign(choose: Chooser, model: Model, now: int) -> Operation:
    """What is known, mostly."""
    scope = "acme/nowhere" if often(choose, 10) else a_path(choose, model)
    name = choose.pick(WORKS)
    if model.works and often(choose, 60):
        scope, name = choose.pick(list(model.works))
    return "unassign", {"scope": scope, "name": name}
