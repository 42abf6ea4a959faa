"""Random operations on reservations: what is held, and what becomes of it."""

from tests.model import DAY, HOUR, MINUTE, Model, Operation
from tests.strategies.choosing import Chooser, often
from tests.strategies.materials import (
    STRANGE,
    TOOLS,
    UNITS,
    WORKFLOWS,
    WORKS,
    Fields,
    a_key,
    a_path,
    a_scope,
    costs,
    parts,
    reservation_of,
    room,
    some_amounts,
)


def reserve(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what the partition has, under a new id or one that is taken."""
    path = a_path(choose, model)
    chosen = often(choose, 50)
    number = len(model.holds) + model.entries * 1000 + choose.number(0, 9) * 10**9  # later ids need not sort later
    key = a_key(choose, model) if chosen and often(choose, 10) else reservation_of(number)
    tool = choose.pick(TOOLS) if often(choose, 60) else ""
    estimated = often(choose, 15 if tool else 2)
    claims = often(choose, 35)
    scope, work = (a_scope(choose, model, path), choose.pick(WORKS)) if claims else ("", "")
    if (given_up := model.given_up()) and often(choose, 25):
        scope, work = choose.pick(given_up)
        path = choose.pick([other for other in model.partitions if scope in model.above(other)])
    amounts = () if estimated else some_amounts(choose, room(model, path))
    if (borrowed := model.borrowed()) and often(choose, 60):
        path, unit, most = choose.pick(borrowed)
        amounts, scope, work, tool = ((unit, choose.number(1, min(most, 60))),), "", "", ""
    return "reserve", {
        "path": path,
        "amounts": amounts,
        "ttl": choose.pick([1, MINUTE, MINUTE, MINUTE, HOUR, HOUR, HOUR + 1, DAY]),
        "key": key,
        "chosen": chosen or key in model.holds,
        "tool": tool,
        "workflow": choose.pick(WORKFLOWS) if often(choose, 40) else "",
        "scope": scope,
        "work": work,
    }


def extend(choose: Chooser, model: Model, now: int) -> Operation:
    """Nearer, as it is, further, too far."""
    key = a_key(choose, model)
    hold = model.holds.get(key, {"opened": now, "ends": now})
    ends = choose.pick([0, hold["ends"], now + MINUTE, now + HOUR, hold["opened"] + model.life, now + 8 * DAY])
    return "extend", {"key": key, "ends": ends + choose.number(0, 1)}


def release(choose: Chooser, model: Model, now: int) -> Operation:
    """A hold, open or not."""
    return "release", {"key": a_key(choose, model)}


def expire(choose: Chooser, model: Model, now: int) -> Operation:
    """A hold, open or not."""
    return "expire", {"key": a_key(choose, model)}


def commit(choose: Chooser, model: Model, now: int) -> Operation:
    """Nothing named, all units, some, more; the same again."""
    key = a_key(choose, model)
    if (overtaken := model.overtaken()) and often(choose, 70):
        key = choose.pick(overtaken)
    actual: dict[str, int] = {}
    if key in model.holds and often(choose, 75):
        hold, around = model.holds[key], costs(model, key)
        if hold["committed"] and often(choose, 60):
            actual = dict(hold["committed"])
        else:
            actual = {unit: parts(choose, around(unit), 0) for unit in model.units_of(key)}
        if often(choose, 10):
            actual.pop(choose.pick(list(actual)))
        if often(choose, 10):
            unit = choose.pick([STRANGE, *UNITS])
            actual.setdefault(unit, parts(choose, [], 0))
    fields: Fields = {"key": key, "actual": tuple(actual.items()), "confirmed": often(choose, 25)}
    claims = key in model.holds and model.holds[key]["work"]
    if often(choose, 65 if claims else 2):
        fields |= {"done": True, "done_ttl": choose.pick([0, 1, MINUTE, HOUR, DAY])}
    return "commit", fields


def settle_part(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what remains and what is plausible."""
    key = a_key(choose, model)
    return "settle_part", {
        "key": key,
        "amounts": some_amounts(choose, costs(model, key)),
        "confirmed": often(choose, 40),
    }


def charge(choose: Chooser, model: Model, now: int) -> Operation:
    """With or without a reservation, which may be open or somebody else's."""
    key = a_key(choose, model) if often(choose, 75) else ""
    path = model.holds[key]["path"] if key in model.holds and often(choose, 90) else a_path(choose, model)
    return "charge", {
        "path": path,
        "amounts": some_amounts(choose, costs(model, key)),
        "key": key,
        "confirmed": often(choose, 40),
        "tool": "" if key else choose.pick(["", *TOOLS]),
        "workflow": "" if key else choose.pick(["", *WORKFLOWS]),
    }


def refund(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what is charged."""
    key = a_key(choose, model)

    def charged(unit: str) -> list[int]:
        return [model.actual(key, unit) - model.fact(key, unit, "refund")] if key in model.holds else []

    return "refund", {"key": key, "amounts": some_amounts(choose, charged)}
