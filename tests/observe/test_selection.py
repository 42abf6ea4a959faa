from ledger.core import commands as cmd
from ledger.core.partitions import Kind
from ledger.core.texts import Text
from ledger.observe.selection import PER_PARTITION, PER_UNIT, Selection, seen_of
from tests.observe.looks import Watched
from tests.storage.world import Scribe, founding, reserve

EACH = PER_PARTITION + 2 * PER_UNIT


def paths(scribe: Scribe, room: int = 10_000, **selection: object) -> list[str]:
    """The partitions that are seen."""
    seen = seen_of(scribe.book, Selection(**selection), room)  # type: ignore[arg-type]
    return [partition.path for partition in seen.partitions]


def tree() -> Scribe:
    """An organization with a team of two agents."""
    scribe = Scribe()
    scribe.decide(*founding())
    return scribe


def test_seen_of__by_depth_pattern_and_mark():
    """Seen is what lies high enough, what matches a pattern, and what is marked."""
    scribe = tree()

    assert paths(scribe, depth=-1) == []
    assert paths(scribe, depth=1) == ["acme", "acme/team"]
    assert paths(scribe, depth=0, patterns=("acme/*1",)) == ["acme", "acme/team/a1"]
    scribe.decide(cmd.UpdatePartition("acme/team/a0", 1, None, watched=True))
    assert paths(scribe, depth=0) == ["acme", "acme/team/a0"]


def test_seen_of__bounded():
    """Beyond the bound the latest are left out, and counted; one that is added takes nobody's place."""
    scribe = tree()
    room = 3 * EACH

    first = seen_of(scribe.book, Selection(), room)
    scribe.decide(cmd.CreatePartition("acme/aaa", Kind.TEAM, Text()))
    second = seen_of(scribe.book, Selection(), room)

    assert [one.path for one in first.partitions] == ["acme", "acme/team", "acme/team/a0"]
    assert (first.series, first.left_out) == (3 * EACH, 1)
    assert (second.partitions, second.left_out) == (first.partitions, 2)


def test_seen_of__spending_changes_nothing():
    """What is seen does not depend on amounts, so no counter comes or goes with them."""
    scribe = tree()
    before = seen_of(scribe.book, Selection(), 2 * EACH)

    scribe.decide(reserve("acme/team/a1", 1000, number=1))

    assert seen_of(scribe.book, Selection(), 2 * EACH) == before


def test_seen_of__closed():
    """A closed partition is seen until its last reservation is resolved."""
    scribe = tree()
    scribe.decide(reserve("acme/team/a1", 10, number=1), cmd.ClosePartition("acme/team/a1", cascade=False, note=Text()))
    scribe.decide(cmd.ClosePartition("acme/team/a0", cascade=False, note=Text()))

    assert paths(scribe) == ["acme", "acme/team", "acme/team/a1"]


def test_seen_of__tools_that_were_deleted():
    """A tool that was spent on keeps its place when it leaves the catalogue, since its counter stays."""
    scribe = tree()
    selection = Selection(tools=("*",))
    unused = seen_of(scribe.book, selection, 10_000).series
    scribe.decide(cmd.SetTool("search", (), enabled=True, version=0))
    used = seen_of(scribe.book, selection, 10_000, {"search", "other", ""}).series
    scribe.decide(cmd.DeleteTool("search", version=1))

    gone = seen_of(scribe.book, selection, 10_000, {"search", "other", ""}).series

    assert used == gone == unused + 2 * 4  # in each unit, for each partition


async def test_seen_of__no_more_series_than_it_says():
    """The bound that is computed holds for what is exposed."""
    watched = Watched(tools=("*",))
    await watched.do(cmd.SetTool("search", (), enabled=True, version=0))
    await watched.do(reserve("acme/team/a0", number=1, tool="search"))

    samples = watched.samples()

    exposed = sum(len(values) for values in samples.values())
    assert exposed <= seen_of(watched.scribes["acme"].book, Selection(tools=("*",)), 10_000).series + 2
