"""Random operations on a ledger, as plain kinds and fields, which the model reads as they are and the core as commands.

One generator serves Hypothesis, which shrinks, and a seeded run, which counts: whatever picks a value is handed in. It
looks at the model, so that amounts lie around the balances and bounds that matter, and ids around those that exist.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from hypothesis import strategies as st

from ledger.core import commands as cmd
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount, Unit
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.escalations import Carried
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis
from ledger.core.texts import Text
from tests.builders import fingerprint_of
from tests.model import DAY, MINUTE, MOST, Model, Operation

T = TypeVar("T")
Fields = dict[str, Any]
ROOT: Final = "acme"
UNITS: Final = ("USD", "tokens")
STRANGE: Final = "EUR"
HOUR: Final = 60 * MINUTE
LIVES: Final = (HOUR, 2 * MINUTE, 7 * DAY)
NAMES: Final = ("a", "b", "c")
PRINCIPALS: Final = ("ann", "bob")
ZONES: Final = ("UTC", "Europe/Berlin")
TOOLS: Final = ("search", "search", "search-deep", "mail")
PATTERNS: Final = ("search", "search*", "mail", "s*")
WORKFLOWS: Final = ("w1", "w2")
WORKS: Final = ("report", "report", "review")
PERIODS: Final = ("HOUR", "DAY", "DAY", "WEEK", "MONTH")


class Chooser(Protocol):
    """Whoever decides what is next."""

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        ...

    def number(self, least: int, most: int) -> int:
        """A number from least to most."""
        ...


class Seeded:
    """Chooses by a seed; the same seed chooses the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        return choices[int(self._random.random() * len(choices))]

    def number(self, least: int, most: int) -> int:
        """A number from least to most."""
        return self._random.randint(least, most)


class Drawn:
    """Chooses as Hypothesis draws."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        return self._data.draw(st.sampled_from(list(choices)))

    def number(self, least: int, most: int) -> int:
        """A number from least to most."""
        return self._data.draw(st.integers(least, most))


def often(choose: Chooser, percent: int) -> bool:
    """True in about so many of a hundred cases."""
    return choose.number(0, 99) >= 100 - percent


# What operations are made of


def a_path(choose: Chooser, model: Model) -> str:
    """Mostly a partition that exists; the deeper, the more is going on there."""
    known = list(model.partitions) or [ROOT]
    if often(choose, 4):
        return choose.pick(["acme/nowhere", "other/a"])
    if often(choose, 60):
        rich = [path for path in known if any(model.balance(path, "available", unit) > 0 for unit in UNITS)]
        known = rich or known
    return choose.pick(known)


def a_new_path(choose: Chooser, model: Model) -> str:
    """A child of some partition, which may exist already."""
    return f"{a_path(choose, model)}/{choose.pick(NAMES)}"


def a_unit(choose: Chooser) -> str:
    """Mostly one that is declared."""
    return STRANGE if often(choose, 4) else choose.pick(UNITS)


def parts(choose: Chooser, around: Sequence[int], least: int = 1) -> int:
    """A number of parts: small, at the bounds of the range, or next to some that matter."""
    kind = choose.number(0, 9)
    if kind < 5:
        return max(least, choose.number(0, 30))
    if kind == 9:
        return choose.pick([MOST, MOST - 1, MOST // 2 + 1, 2**53 + 1])
    chosen = choose.pick(list(around) or [1]) + choose.number(-1, 1)
    return min(max(chosen, least), MOST)


def some_amounts(choose: Chooser, around: Any, least: int = 1) -> tuple[tuple[str, int], ...]:
    """One or two distinct units, each with its parts; `around` gives a unit's numbers that matter."""
    first = a_unit(choose)
    units = [first]
    if often(choose, 30):
        units += [unit for unit in UNITS if unit != first][:1]
    return tuple((unit, parts(choose, around(unit), least)) for unit in units)


