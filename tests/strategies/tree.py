"""Random operations on the organization, its tree, and the budget that moves along it."""

from tests.model import DAY, MOST, Model, Operation
from tests.strategies.choosing import Chooser, often
from tests.strategies.materials import (
    LIVES,
    PRINCIPALS,
    ROLES,
    ROOT,
    STRANGE,
    UNITS,
    ZONES,
    a_new_path,
    a_path,
    a_unit,
    parts,
)


def create_organization(choose: Chooser, model: Model, now: int) -> Operation:
    """Begin it; again, mostly."""
    return "create_organization", {"units": UNITS, "life": choose.pick(LIVES), "zone": choose.pick(ZONES)}


def update_organization(choose: Chooser, model: Model, now: int) -> Operation:
    """With the right version, or the one before; now and then in another time zone."""
    return "update_organization", {
        "version": model.version - often(choose, 30),
        "life": choose.pick(LIVES),
        "zone": choose.pick(["", *ZONES]),
    }


def create_partition(choose: Chooser, model: Model, now: int) -> Operation:
    """Somewhere; now and then as deep as can be."""
    path = a_new_path(choose, model)
    if often(choose, 10):
        path = max(model.partitions, key=len, default=ROOT) + "/a"
    return "create_partition", {"path": path, "kind": choose.pick(["TEAM", "TEAM", "AGENT"])}


def update_partition(choose: Chooser, model: Model, now: int) -> Operation:
    """With the right version, or the one before."""
    path = a_path(choose, model)
    version = model.partitions.get(path, {"version": 1})["version"]
    return "update_partition", {"path": path, "version": version - choose.number(0, 1)}


def close(choose: Chooser, model: Model, now: int) -> Operation:
    """Seldom the root."""
    path = a_path(choose, model)
    if path == ROOT and often(choose, 90):
        path = a_path(choose, model)
    return "close", {"path": path, "cascade": often(choose, 40)}


def fund(choose: Chooser, model: Model, now: int) -> Operation:
    """Also up to the bounds of the range."""
    issued = -model.balance(ROOT, "issued", "USD")
    return "fund", {"unit": a_unit(choose), "parts": parts(choose, [1000, MOST - issued])}


def defund(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what the root has."""
    unit = a_unit(choose)
    return "defund", {"unit": unit, "parts": parts(choose, [model.balance(ROOT, "available", unit)])}


def allocate(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what the parent has."""
    below = [path for path in model.partitions if "/" in path]
    path = choose.pick(below) if below and often(choose, 80) else a_path(choose, model)
    unit = a_unit(choose)
    return "allocate", {
        "path": path,
        "unit": unit,
        "parts": parts(choose, [model.balance(path.rpartition("/")[0], "available", unit)]),
    }


def reclaim(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what the child has."""
    path, unit = a_path(choose, model), STRANGE if often(choose, 8) else a_unit(choose)
    return "reclaim", {"path": path, "unit": unit, "parts": parts(choose, [model.balance(path, "available", unit)])}


def set_role(choose: Chooser, model: Model, now: int) -> Operation:
    """Any role for anybody; where nobody has one, mostly none, for authority would be looked at ever after."""
    role = choose.pick(ROLES) if model.roles or often(choose, 5) else "NONE"
    path = a_path(choose, model)
    if (given := list(model.roles)) and often(choose, 40):
        path = choose.pick(given)[0]
    if often(choose, 10):
        path = "acme/nowhere"
    return "set_role", {"path": path, "holder": choose.pick(PRINCIPALS), "role": role}


def prune(choose: Chooser, model: Model, now: int) -> Operation:
    """Too recent, far back, or about right."""
    return "prune", {"since": now - choose.pick([0, 29 * DAY, 31 * DAY, 60 * DAY])}


def begin_incarnation(choose: Chooser, model: Model, now: int) -> Operation:
    """After a restore."""
    return "begin_incarnation", {}
