"""Every kind of operation, groups of them, how often each comes, and how long it takes until the next."""

from typing import Final

from tests.model import DAY, HOUR, MINUTE, MOST, Model, Operation
from tests.strategies.choosing import Chooser, often
from tests.strategies.creating import create_and_reserve
from tests.strategies.giving import (
    approve,
    cancel,
    delete_allowance,
    delete_policy,
    deny,
    escalate,
    forward,
    reallocate,
    set_allowance,
    set_policy,
)
from tests.strategies.governing import (
    assign,
    create_cap,
    delete_cap,
    delete_tool,
    pause,
    resume,
    set_lists,
    set_tool,
    unassign,
    update_cap,
)
from tests.strategies.holds import (
    charge,
    commit,
    expire,
    extend,
    refund,
    release,
    reserve,
    settle_part,
)
from tests.strategies.tree import (
    allocate,
    begin_incarnation,
    close,
    create_organization,
    create_partition,
    defund,
    fund,
    prune,
    reclaim,
    set_role,
    update_organization,
    update_partition,
)


def group(choose: Chooser, model: Model, now: int) -> Operation:
    """One to four operations; reservation ids that they open are their own. Or what creates, and is refused there."""
    if often(choose, 15):
        return create_and_reserve(choose, model)
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
        set_role,
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
    *("fund", "allocate", "release", "extend", "expire", "create_partition", "resume") * 2,
    *("approve",) * 5,
    *KINDS,
)


CAPPING: Final = (
    *("reserve",) * 5,
    *("create_cap", "charge", "commit") * 2,
    "update_cap",
    "delete_cap",
    "update_organization",
)
CLAIMING: Final = (*("reserve", "commit") * 5, *("expire",) * 4, "assign", "assign", "unassign", "extend")
GIVING: Final = (*("approve", "escalate", "reserve") * 4, *ABOUT_DECIDING * 2, "set_policy", "set_policy", "reallocate")
KEEPING: Final = (
    *("set_tool", "delete_tool", "set_lists", "delete_policy", "set_policy", "delete_allowance") * 3,
    *("reserve",) * 8,
)
FILLING: Final = (
    "set_allowance",
    "set_allowance",
    "delete_allowance",
    "pause",
    "resume",
    "charge",
    "reserve",
    "update_organization",
) * 2
LENDING: Final = (
    *("reallocate", "commit", "settle_part", "extend") * 2,
    *("reserve",) * 6,
    *("release", "expire", "charge", "refund", "close"),
)
APPOINTING: Final = (
    *("set_role", "escalate", "approve") * 3,
    *("reserve", "reallocate", "forward", "pause", "resume", "charge", "group") * 2,
)
GROUPING: Final = ("group", "group", "reserve", "close", "fund", "defund") * 2
THEMES: Final = (GROUPING, CAPPING, CLAIMING, GIVING, KEEPING, FILLING, LENDING, APPOINTING)
"""What stories are about beside everything else."""


def _holders(model: Model) -> set[str]:
    """Who has an open hold."""
    return {hold["path"] for _, hold in model.open_holds()}


def a_pause(choose: Chooser, model: Model, now: int) -> int:
    """How long until the next command: none, a moment, to the next end or just before or after it, or much longer."""
    kind = choose.number(0, 9)
    lent = [grant["ends"] for grant in model.grants.values() if not grant["ended"] and grant["path"] in _holders(model)]
    if lent and often(choose, 15):
        return max(0, min(lent) - now)
    if (unused := sorted(model.unused())) and often(choose, 5):
        return max(0, unused[0][0] - now + choose.number(-1, 1))  # a workflow's counter ends
    if model.caps and often(choose, 8):
        return choose.pick([MINUTE, HOUR]) - now % MINUTE  # another part of a window begins
    if kind < 5:
        return 0
    if kind < 8:
        return 1
    ends = [coming[0] for coming in model.coming(MOST)]
    if ends and kind < 9:
        soonest = ends[0] - now
        far = soonest > DAY and not often(choose, 20)
        return 1 if far else max(0, soonest + choose.number(-1, 1))
    return choose.pick([MINUTE, HOUR, DAY, 40 * DAY] if often(choose, 10) else [1, MINUTE // 2])
