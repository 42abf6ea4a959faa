"""The lives of caps, allowances, pauses and claims, as tables: each step in each state comes to what the table says."""

from typing import Any, Final

import pytest

from ledger.core import commands as cmd
from ledger.core.allowances import Allowance, allowance_key
from ledger.core.caps import Cap
from ledger.core.claims import Claim, claim_key
from ledger.core.outcomes import Rejected
from ledger.core.pausing import pause_of
from tests.builders import (
    CLERK,
    DAY,
    SCOUT,
    TEAM,
    World,
    acme,
    allowance,
    assign,
    cap,
    claim,
    close,
    commit_done,
    delete_cap,
    expire,
    no_allowance,
    pause,
    reclaim,
    release,
    resume,
    unassign,
    update_cap,
)

CAPS: Final[dict[str, dict[str, str]]] = {
    "live": {"update": "live", "delete": "deleted", "update of yesterday": "ETAG_MISMATCH", "close": "live"},
    "deleted": {
        "update": "CAP_NOT_FOUND",
        "delete": "CAP_NOT_FOUND",
        "update of yesterday": "CAP_NOT_FOUND",
        "close": "deleted",
    },
}


@pytest.mark.parametrize(("state", "step"), [(state, step) for state in CAPS for step in CAPS[state]])
def test_cap__every_pair(state, step):
    """R10, R57: a cap is changed until it is deleted, and then never again."""
    world = acme(USD=15)
    world.do(cap(SCOUT, 20))
    cap_id = world.book.position
    if state == "deleted":
        world.do(delete_cap(cap_id))
    steps: dict[str, cmd.Single] = {
        "update": update_cap(cap_id, limit=10),
        "delete": delete_cap(cap_id),
        "update of yesterday": update_cap(cap_id, 7, limit=10),
        "close": close(SCOUT),
    }

    said = world.ask(steps[step])

    found: Cap = world.book.standing[Cap][cap_id]
    after = str(said.reason) if isinstance(said, Rejected) else ("deleted" if found.deleted else "live")
    assert after == CAPS[state][step]


ALLOWANCES: Final[dict[str, dict[str, str]]] = {
    "none": {"set": "running", "delete": "ALLOWANCE_NOT_FOUND", "a day": "none", "close": "none"},
    "running": {"set": "ETAG_MISMATCH", "set again": "running", "delete": "over", "a day": "running", "close": "over"},
    "over": {"set": "running", "delete": "ALLOWANCE_NOT_FOUND", "a day": "over", "close": "over"},
}


@pytest.mark.parametrize(("state", "step"), [(state, step) for state in ALLOWANCES for step in ALLOWANCES[state]])
def test_allowance__every_pair(state, step):
    """R73, R75: an allowance runs from when it is set until it is deleted or its partition closes, and may return."""
    world = acme(USD=15)
    if state != "none":
        world.do(allowance(SCOUT, 20))
    if state == "over":
        world.do(no_allowance(SCOUT, 1))
    steps: dict[str, cmd.Single] = {
        "set": allowance(SCOUT, 30),
        "set again": allowance(SCOUT, 30, version=1),
        "delete": no_allowance(SCOUT, 1),
        "close": close(SCOUT),
    }

    said: Any = world.wait(DAY) if step == "a day" else world.ask(steps[step])

    found: Allowance | None = world.book.standing[Allowance].get(allowance_key(world.book.ids[SCOUT], "USD"))
    after = "none" if found is None else "over" if found.deleted else "running"
    assert (str(said.reason) if isinstance(said, Rejected) else after) == ALLOWANCES[state][step]


PAUSES: Final[dict[str, dict[str, str]]] = {
    "admitting": {"pause": "paused", "resume": "admitting", "close": "admitting", "reclaim": "admitting"},
    "paused": {"pause": "paused", "resume": "admitting", "close": "paused", "reclaim": "paused"},
}


@pytest.mark.parametrize(("state", "step"), [(state, step) for state in PAUSES for step in PAUSES[state]])
def test_pause__every_pair(state, step):
    """R61, R62: only pausing pauses and only resuming resumes, whatever there was before."""
    world = acme(USD=15)
    if state == "paused":
        world.do(pause(SCOUT))
    steps: dict[str, cmd.Single] = {
        "pause": pause(SCOUT),
        "resume": resume(SCOUT),
        "close": close(SCOUT),
        "reclaim": reclaim(SCOUT, 1),
    }

    world.do(steps[step])

    after = "paused" if pause_of(world.book, world.book.ids[SCOUT]) else "admitting"
    assert after == PAUSES[state][step]


CLAIMS: Final[dict[str, dict[str, str]]] = {
    "free": {
        "claim by the clerk": "held",
        "claim by the scout": "held",
        "assign to the scout": "assigned",
        "unassign": "CLAIM_NOT_FOUND",
        "done": "RESERVATION_NOT_FOUND",
        "release": "RESERVATION_NOT_FOUND",
        "expire": "RESERVATION_NOT_FOUND",
    },
    "held": {
        "claim by the clerk": "WORK_CLAIMED",
        "claim by the scout": "WORK_CLAIMED",
        "assign to the scout": "held",
        "unassign": "CLAIM_NOT_FOUND",
        "done": "done",
        "release": "free",
        "expire": "free",
    },
    "given up": {
        "claim by the clerk": "held",
        "claim by the scout": "held",
        "assign to the scout": "assigned",
        "unassign": "CLAIM_NOT_FOUND",
        "done": "done",
        "release": "RESERVATION_RESOLVED",
        "expire": "RESERVATION_RESOLVED",
    },
    "assigned": {
        "claim by the clerk": "WORK_CLAIMED",
        "claim by the scout": "held",
        "assign to the scout": "assigned",
        "unassign": "free",
        "done": "RESERVATION_NOT_FOUND",
        "release": "RESERVATION_NOT_FOUND",
        "expire": "RESERVATION_NOT_FOUND",
    },
    "done": {
        "claim by the clerk": "WORK_DONE",
        "claim by the scout": "WORK_DONE",
        "assign to the scout": "WORK_DONE",
        "unassign": "free",
        "done": "done",
        "release": "RESERVATION_RESOLVED",
        "expire": "RESERVATION_RESOLVED",
    },
}
BEFORE: Final[dict[str, tuple[cmd.Single, ...]]] = {
    "free": (),
    "held": (claim(SCOUT, 1),),
    "given up": (claim(SCOUT, 1), expire(1)),
    "assigned": (assign(SCOUT),),
    "done": (claim(SCOUT, 1), commit_done(1)),
}
STEPS: Final[dict[str, cmd.Single]] = {
    "claim by the clerk": claim(CLERK, 2),
    "claim by the scout": claim(SCOUT, 3),
    "assign to the scout": assign(SCOUT),
    "unassign": unassign(),
    "done": commit_done(1),
    "release": release(1),
    "expire": expire(1),
}


def _work(world: World) -> str:
    found: Claim | None = world.book.standing[Claim].get(claim_key(world.book.ids[TEAM], "job"))
    if found is None or found.ended:
        return "free"
    return "done" if found.done_at else "held" if found.held else "assigned"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", CLAIMS)
def test_claim__every_pair(state, step):
    """R76 to R80: whose work it is after each step in each state, or why the step is refused."""
    world = acme(USD=15)
    for command in BEFORE[state]:
        world.do(command)
    before = _work(world)

    said = world.ask(STEPS[step])

    after = _work(world)
    assert (str(said.reason) if isinstance(said, Rejected) else after) == CLAIMS[state][step]
    assert after == before or not isinstance(said, Rejected)
