"""Random operations by which budget is asked for and given: escalations, policies, allowances."""

from tests.model import DAY, HOUR, MINUTE, Model, Operation
from tests.strategies.choosing import Chooser, often
from tests.strategies.materials import PERIODS, a_path, a_unit, one_of, parts, version_of


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
        "ttl": choose.pick([1, MINUTE, HOUR, DAY, DAY]),
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
    if closed and often(choose, 40):
        source = choose.pick(closed)
    if often(choose, 8):
        source = "acme/nowhere"
    return "approve", {
        "number": number,
        "unit": asked["unit"] if often(choose, 93) else a_unit(choose),
        "parts": parts(choose, [10]) if other else 0,
        "source": source,
        "ends": an_end(choose, now),
    }


def an_end(choose: Chooser, now: int) -> int:
    """Of what is given: for good, for a time, or until a time that is past."""
    if often(choose, 4):
        return choose.pick([1, now])
    return choose.pick([2, 30 * MINUTE, MINUTE, HOUR, DAY]) + now if often(choose, 55) else 0


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
    """From anybody to anybody, mostly of what is there."""
    source, unit = a_path(choose, model), a_unit(choose)
    has = model.balance(source, "available", unit)
    return "reallocate", {
        "source": source,
        "path": a_path(choose, model),
        "unit": unit,
        "parts": choose.number(1, min(has, 100)) if has > 0 and often(choose, 70) else parts(choose, [abs(has)]),
        "ends": an_end(choose, now),
    }


def a_loan(choose: Chooser, now: int) -> Operation:
    """Something for a time, between partitions that a story begins with."""
    return "reallocate", {
        "source": "acme/a",
        "path": choose.pick(["acme/a/a", "acme/b"]),
        "unit": "USD",
        "parts": choose.number(1, 5),
        "ends": now + choose.pick([2, MINUTE, 30 * MINUTE, HOUR]),
    }


def set_policy(choose: Chooser, model: Model, now: int) -> Operation:
    """Generous or not, of somebody who decides, mostly."""
    path, unit = a_path(choose, model), a_unit(choose)
    if model.partitions.get(path, {"kind": ""})["kind"] == "AGENT" and often(choose, 80):
        path = path.rpartition("/")[0]
    return "set_policy", {
        "path": path,
        "unit": unit,
        "each": choose.pick([10, 40, 1000]),
        "all_of_them": choose.pick([30, 60, 1000]),
        "period": choose.pick(PERIODS),
        "floor": choose.pick([0, 0, 50]),
        "version": version_of(choose, model.policies.get((path, unit))),
    }


def delete_policy(choose: Chooser, model: Model, now: int) -> Operation:
    """One that is there, mostly."""
    path, unit = one_of(choose, model, model.policies)
    return "delete_policy", {
        "path": path,
        "unit": unit,
        "version": version_of(choose, model.policies.get((path, unit))),
    }


def set_allowance(choose: Chooser, model: Model, now: int) -> Operation:
    """Of either mode; what adds hourly would fill the journal."""
    path, unit = one_of(choose, model, model.allowances)
    mode = choose.pick(["REFILL_TO", "ADD"])
    return "set_allowance", {
        "path": path,
        "unit": unit,
        "parts": choose.pick([1, 10, 40, 500]),
        "mode": mode,
        "period": choose.pick(PERIODS[mode == "ADD" :]),
        "week_start": choose.pick([1, 7]),
        "version": version_of(choose, model.allowances.get((path, unit))),
    }


def delete_allowance(choose: Chooser, model: Model, now: int) -> Operation:
    """One that is there, mostly."""
    path, unit = one_of(choose, model, model.allowances)
    version = version_of(choose, model.allowances.get((path, unit)))
    return "delete_allowance", {"path": path, "unit": unit, "version": version}