def a_key(choose: Chooser, model: Model) -> str:
    """Mostly a reservation that exists, mostly a recent or an open one."""
    known = list(model.holds)
    if not known or often(choose, 3):
        return _reservation(10**6)
    if often(choose, 60):
        known = [key for key in known if model.holds[key]["state"] == "OPEN"] or known
    elif often(choose, 50):
        known = [key for key in known if model.holds[key]["state"] == "EXPIRED"] or known
    return choose.pick(known[-4:] if often(choose, 50) else known)


def _reservation(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012x}"


def a_scope(choose: Chooser, model: Model, path: str) -> str:
    """Mostly one that the path lies in; none means the parent."""
    if often(choose, 10):
        return a_path(choose, model)
    return choose.pick(["", "", *model.above(path)[-2:]])


def _available(model: Model, path: str) -> Any:
    return lambda unit: [abs(model.balance(path, "available", unit))]


def _room(model: Model, path: str) -> Any:
    """What is available, and what caps leave or allow."""
    limits = [cap for cap in model.caps.values() if not cap["deleted"] and cap["path"] in model.above(path)]

    def around(unit: str) -> list[int]:
        caps = [min(cap["limit"], 10**6) for cap in limits if cap["unit"] == unit]
        return [abs(model.balance(path, "available", unit)), *caps]

    return around


def _costs(model: Model, key: str) -> Any:
    """The numbers that matter when a cost is recorded."""
    if key not in model.holds:
        return lambda _: []

    def around(unit: str) -> list[int]:
        held, actual = model.fact(key, unit, "held"), model.actual(key, unit)
        return [held, actual, max(held - actual, 0), model.remaining(key, unit), 100 * held, 100 * held - actual]

    return around


# Operations, by kind


def create_organization(choose: Chooser, model: Model, now: int) -> Operation:
    """Begin it; again, mostly."""
    return "create_organization", {"units": UNITS, "life": choose.pick(LIVES), "zone": choose.pick(ZONES)}


def update_organization(choose: Chooser, model: Model, now: int) -> Operation:
    """With the right version, or the one before."""
    return "update_organization", {"version": model.version - choose.number(0, 1), "life": choose.pick(LIVES)}


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


