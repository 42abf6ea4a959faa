import pytest

from ledger.core import commands as cmd
from ledger.core.allowances import AllowanceMode
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.events import RefusalsNoted
from ledger.core.texts import Text
from tests.observe.looks import DAY, UNITS, Watched
from tests.storage.world import SECOND, START, commit, reserve, usd, uuid7

A0, A1, TEAM = "acme/team/a0", "acme/team/a1", "acme/team"


def of(samples: dict[str, dict[tuple[str, ...], float]], name: str, path: str) -> int:
    """A sample in USD, in smallest parts."""
    return round(samples[f"tallystick_{name}"]["acme", path, "USD"] * UNITS)


async def test_amounts__of_subtrees():
    """All amounts but one are of the partition with all below it, in the unit's natural size."""
    watched = Watched()
    await watched.do(reserve(A0, 200, number=1), reserve(A1, 300, number=2))
    await watched.do(commit(1, 150))
    await watched.do(cmd.Refund(uuid7(1), (usd(40),), Text()))

    samples = watched.samples()

    assert {path: of(samples, "available", path) for path in (A0, A1, TEAM)} == {A0: 890, A1: 700, TEAM: 499_590}
    assert {path: of(samples, "own_available", path) for path in (A0, TEAM)} == {A0: 890, TEAM: 498_000}
    assert {path: of(samples, "reserved", path) for path in (A0, A1, TEAM)} == {A0: 0, A1: 300, TEAM: 300}
    assert {path: of(samples, "allocated", path) for path in (A0, A1, TEAM)} == {A0: 1000, A1: 1000, TEAM: 500_000}
    for path in (A0, TEAM, "acme"):
        assert [of(samples, name, path) for name in ("spent_total", "refunded_total", "net_spent")] == [150, 40, 110]
    assert samples["tallystick_open_reservations"]["acme", TEAM] == 1
    assert samples["tallystick_position"]["acme",] == watched.scribes["acme"].head.position
    assert ("acme", A0, "tokens") not in samples["tallystick_available"]  # it never had any


async def test_amounts__overdrawn():
    """A debt is shown where it is and above, however much others have."""
    watched = Watched()
    await watched.do(reserve(A0, 900, number=1))
    await watched.do(cmd.Commit(uuid7(1), (usd(1500),), commit(1, 1).basis, confirmed=True))

    samples = watched.samples()

    assert {path: of(samples, "overdrawn", path) for path in (A0, A1, TEAM)} == {A0: 500, A1: 0, TEAM: 500}
    assert of(samples, "own_available", A0) == -500


async def test_amounts__caps():
    """A cap has its limit, its use and its reset; its use is over with its window, though nothing is written then."""
    watched = Watched()
    settings = (CapKind.WINDOW, "USD", 700, Period.DAY, Weekday.MONDAY, 0, "search*", CapMode.ENFORCED)
    noon = START - START % DAY + DAY // 2
    await watched.do(at=noon)
    await watched.do(cmd.CreateCap(TEAM, *settings), at=noon)
    cap = watched.scribes["acme"].head.position
    await watched.do(reserve(A0, 250, number=1, tool="search"), at=noon + SECOND)
    labels = ("acme", TEAM, "USD", str(cap), "window_day", "enforced", "search*")

    during = watched.samples()
    watched.now = noon + DAY // 2
    after = watched.samples()

    assert during["tallystick_cap_limit"][labels] * UNITS == pytest.approx(700)
    assert during["tallystick_cap_used"][labels] * UNITS == pytest.approx(250)
    assert during["tallystick_cap_reset_timestamp_seconds"][labels] * SECOND == noon + DAY // 2
    assert after["tallystick_cap_used"][labels] == 0


