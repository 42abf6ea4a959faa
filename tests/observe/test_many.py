"""Ten thousand partitions, from rows made for this: what is shown stays bounded, and is what was there first."""

from dataclasses import replace
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from ledger.core.partitions import Balance, Kind, Partition
from ledger.core.texts import Text
from ledger.observe.selection import PER_PARTITION, PER_UNIT, SERIES_MAX, Selection
from ledger.observe.snapshots import Snapshot, Snapshots
from ledger.storage.looking import Look, Spending
from tests.observe.looks import Watched, calendar

MANY: Final = 10_000
FIRST: Final = 100
TOOLS: Final = 50


class Crowded:
    """Looks at an organization as it is, and sees many more agents in it, each with a cost by some tool."""

    def __init__(self, real: Any, agents: int) -> None:
        self._real = real
        self._agents = range(FIRST, FIRST + agents)

    def heads(self) -> Any:
        return self._real.heads()

    def clock(self) -> None:
        return None

    def look(self, organization: str, after: int) -> Look:
        look: Look = self._real.look(organization, after)
        team = next(one for one in look.partitions if one.path == "acme/team")
        made = [self._agent(pid, team.partition_id) for pid in self._agents]
        balances = [((pid, "USD"), Balance(available=5, available_version=1)) for pid in self._agents]
        spending = [Spending(pid, "USD", f"tool-{pid % TOOLS}", pid, 1) for pid in self._agents]
        return replace(
            look,
            partitions=[*look.partitions, *made],
            balances=[*look.balances, *balances],
            spending=spending,
        )

    @staticmethod
    def _agent(pid: int, team: int) -> Partition:
        return Partition(pid, f"acme/team/b{pid}", team, Kind.AGENT, False, Text(), 1, 0, 0, False)

    def close(self) -> None:
        self._real.close()


async def crowd(agents: int, selection: Selection) -> Snapshot:
    """A snapshot of an organization with so many agents more."""
    watched = Watched()
    await watched.do()
    snapshots = Snapshots(watched.store.looker, calendar, lambda: watched.now, selection)
    return snapshots.make(Crowded(watched.store.looker(), agents))


def read(made: Snapshot) -> dict[str, dict[tuple[str, ...], float]]:
    """Samples by name and the values of their labels."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(made.text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def test_many__bounded():
    """No more series than the bound, however many partitions match; what is left out is counted, and in the sums."""
    found = read(await crowd(MANY, Selection(depth=9, patterns=("*",), tools=("*",))))

    everything = MANY + 4
    shown = len(found["tallystick_paused"])
    assert sum(map(len, found.values())) <= SERIES_MAX + 2  # and the position, and how many were left out
    assert found["tallystick_partitions_left_out"]["acme",] == everything - shown
    assert 0 < shown < everything
    spent = sum(range(FIRST, FIRST + MANY))
    assert round(found["tallystick_spent_total"]["acme", "acme", "USD"] * 10**9) == spent
    assert round(found["tallystick_refunded_total"]["acme", "acme", "USD"] * 10**9) == MANY


async def test_many__nobody_loses_their_place():
    """Ten thousand more partitions change nothing of which are shown, and so take no counter away."""
    selection = Selection(series_max=20 * (PER_PARTITION + 2 * PER_UNIT))

    few, many = read(await crowd(30, selection)), read(await crowd(MANY, selection))

    assert few["tallystick_spent_total"].keys() == many["tallystick_spent_total"].keys()
    assert len(many["tallystick_paused"]) == 20


async def test_many__labels_of_few_kinds():
    """Beside paths, no label has more values than the organization has units, tools and kinds."""
    found = read(await crowd(MANY, Selection(tools=("*",))))

    tools = {labels[-1] for labels in found["tallystick_tool_spent_total"]}
    assert len(tools) <= TOOLS
    assert {labels[2] for labels in found["tallystick_spent_total"]} == {"USD"}
