"""Random operations on a ledger, as plain kinds and fields, which the model reads as they are and the core as commands.

One generator serves Hypothesis, which shrinks, and a seeded run, which counts: whatever picks a value is handed in. It
looks at the model, so that amounts lie around the balances and bounds that matter, and ids around those that exist.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from hypothesis import strategies as st

from ledger.core import commands as cmd
from ledger.core.amounts import Amount, Unit
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis
from ledger.core.texts import Text
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
    if often(choose, 2):
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
    return STRANGE if often(choose, 2) else choose.pick(UNITS)


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


def _available(model: Model, path: str) -> Any:
    return lambda unit: [abs(model.balance(path, "available", unit))]


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
    return "create_organization", {"units": UNITS, "life": choose.pick(LIVES)}


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
    path, unit = a_path(choose, model), a_unit(choose)
    return "reclaim", {"path": path, "unit": unit, "parts": parts(choose, [model.balance(path, "available", unit)])}


def reserve(choose: Chooser, model: Model, now: int) -> Operation:
    """Around what the partition has, under a new id or one that is taken."""
    path = a_path(choose, model)
    chosen = often(choose, 50)
    number = len(model.holds) + model.entries * 1000 + choose.number(0, 9) * 10**9  # later ids need not sort later
    key = a_key(choose, model) if chosen and often(choose, 10) else _reservation(number)
    return "reserve", {
        "path": path,
        "amounts": some_amounts(choose, _available(model, path)),
        "ttl": choose.pick([1, MINUTE, MINUTE, MINUTE, HOUR, HOUR, HOUR + 1, DAY]),
        "key": key,
        "chosen": chosen or key in model.holds,
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
    return "commit", {"key": key, "actual": tuple(actual.items()), "confirmed": often(choose, 25)}


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
    )
}

ABOUT_HOLDS: Final = ("extend", "release", "expire", "commit", "settle_part", "charge", "refund")

FREQUENT: Final = (
    *("reserve",) * 6,
    *("commit", "settle_part", "charge", "refund", "group") * 3,
    *("fund", "allocate", "release", "extend", "expire", "create_partition") * 2,
    *KINDS,
)


# Requests and time


def a_pause(choose: Chooser, model: Model, now: int) -> int:
    """How long until the next command: none, a moment, to the next end or just before or after it, or much longer."""
    kind = choose.number(0, 9)
    if kind < 4:
        return 0
    if kind < 7:
        return 1
    ends = sorted(hold["ends"] for hold in model.holds.values() if hold["state"] == "OPEN")
    if ends and kind < 9:
        return max(0, ends[0] - now + choose.number(-1, 1))
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
        tuple(Unit(unit, 9) for unit in f["units"]), "UTC", _NONE, f["life"]
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
        f["path"], _amounts(f["amounts"]), f["ttl"], f["key"], f["chosen"], "search", "", ()
    ),
    "extend": lambda f: cmd.Extend(f["key"], f["ends"]),
    "release": lambda f: cmd.Release(f["key"]),
    "expire": lambda f: cmd.Expire(f["key"], _NONE),
    "commit": lambda f: cmd.Commit(f["key"], _amounts(f["actual"]), _NO_BASIS, f["confirmed"]),
    "settle_part": lambda f: cmd.SettlePart(f["key"], _amounts(f["amounts"]), _NO_BASIS, f["confirmed"]),
    "charge": lambda f: cmd.Charge(
        f["path"], _amounts(f["amounts"]), f["key"], _NO_BASIS, f["confirmed"], "", "", _NONE
    ),
    "refund": lambda f: cmd.Refund(f["key"], _amounts(f["amounts"]), _NONE),
    "prune": lambda f: cmd.PruneRequestIds(f["since"]),
    "begin_incarnation": lambda _: cmd.BeginIncarnation("restore", _NONE),
}
