import threading
from dataclasses import replace
from typing import Any

from ledger.config import Settings
from ledger.core import commands as cmd
from ledger.core.faults import StorageUnavailable
from ledger.core.partitions import Kind
from ledger.core.texts import Text
from ledger.observe.selection import Selection
from ledger.observe.snapshots import STALE_SECONDS, Snapshots
from tests.observe.looks import Watched, calendar
from tests.storage.world import commit, reserve, usd


class Faked:
    """A looker that says of a real one what a test wants."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.changed: dict[str, int] = {}
        self.looks: list[int] = []
        self.time: int | None = None

    def clock(self) -> int | None:
        return self.time

    def heads(self) -> Any:
        return {name: replace(head, **self.changed) for name, head in self.real.heads().items()}

    def look(self, organization: str, after: int) -> Any:
        self.looks.append(after)
        return self.real.look(organization, after)

    def close(self) -> None:
        self.real.close()


async def test_make__from_look_to_look():
    """What was spent before counts on; an organization whose journal stands still is not looked at again."""
    watched = Watched()
    await watched.do(reserve("acme/team/a0", number=1), reserve("acme/team/a0", number=2))
    looker = Faked(watched.store.looker())
    for number in (1, 2):
        await watched.do(commit(number, 2))
        watched.snapshots.make(looker)
    made = watched.snapshots.make(looker)

    spent = [line for line in made.text.decode().splitlines() if line.startswith("tallystick_spent_total")]
    assert looker.looks == [0, watched.scribes["acme"].head.position - 1]
    assert {line.split()[1] for line in spent if "USD" in line and "a1" not in line} == {"4e-09"}
    assert made.positions == {"acme": watched.scribes["acme"].head.position}
    assert made.open_reservations == 0


async def test_make__never_back():
    """A journal that is behind what was shown, as after a failover, does not replace it; one restored does, whole."""
    watched = Watched()
    await watched.do(reserve("acme/team/a0", number=1))
    looker = Faked(watched.store.looker())
    shown = watched.snapshots.make(looker).positions

    looker.changed = {"position": shown["acme"] - 1}
    behind = watched.snapshots.make(looker)
    looker.changed["incarnation"] = 2
    watched.snapshots.make(looker)
    looker.changed = {"incarnation": 3, "position": shown["acme"] + 1}
    watched.snapshots.make(looker)

    assert (behind.positions, looker.looks) == (shown, [0, 0, 0])


async def test_make__reads_what_has_changed():
    """What is shown after many looks, each of which read only what had changed, is what a first look shows."""
    watched = Watched(depth=9)
    await watched.do(cmd.SetTool("search", (usd(1),), enabled=True, version=0))
    steps: list[cmd.Command] = [
        reserve("acme/team/a0", number=1),
        cmd.CreatePartition("acme/other", Kind.TEAM, Text()),
        cmd.Allocate("acme/other", usd(7), Text()),
        commit(1, 3),
        cmd.UpdatePartition("acme/team/a1", 1, None, watched=True),
        cmd.PausePartition("acme/team", Text()),
        cmd.ClosePartition("acme/other", cascade=False, note=Text()),
    ]

    for step in steps:
        await watched.do(step)
        step_by_step = watched.samples()
        first = Snapshots(watched.store.looker, calendar, lambda: watched.now, Selection(depth=9))
        watched.snapshots, kept = first, watched.snapshots
        assert watched.samples() == step_by_step
        watched.snapshots = kept


def test_make__compares_clocks():
    """The database's clock is compared with this one each time, where it has one."""
    watched = Watched()
    told: list[float] = []
    snapshots = Snapshots(watched.store.looker, calendar, lambda: 5_000_000, skewed=told.append)
    looker = Faked(watched.store.looker())

    snapshots.make(looker)
    looker.time = 3_500_000
    snapshots.make(looker)

    assert told == [1.5]


async def test_make__of_all_organizations():
    """The older organization comes first, and what it takes of the bound the other one has not."""
    watched = Watched(series_max=100)
    await watched.do(name="zebra", at=1_800_000_000_000_000)
    await watched.do(name="acme", at=1_800_000_001_000_000)

    samples = watched.samples()

    assert samples["tallystick_partitions_left_out"] == {("zebra",): 0, ("acme",): 4}
    assert {labels[0] for labels in samples["tallystick_available"]} == {"zebra"}


async def test_make__without_room():
    """Where no partition has room, two series of each organization are left, as the setting says."""
    watched = Watched(series_max=0)
    for name in ("acme", "zebra"):
        await watched.do(name=name)

    samples = watched.samples()

    assert {name: sorted(of) for name, of in samples.items()} == {
        "tallystick_position": [("acme",), ("zebra",)],
        "tallystick_partitions_left_out": [("acme",), ("zebra",)],
    }
    assert "two of each organization" in (Settings.model_fields["metrics_series_max"].description or "")


def test_start__goes_on_after_a_failure():
    """A database that cannot be looked at leaves what was shown, is counted, and is looked at again."""
    again = threading.Event()

    class Broken:
        calls = 0

        def heads(self) -> dict[str, Any]:
            self.calls += 1
            if self.calls == 1:
                raise StorageUnavailable("gone")
            again.set()
            return {}

        def clock(self) -> None:
            return None

        def close(self) -> None:
            closed.append(True)

    closed: list[bool] = []
    snapshots = Snapshots(Broken, calendar, lambda: 0, interval=0.001)  # type: ignore[arg-type]
    assert snapshots.age == float("inf")

    snapshots.start()
    assert again.wait(30)
    snapshots.stop()

    assert snapshots.failures == 1
    assert snapshots.latest is not None
    assert snapshots.age < 30
    assert closed == [True]


async def test_make__one_organization_apart():
    """An organization that cannot be read keeps no other from being shown; what was shown of it stays for a while."""
    watched = Watched()
    for name in ("acme", "zebra"):
        await watched.do(name=name)
    looker = Faked(watched.store.looker())
    watched.snapshots.make(looker)
    before = watched.scribes["acme"].head.position
    for name in ("acme", "zebra"):
        await watched.do(reserve(f"{name}/team/a0", number=1), name=name)
    look = looker.look

    def broken(organization: str, after: int) -> Any:
        if organization == "acme":
            raise LookupError("unknown")
        return look(organization, after)

    looker.look = broken  # type: ignore[method-assign]
    made = watched.snapshots.make(looker)

    assert made.positions == {"acme": before, "zebra": watched.scribes["zebra"].head.position}
    assert watched.snapshots.failures == 1
    assert b'partition="acme/team"' in made.text
    assert made.unread == 0

    watched.snapshots._read_at["acme"] -= STALE_SECONDS
    without = watched.snapshots.make(looker)
    looker.look = look  # type: ignore[method-assign]
    anew = watched.snapshots.make(looker)

    assert without.positions == {"zebra": watched.scribes["zebra"].head.position}
    assert (without.unread, without.open_reservations) == (1, 1)
    assert b"acme" not in without.text
    assert anew.positions.keys() == {"acme", "zebra"}
    assert (anew.unread, anew.open_reservations) == (0, 2)
