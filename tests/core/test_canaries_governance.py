"""Faults planted in what governs: each is found by random stories, or by a told one where those seldom get there."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from ledger.core.invariants import InvariantBroken
from tests.builders import START
from tests.core import planted_in_giving as giving
from tests.core import planted_in_governing as governing
from tests.core.lockstep import Lockstep, run_seed
from tests.model import DAY, HOUR, Operation
from tests.strategies import UNITS, Seeded

Patch = pytest.MonkeyPatch


@pytest.fixture
def patch() -> Iterator[Patch]:
    """Takes the fault out again."""
    with Patch.context() as found:
        yield found


def _cap(kind: str, **others: Any) -> Operation:
    cap: dict[str, Any] = {
        "kind": kind,
        "unit": "USD",
        "limit": 50,
        "period": "",
        "week_start": 1,
        "length": 0,
        "tool": "",
    }
    return "create_cap", {"path": "acme", "cap": {**cap, "mode": "ENFORCED", **others}}


def _hold(number: int, parts: int) -> Operation:
    others = dict.fromkeys(("tool", "workflow", "scope", "work"), "")
    return "reserve", {
        "path": "acme",
        "amounts": (("USD", parts),),
        "ttl": 2 * HOUR,
        "key": f"01900000-0000-7000-8000-{number:012x}",
        "chosen": True,
        **others,
    }


def _settle(kind: str, number: int, parts: int) -> Operation:
    fields = {"key": _hold(number, parts)[1]["key"]}
    amounts: dict[str, dict[str, Any]] = {
        "refund": {"amounts": (("USD", parts),)},
        "commit": {"actual": (("USD", parts),), "confirmed": False},
    }
    return kind, {**fields, **amounts[kind]}


def _policy(**others: Any) -> Operation:
    bounds: dict[str, Any] = {"each": 10, "all_of_them": 15, "period": "DAY", "floor": 0, "version": 0}
    return "set_policy", {"path": "acme", "unit": "USD", **bounds, **others}


ASK: Final[Operation] = "escalate", {"path": "acme/b", "unit": "USD", "parts": 10, "ttl": HOUR, "carried": None}
APPROVE: Final[Operation] = "approve", {"number": 4, "unit": "USD", "parts": 0, "source": "", "ends": 0}
BEGINNING: Final[tuple[Operation, ...]] = (
    ("create_organization", {"units": UNITS, "life": 4 * HOUR, "zone": "UTC"}),
    ("create_partition", {"path": "acme/b", "kind": "AGENT"}),
    ("fund", {"unit": "USD", "parts": 100}),
)
STORIES: Final[tuple[tuple[Any, tuple[Operation | int, ...]], ...]] = (
    (
        governing.window_of_the_settlement,
        (_cap("WINDOW", period="HOUR"), _hold(1, 20), HOUR, _hold(2, 20), _settle("commit", 1, 5)),
    ),
    (governing.refund_not_counted, (_cap("LIFETIME"), _hold(1, 20), _settle("commit", 1, 20), _settle("refund", 1, 5))),
    (
        governing.window_begins_anew,
        (
            _cap("WINDOW", period="DAY"),
            _hold(1, 20),
            ("update_organization", {"version": 1, "life": 4 * HOUR, "zone": "Asia/Kathmandu"}),
            DAY,
            _hold(2, 20),
        ),
    ),
    (
        governing.rolling_in_six_parts,
        (_cap("ROLLING", length=12 * HOUR), _hold(1, 20), _settle("commit", 1, 20), 13 * HOUR),
    ),
    (giving.policy_without_a_window, (_policy(), ASK, ASK)),
    (giving.policy_without_a_floor, (_policy(floor=95), ASK)),
    (giving.approved_while_paused, (_policy(), ("pause", {"path": "acme/b"}), ASK)),
    (giving.approved_twice, (ASK, APPROVE, APPROVE)),
    (giving.approved_after_denial, (ASK, ("deny", {"number": 4}), APPROVE)),
    (giving.approved_after_expiry, (ASK, HOUR, APPROVE)),
    (
        giving.swept_past_the_lender,
        (
            ("create_partition", {"path": "acme/a", "kind": "TEAM"}),
            ("allocate", {"path": "acme/a", "unit": "USD", "parts": 50}),
            (
                "reallocate",
                {"source": "acme/a", "path": "acme/b", "unit": "USD", "parts": 10, "ends": START + HOUR},
            ),
            ("close", {"path": "acme/b", "cascade": False}),
        ),
    ),
)
"""Faults, and what to tell so that each is found: operations, and times that pass between them."""


def _tell(story: tuple[Operation | int, ...]) -> None:
    choose, both = Seeded(0), Lockstep()
    for step in (*BEGINNING, *story):
        if isinstance(step, int):
            both.pass_time(step, choose)
        else:
            both.run(step, choose, sure=True)


TOLD: Final = {fault for fault, _ in STORIES}
AT_RANDOM: Final = [fault for fault in (*governing.FAULTS, *giving.FAULTS) if fault not in TOLD]


def _run_seeds() -> None:
    for seed in range(160):
        run_seed(seed, 100)


@pytest.mark.parametrize("plant", AT_RANDOM, ids=lambda fault: fault.__name__)
def test_lockstep__finds_a_fault(patch, plant):
    """A planted fault is found within some seeded runs."""
    plant(patch)

    with pytest.raises((AssertionError, InvariantBroken)):
        _run_seeds()


@pytest.mark.parametrize(("plant", "story"), STORIES, ids=lambda one: getattr(one, "__name__", "story"))
def test_lockstep__finds_a_fault_in_a_story(patch, plant, story):
    """A story in which core and model agree shows the planted fault."""
    _tell(story)

    plant(patch)

    with pytest.raises((AssertionError, InvariantBroken)):
        _tell(story)