def reserve(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what the partition has, under a new id or one that is taken."""
    path = a_path(choose, model)
    chosen = often(choose, 50)
    number = len(model.holds) + model.entries * 1000 + choose.number(0, 9) * 10**9  # later ids need not sort later
    key = a_key(choose, model) if chosen and often(choose, 10) else _reservation(number)
    tool = choose.pick(TOOLS) if often(choose, 60) else ""
    estimated = often(choose, 15 if tool else 2)
    claims = often(choose, 35)
    scope, work = (a_scope(choose, model, path), choose.pick(WORKS)) if claims else ("", "")
    if (given_up := model.given_up()) and often(choose, 25):
        scope, work = choose.pick(given_up)
        path = choose.pick([other for other in model.partitions if scope in model.above(other)])
    return "reserve", {
        "path": path,
        "amounts": () if estimated else some_amounts(choose, _room(model, path)),
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
        hold, around = model.holds[key], _costs(model, key)
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
        "amounts": some_amounts(choose, _costs(model, key)),
        "confirmed": often(choose, 40),
    }


def charge(choose: Chooser, model: Model, now: int) -> Operation:
    """With or without a reservation, which may be open or somebody else's."""
    key = a_key(choose, model) if often(choose, 75) else ""
    path = model.holds[key]["path"] if key in model.holds and often(choose, 90) else a_path(choose, model)
    return "charge", {
        "path": path,
        "amounts": some_amounts(choose, _costs(model, key)),
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


def prune(choose: Chooser, model: Model, now: int) -> Operation:
    """Too recent, far back, or about right."""
    return "prune", {"since": now - choose.pick([0, 29 * DAY, 31 * DAY, 60 * DAY])}


def begin_incarnation(choose: Chooser, model: Model, now: int) -> Operation:
    """After a restore."""
    return "begin_incarnation", {}


def group(choose: Chooser, model: Model, now: int) -> Operation:
    """One to four operations; reservation ids that they open are their own."""
    weighted = [reserve, reserve, commit, settle_part, release, allocate, charge, close, refund, extend, fund]
    weighted += [pause, resume, create_cap, reallocate, assign] if often(choose, 30) else []
    if often(choose, 15):
        weighted = [reserve]
    items: list[Operation] = []
    for number in range(choose.number(1, 4)):
        kind, fields = choose.pick(weighted)(choose, model, now)
        if kind == "reserve" and fields["key"] not in model.holds:
            fields["key"] = fields["key"][:-1] + str(number)
        opened = [item[1]["key"] for item in items if item[0] == "reserve"]
        if opened and kind in {"commit", "release", "settle_part"} and often(choose, 50):
            fields |= {"key": opened[-1]} | ({"actual": ()} if kind == "commit" else {})
        items.append((kind, fields))
    return "group", {"items": tuple(items)}


# Governance, by kind


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
    ttl = choose.pick([1, MINUTE, HOUR, DAY])
    return "assign", {"scope": scope, "name": choose.pick(WORKS), "path": path, "ttl": ttl}


def unassign(choose: Chooser, model: Model, now: int) -> Operation:
    """What is known, mostly."""
    scope = "acme/nowhere" if often(choose, 10) else a_path(choose, model)
    name = choose.pick(WORKS)
    if model.works and often(choose, 60):
        scope, name = choose.pick(list(model.works))
    return "unassign", {"scope": scope, "name": name}


def escalate(choose: Chooser, model: Model, now: int) -> Operation:
    """For some more, with or without the reserve that was refused."""
    path = a_path(choose, model)
    carried = None
    if model.refused and often(choose, 50):
        carried = choose.pick(model.refused[-4:])
        path = carried[2][1]["path"]
    return "escalate", {
        "path": path,
        "unit": a_unit(choose),
        "parts": parts(choose, [15, 40]),
        "ttl": choose.pick([1, MINUTE, HOUR, HOUR, DAY]),
        "carried": carried,
    }


def _an_escalation(choose: Chooser, model: Model) -> int:
    known = list(model.escalations)
    if not known or often(choose, 5):
        return 10**6
    pending = [number for number in known if model.escalations[number]["state"] == "PENDING"]
    return choose.pick(pending if pending and often(choose, 85) else known)


def approve(choose: Chooser, model: Model, now: int) -> Operation:
    """What was asked for or something else, by the decider or somebody else."""
    number = _an_escalation(choose, model)
    asked = model.escalations.get(number, {"unit": "USD"})
    other = often(choose, 40)
    source = a_path(choose, model) if often(choose, 60) else ""
    closed = [path for path, facts in model.partitions.items() if facts["closed"]]
    if closed and often(choose, 20):
        source = choose.pick(closed)
    return "approve", {
        "number": number,
        "unit": asked["unit"] if often(choose, 93) else a_unit(choose),
        "parts": parts(choose, [10]) if other else 0,
        "source": source,
        "ends": choose.pick([1, now]) if often(choose, 4) else 0,
    }


def deny(choose: Chooser, model: Model, now: int) -> Operation:
    """Pending or not."""
    return "deny", {"number": _an_escalation(choose, model)}


def forward(choose: Chooser, model: Model, now: int) -> Operation:
    """Pending or not."""
    return "forward", {"number": _an_escalation(choose, model)}


def cancel(choose: Chooser, model: Model, now: int) -> Operation:
    """Pending or not."""
    return "cancel", {"number": _an_escalation(choose, model)}


def reallocate(choose: Chooser, model: Model, now: int) -> Operation:
    """From anybody to anybody."""
    source, unit = a_path(choose, model), a_unit(choose)
    return "reallocate", {
        "source": source,
        "path": a_path(choose, model),
        "unit": unit,
        "parts": parts(choose, _available(model, source)(unit)),
        "ends": choose.pick([1, now]) if often(choose, 4) else 0,
    }


def _version(choose: Chooser, found: Fields | None) -> int:
    """The right one, or nearly."""
    version = found["version"] if found and not found["deleted"] else 0
    return int(version) + often(choose, 15)


def set_policy(choose: Chooser, model: Model, now: int) -> Operation:
    """Generous or not."""
    path, unit = a_path(choose, model), a_unit(choose)
    return "set_policy", {
        "path": path,
        "unit": unit,
        "each": choose.pick([10, 40, 1000]),
        "all_of_them": choose.pick([30, 60, 1000]),
        "period": choose.pick(PERIODS),
        "floor": choose.pick([0, 0, 50]),
        "version": _version(choose, model.policies.get((path, unit))),
    }


def _one_of(choose: Chooser, model: Model, table: dict[tuple[str, str], Fields]) -> tuple[str, str]:
    """A path and unit that a table has, mostly."""
    if table and often(choose, 60):
        path, unit = choose.pick(list(table))
        return path, unit
    return a_path(choose, model), a_unit(choose)


def delete_policy(choose: Chooser, model: Model, now: int) -> Operation:
    """One that is there, mostly."""
    path, unit = _one_of(choose, model, model.policies)
    return "delete_policy", {"path": path, "unit": unit, "version": _version(choose, model.policies.get((path, unit)))}


def set_allowance(choose: Chooser, model: Model, now: int) -> Operation:
    """Of either mode; what adds hourly would fill the journal."""
    path, unit = _one_of(choose, model, model.allowances)
    mode = choose.pick(["REFILL_TO", "ADD"])
    return "set_allowance", {
        "path": path,
        "unit": unit,
        "parts": choose.pick([1, 10, 40, 500]),
        "mode": mode,
        "period": choose.pick(PERIODS[mode == "ADD" :]),
        "week_start": choose.pick([1, 7]),
        "version": _version(choose, model.allowances.get((path, unit))),
    }


def delete_allowance(choose: Chooser, model: Model, now: int) -> Operation:
    """One that is there, mostly."""
    path, unit = _one_of(choose, model, model.allowances)
    version = _version(choose, model.allowances.get((path, unit)))
    return "delete_allowance", {"path": path, "unit": unit, "version": version}


KINDS: Final = {
    operation.__name__: operation
    for operation in (
        create_organization,
        update_organization,
        create_partition,
        update_partition,
        close,
        fund,
        defund,
        allocate,
        reclaim,
        reserve,
        extend,
        release,
        expire,
        commit,
        settle_part,
        charge,
        refund,
        prune,
        begin_incarnation,
        group,
        create_cap,
        update_cap,
        delete_cap,
        set_tool,
        delete_tool,
        set_lists,
        pause,
        resume,
        assign,
        unassign,
        escalate,
        approve,
        deny,
        forward,
        cancel,
        reallocate,
        set_policy,
        delete_policy,
        set_allowance,
        delete_allowance,
    )
}

BY_POSITION: Final = ("update_cap", "delete_cap", "escalate", "approve", "deny", "forward", "cancel")
"""Kinds that name an entry by its position, or bring one to an effect later."""

ABOUT_HOLDS: Final = ("extend", "release", "expire", "commit", "settle_part", "charge", "refund")

ABOUT_DECIDING: Final = ("approve", "deny", "forward", "cancel")


def sensible(kind: str, model: Model) -> str:
    """The kind, or that of which there must be something before."""
    if kind in ABOUT_HOLDS and not model.holds:
        return "reserve"
    if kind in ABOUT_DECIDING and not any(asked["state"] == "PENDING" for asked in model.escalations.values()):
        return "escalate"
    if kind in {"update_cap", "delete_cap"} and not any(not cap["deleted"] for cap in model.caps.values()):
        return "create_cap"
    if kind == "pause" and model.paused:
        return "resume"
    return "reserve" if kind == "resume" and not model.paused else kind


FREQUENT: Final = (
    *("reserve",) * 6,
    *("commit", "settle_part", "charge", "refund", "group") * 3,
    *("fund", "allocate", "release", "extend", "expire", "create_partition", "approve", "resume") * 2,
    *KINDS,
)


CAPPING: Final = (*("reserve",) * 5, *("create_cap", "charge", "commit") * 2, "update_cap", "delete_cap")
CLAIMING: Final = (*("reserve", "commit") * 5, *("expire",) * 4, "assign", "assign", "unassign", "extend")
GIVING: Final = (*("approve", "escalate", "reserve") * 4, *ABOUT_DECIDING * 2, "set_policy", "set_policy", "reallocate")
KEEPING: Final = (
    *("set_tool", "delete_tool", "set_lists", "delete_policy", "set_policy", "delete_allowance") * 3,
    *("reserve",) * 8,
)
FILLING: Final = ("set_allowance", "set_allowance", "delete_allowance", "pause", "resume", "charge", "reserve") * 2
GROUPING: Final = ("group", "group", "reserve", "close", "fund", "defund") * 2
THEMES: Final = (GROUPING, CAPPING, CLAIMING, GIVING, KEEPING, FILLING)
"""What stories are about beside everything else."""


# Requests and time


def a_pause(choose: Chooser, model: Model, now: int) -> int:
    """How long until the next command: none, a moment, to the next end or just before or after it, or much longer."""
    kind = choose.number(0, 9)
    if (unused := sorted(model.unused())) and often(choose, 5):
        return max(0, unused[0][0] - now + choose.number(-1, 1))  # a workflow's counter ends
    if model.caps and often(choose, 8):
        return choose.pick([MINUTE, HOUR]) - now % MINUTE  # another part of a window begins
    if kind < 4:
        return 0
    if kind < 7:
        return 1
    ends = [coming[0] for coming in model.coming(MOST)]
    if ends and kind < 9:
        soonest = ends[0] - now
        far = soonest > DAY and not often(choose, 20)
        return 1 if far else max(0, soonest + choose.number(-1, 1))
    return choose.pick([MINUTE, HOUR, DAY, 40 * DAY] if often(choose, 10) else [1, MINUTE // 2])


def to_command(operation: Operation) -> cmd.Command:
    """The operation as the core reads it."""
    kind, fields = operation
    if kind == "group":
        return cmd.Group(tuple(_COMMANDS[kind](fields) for kind, fields in fields["items"]))
    return _COMMANDS[kind](fields)


def _amount(fields: Fields) -> Amount:
    return Amount(fields["unit"], fields["parts"])


def _amounts(given: Any) -> tuple[Amount, ...]:
    return tuple(Amount(*amount) for amount in given)


_NONE: Final = Text()
_NO_BASIS: Final = Basis.NONE
_COMMANDS: Final[dict[str, Callable[[Fields], cmd.Single]]] = {
    "create_organization": lambda f: cmd.CreateOrganization(
        tuple(Unit(unit, 9) for unit in f["units"]), f.get("zone", "UTC"), _NONE, f["life"]
    ),
    "update_organization": lambda f: cmd.UpdateOrganization(f["version"], None, None, f["life"]),
    "create_partition": lambda f: cmd.CreatePartition(f["path"], Kind(f["kind"]), _NONE),
    "update_partition": lambda f: cmd.UpdatePartition(f["path"], f["version"], _NONE),
    "close": lambda f: cmd.ClosePartition(f["path"], f["cascade"], _NONE),
    "fund": lambda f: cmd.Fund(_amount(f), _NONE),
    "defund": lambda f: cmd.Defund(_amount(f), _NONE),
    "allocate": lambda f: cmd.Allocate(f["path"], _amount(f), _NONE),
    "reclaim": lambda f: cmd.Reclaim(f["path"], _amount(f), _NONE),
    "reserve": lambda f: cmd.Reserve(
        f["path"],
        _amounts(f["amounts"]),
        f["ttl"],
        f["key"],
        f["chosen"],
        f["tool"],
        f["workflow"],
        (),
        f["scope"],
        f["work"],
    ),
    "extend": lambda f: cmd.Extend(f["key"], f["ends"]),
    "release": lambda f: cmd.Release(f["key"]),
    "expire": lambda f: cmd.Expire(f["key"], _NONE),
    "commit": lambda f: cmd.Commit(
        f["key"],
        _amounts(f["actual"]),
        _NO_BASIS,
        f["confirmed"],
        done=f.get("done", False),
        result="r" if f.get("done") else "",
        done_ttl_us=f.get("done_ttl", 0),
    ),
    "settle_part": lambda f: cmd.SettlePart(f["key"], _amounts(f["amounts"]), _NO_BASIS, f["confirmed"]),
    "charge": lambda f: cmd.Charge(
        f["path"], _amounts(f["amounts"]), f["key"], _NO_BASIS, f["confirmed"], f["tool"], f["workflow"], _NONE
    ),
    "refund": lambda f: cmd.Refund(f["key"], _amounts(f["amounts"]), _NONE),
    "prune": lambda f: cmd.PruneRequestIds(f["since"]),
    "begin_incarnation": lambda _: cmd.BeginIncarnation("restore", _NONE),
    "create_cap": lambda f: _cap(f["path"], f["cap"]),
    "update_cap": lambda f: cmd.UpdateCap(
        f["cap_id"], f["version"], f["limit"], CapMode(f["mode"]) if f["mode"] else None
    ),
    "delete_cap": lambda f: cmd.DeleteCap(f["cap_id"], f["version"]),
    "set_tool": lambda f: cmd.SetTool(f["name"], _amounts(f["estimate"]), f["enabled"], f["version"]),
    "delete_tool": lambda f: cmd.DeleteTool(f["name"], f["version"]),
    "set_lists": lambda f: cmd.SetToolRules(f["path"], f["allowed"], f["denied"], f["version"]),
    "pause": lambda f: cmd.PausePartition(f["path"], _NONE),
    "resume": lambda f: cmd.ResumePartition(f["path"], _NONE),
    "assign": lambda f: cmd.AssignWork(f["scope"], f["name"], f["path"], f["ttl"], _NONE),
    "unassign": lambda f: cmd.UnassignWork(f["scope"], f["name"], _NONE),
    "escalate": lambda f: cmd.RequestEscalation(
        f["path"], _amount(f), _NONE, f["ttl"], (_carried(*f["carried"]),) if f["carried"] else ()
    ),
    "approve": lambda f: cmd.ApproveEscalation(
        f["number"], _amount(f) if f["parts"] else None, f["source"], f["ends"], _NONE
    ),
    "deny": lambda f: cmd.DenyEscalation(f["number"], _NONE),
    "forward": lambda f: cmd.ForwardEscalation(f["number"], _NONE),
    "cancel": lambda f: cmd.CancelEscalation(f["number"], _NONE),
    "reallocate": lambda f: cmd.Reallocate(f["source"], f["path"], _amount(f), _NONE, f["ends"]),
    "set_policy": lambda f: cmd.SetEscalationPolicy(
        f["path"], f["unit"], f["each"], f["all_of_them"], Period(f["period"]), f["floor"], f["version"]
    ),
    "delete_policy": lambda f: cmd.DeleteEscalationPolicy(f["path"], f["unit"], f["version"]),
    "set_allowance": lambda f: cmd.SetAllowance(
        f["path"],
        _amount(f),
        AllowanceMode(f["mode"]),
        Period(f["period"]),
        Weekday(f["week_start"]),
        f["version"],
    ),
    "delete_allowance": lambda f: cmd.DeleteAllowance(f["path"], f["unit"], f["version"]),
}


def _cap(path: str, cap: Fields) -> cmd.CreateCap:
    return cmd.CreateCap(
        path,
        CapKind(cap["kind"]),
        cap["unit"],
        cap["limit"],
        Period(cap["period"]),
        Weekday(cap["week_start"]),
        cap["length"],
        cap["tool"],
        CapMode(cap["mode"]),
    )


def _carried(request_id: str, _made: int, operation: Operation) -> Carried:
    """A reserve as an escalation carries it, with the body that its own request had."""
    command = to_command(operation)
    assert isinstance(command, cmd.Reserve), "nothing else is carried"
    body = fingerprint_of(operation).hex()
    fields = [getattr(command, name) for name in Carried._fields[2:]]
    return Carried(request_id, body, *fields)
