"""What operations are made of: names, units, amounts around the balances and bounds that matter, and ids that exist."""

from collections.abc import Sequence
from typing import Any, Final

from tests.model import DAY, MINUTE, MOST, Model, Operation
from tests.strategies.choosing import Chooser, often

Fields = dict[str, Any]
ROOT: Final = "acme"
UNITS: Final = ("USD", "tokens")
STRANGE: Final = "EUR"
HOUR: Final = 60 * MINUTE
LIVES: Final = (HOUR, 2 * MINUTE, 7 * DAY)
NAMES: Final = ("a", "b", "c")
PRINCIPALS: Final = ("ann", "bob", "cid")
LOCAL: Final = "local"
ROLES: Final = ("NONE", "AUDITOR", "AGENT", "AGENT", "COORDINATOR", "COORDINATOR", "ADMIN")
ZONES: Final = ("UTC", "Europe/Berlin", "Asia/Kathmandu")
TOOLS: Final = ("search", "search", "search-deep", "mail")
PATTERNS: Final = ("search", "search*", "mail", "s*")
WORKFLOWS: Final = ("w1", "w2")
WORKS: Final = ("report", "report", "review")
PERIODS: Final = ("HOUR", "DAY", "DAY", "WEEK", "MONTH")


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
        return reservation_of(10**6)
    if (owing := model.owing()) and often(choose, 50):
        return choose.pick(owing)
    if often(choose, 60):
        known = [key for key in known if model.holds[key]["state"] == "OPEN"] or known
    elif often(choose, 50):
        known = [key for key in known if model.holds[key]["state"] == "EXPIRED"] or known
    return choose.pick(known[-4:] if often(choose, 50) else known)


def reservation_of(number: int) -> str:
    """A reservation's id by its number."""
    return f"01900000-0000-7000-8000-{number:012x}"


def a_scope(choose: Chooser, model: Model, path: str) -> str:
    """Mostly one that the path lies in; none means the parent."""
    if often(choose, 10):
        return a_path(choose, model)
    return choose.pick(["", "", *model.above(path)[-2:]])


def available(model: Model, path: str) -> Any:
    """What a partition has of a unit."""
    return lambda unit: [abs(model.balance(path, "available", unit))]


def room(model: Model, path: str) -> Any:
    """What is available, and what caps leave or allow."""
    limits = [cap for cap in model.caps.values() if not cap["deleted"] and cap["path"] in model.above(path)]

    def around(unit: str) -> list[int]:
        caps = [min(cap["limit"], 10**6) for cap in limits if cap["unit"] == unit]
        return [abs(model.balance(path, "available", unit)), *caps]

    return around


def costs(model: Model, key: str) -> Any:
    """The numbers that matter when a cost is recorded."""
    if key not in model.holds:
        return lambda _: []

    def around(unit: str) -> list[int]:
        held, actual = model.fact(key, unit, "held"), model.actual(key, unit)
        return [held, actual, max(held - actual, 0), model.remaining(key, unit), 100 * held, 100 * held - actual]

    return around


def a_principal(choose: Chooser, model: Model, operation: Operation) -> str:
    """Mostly somebody who may; anybody, while it does not matter."""
    if often(choose, 3):
        return LOCAL
    may = [who for who in PRINCIPALS if not model.missing(who, operation)] if operation[0] != "group" else []
    return choose.pick(may if may and often(choose, 75) else PRINCIPALS)


def version_of(choose: Chooser, found: Fields | None) -> int:
    """The right one, or nearly."""
    version = found["version"] if found and not found["deleted"] else 0
    return int(version) + often(choose, 15)


def one_of(choose: Chooser, model: Model, table: dict[tuple[str, str], Fields]) -> tuple[str, str]:
    """A path and unit that a table has, mostly."""
    if table and often(choose, 60):
        path, unit = choose.pick(list(table))
        return path, unit
    return a_path(choose, model), a_unit(choose)
