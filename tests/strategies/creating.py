"""Groups that create what their last reservation names, and are refused there: what it names is taken back too."""

from collections.abc import Callable
from typing import Final

from tests.model import HOUR, MINUTE, Model, Operation
from tests.strategies.choosing import Chooser, often
from tests.strategies.materials import ROOT, STRANGE, Fields, reservation_of

DEPTH_MAX: Final = 5
ENOUGH: Final = 20
WORK: Final = "report"
FREE: Final = "free"
"""A tool that is never in the catalogue."""


class Place:
    """What a group creates: a team with an agent, below a partition that is there.

    Attributes:
        above: The partition that is there.
        team: Below it.
        agent: Below that; the last reservation is its.
        at: One of the three, for what refuses.
        key: The last reservation's id.
    """

    def __init__(self, choose: Chooser, model: Model) -> None:
        rich = [path for path in model.partitions if _may_grow(model, path)]
        self.above = choose.pick([ROOT, *rich])
        self.team = f"{self.above}/new{model.entries}"
        self.agent = f"{self.team}/x"
        self.at = choose.pick([self.above, self.team, self.agent])
        self.key = reservation_of(len(model.holds) + model.entries * 1000 + 900)

    def begun(self) -> list[Operation]:
        """The partitions, and some budget of the agent's."""
        items: list[Operation] = [("fund", {"unit": "USD", "parts": ENOUGH})] if self.above == ROOT else []
        items += [("create_partition", {"path": self.team, "kind": "TEAM"})]
        items += [("create_partition", {"path": self.agent, "kind": "AGENT"})]
        return [*items, *(("allocate", {"path": to, "unit": "USD", "parts": ENOUGH}) for to in (self.team, self.agent))]

    def reserve(self, **fields: object) -> Operation:
        """A reservation of the agent's."""
        usual = {"path": self.agent, "amounts": (("USD", 5),), "ttl": MINUTE, "key": self.key, "chosen": True}
        return "reserve", usual | {"tool": FREE, "workflow": "", "scope": "", "work": ""} | fields


def _may_grow(model: Model, path: str) -> bool:
    partition = model.partitions[path]
    grows = partition["kind"] == "TEAM" and model.state(path) == "OPEN" and path.count("/") < DEPTH_MAX
    return grows and model.balance(path, "available", "USD") >= ENOUGH


def _exhausted(place: Place) -> list[Operation]:
    return [place.reserve(amounts=(("USD", ENOUGH + 1),))]


def _capped(place: Place) -> list[Operation]:
    cap = {"kind": "LIFETIME", "unit": "USD", "limit": 4, "period": "", "week_start": 1, "length": 0}
    return [("create_cap", {"path": place.at, "cap": {**cap, "tool": "", "mode": "ENFORCED"}}), place.reserve()]


def _denied(place: Place) -> list[Operation]:
    lists = {"allowed": (), "denied": (FREE,), "version": 0}
    return [("set_lists", {"path": place.at, **lists}), place.reserve()]


def _paused(place: Place) -> list[Operation]:
    return [("pause", {"path": place.at}), place.reserve()]


def _closed(place: Place) -> list[Operation]:
    return [("close", {"path": place.agent, "cascade": False}), place.reserve()]


def _given_to_another(place: Place) -> list[Operation]:
    given = {"scope": place.team, "name": WORK, "path": place.team, "ttl": HOUR}
    return [("assign", given), place.reserve(scope=place.team, work=WORK)]


def _held(place: Place) -> list[Operation]:
    first = place.key[:-1] + "f"
    return [place.reserve(scope=place.team, work=WORK, key=first), place.reserve(scope=place.team, work=WORK)]


def _done(place: Place) -> list[Operation]:
    first = place.key[:-1] + "f"
    did: Fields = {"key": first, "actual": (), "confirmed": False, "done": True, "done_ttl": HOUR}
    work = {"scope": place.team, "work": WORK}
    return [place.reserve(key=first, **work), ("commit", did), place.reserve(**work)]


def _taken(place: Place) -> list[Operation]:
    return [place.reserve(), place.reserve()]


def _outside(place: Place) -> list[Operation]:
    other = f"{place.team}/y"
    return [("create_partition", {"path": other, "kind": "AGENT"}), place.reserve(scope=other, work=WORK)]


def _without_estimate(place: Place) -> list[Operation]:
    return [place.reserve(amounts=())]


def _strange(place: Place) -> list[Operation]:
    return [place.reserve(amounts=((STRANGE, 1),))]


_REFUSED: Final[tuple[Callable[[Place], list[Operation]], ...]] = (
    _exhausted,
    _capped,
    _denied,
    _paused,
    _closed,
    _given_to_another,
    _held,
    _done,
    _taken,
    _outside,
    _without_estimate,
    _strange,
)


def create_and_reserve(choose: Chooser, model: Model) -> Operation:
    """For one reason or another; now and then for none."""
    place = Place(choose, model)
    refused = [place.reserve()] if often(choose, 10) else choose.pick(_REFUSED)(place)
    return "group", {"items": (*place.begun(), *refused)}