async def test_amounts__caps_that_only_watch():
    """A cap that refuses nothing says so in a label, and is told of like any other."""
    watched = Watched()
    settings = (CapKind.LIFETIME, "USD", 700, Period.NONE, Weekday.MONDAY, 0, "", CapMode.SHADOW)
    await watched.do(cmd.CreateCap(TEAM, *settings))
    cap = watched.scribes["acme"].head.position
    await watched.do(reserve(A0, 800, number=1))

    samples = watched.samples()

    assert samples["tallystick_cap_used"].keys() == {("acme", TEAM, "USD", str(cap), "lifetime", "shadow", "")}
    assert samples["tallystick_cap_used"].keys() == samples["tallystick_cap_limit"].keys()


async def test_amounts__closing():
    """A partition that is closed is told of as such for as long as something of it is not resolved."""
    watched = Watched()
    await watched.do(reserve(A0, 200, number=1))
    before = watched.samples()
    await watched.do(cmd.ClosePartition(A0, cascade=False, note=Text()))
    during = watched.samples()
    await watched.do(commit(1, 150))
    after = watched.samples()

    told = [{labels[1:] for labels in one["tallystick_partition_info"]} for one in (before, during, after)]
    assert (A0, "agent", "false", "open") in told[0]
    assert (A0, "agent", "false", "closing") in told[1]
    assert A0 not in {labels[0] for labels in told[2]}


async def test_amounts__refusals():
    """What a team's rule refused its agents is in its own counter and in those of all above, not in the agents'."""
    watched = Watched()
    await watched.do()
    team = watched.scribes["acme"].book.ids[TEAM]
    event = RefusalsNoted(team, TEAM, "CAP_REACHED", A0, "USD", 9, 1, "", 7, shadow=False, count=4)
    await watched.store.append(watched.scribes["acme"].tell(event))

    samples = watched.samples()

    own, all_below = samples["tallystick_own_noted_refusals_total"], samples["tallystick_noted_refusals_total"]
    assert [own["acme", path] for path in ("acme", TEAM, A0)] == [0, 4, 0]
    assert [all_below["acme", path] for path in ("acme", TEAM, A0)] == [4, 4, 0]


async def test_amounts__by_tool():
    """Spending is told by tool where that was asked for, and only by tools that the catalogue had."""
    watched = Watched(tools=(A0,))
    await watched.do(cmd.SetTool("search", (usd(1),), enabled=True, version=0))
    await watched.do(*(reserve(A0, 5, number=n, tool=tool) for n, tool in enumerate(("search", "made-up", ""))))
    await watched.do(commit(0, 1), commit(1, 2), commit(2, 3))

    spent = watched.samples()["tallystick_tool_spent_total"]

    assert {labels[1:]: round(value * UNITS) for labels, value in spent.items()} == {
        (A0, "USD", "search"): 1,
        (A0, "USD", "other"): 2,
        (A0, "USD", ""): 3,
    }


async def test_amounts__governance():
    """Pauses are of a subtree; a pending escalation counts at whoever is to decide it, until it expires."""
    watched = Watched()
    await watched.do(at=START)
    asked = cmd.RequestEscalation(A0, usd(5), Text("more"), 100 * SECOND, ())
    await watched.do(asked, cmd.PausePartition(TEAM, Text()), at=START + SECOND)
    await watched.do(
        cmd.SetAllowance(A1, usd(9), AllowanceMode.REFILL_TO, Period.DAY, Weekday.MONDAY, version=0), at=START + SECOND
    )

    watched.now = START + 11 * SECOND
    waiting = watched.samples()
    watched.now = START + 200 * SECOND
    expired = watched.samples()

    paused = {path: waiting["tallystick_paused"]["acme", path] for path in ("acme", TEAM, A0)}
    assert paused == {"acme": 0, TEAM: 1, A0: 1}
    assert waiting["tallystick_escalations_pending"]["acme", TEAM] == 1
    assert waiting["tallystick_escalations_oldest_age_seconds"]["acme", TEAM] == pytest.approx(10, abs=0.1)
    assert expired["tallystick_escalations_pending"]["acme", TEAM] == 0
    assert expired["tallystick_escalations_oldest_age_seconds"]["acme", TEAM] == 0
    assert waiting["tallystick_next_refill_timestamp_seconds"]["acme", A1, "USD"] * SECOND > START
