"""What an agent may still reserve, and what binds first."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.core import tooling
from tallystick.governance import Tool, ToolRules
from tallystick.remaining import READS_MAX, Binding, kept_out
from tallystick.requests.describe import timestamp
from tallystick.v1 import caps_pb2, partitions_pb2, tools_pb2
from tests.builders import SCOUT, TEAM, acme, set_tool, set_tool_rules

USD = 10**9
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def cap(cap_id, limit, used=0, **fields):
    """A cap of the organization, on dollars unless told otherwise."""
    fields = {"kind": "CAP_KIND_WINDOW", "period": "PERIOD_DAY", "unit": "USD", "partition": "acme"} | fields
    return caps_pb2.Cap(cap_id=cap_id, limit=limit, used=used, etag="1", **fields)


def test_remaining__own_budget(service, scout):
    """Without caps the own budget binds."""
    found = scout.remaining()

    assert found.available == {"USD": 15, "tokens": 100_000}
    assert (found.first["USD"].binding, found.fits) == (Binding.BUDGET, {"USD": 15, "tokens": 100_000})
    assert str(found.first["USD"]) == "15 USD available to acme/scout"
    assert found.position == service.position


def test_remaining__cap_binds_first(service, scout):
    """The strictest cap that applies binds, and says when it is reset."""
    service.caps = [
        cap(1, 100 * USD, 90 * USD),
        cap(2, 100 * USD, 99 * USD, reset_time=timestamp(NOON)),
        cap(3, 1, mode="CAP_MODE_SHADOW"),
        cap(4, 1, kind="CAP_KIND_WORKFLOW", period=0),
        cap(5, 50, unit="tokens"),
    ]

    found = scout.remaining()

    first = found.first["USD"]
    assert (first.binding, first.room, first.reset_time) == (Binding.CAP, Decimal(1), NOON)
    assert first.cap is not None
    assert first.cap.cap_id == 2
    assert str(first) == "1 USD by the cap day, 100 USD of acme, reset at 2026-11-22T12:00:00Z"
    assert found.fits["tokens"] == 50
    assert len(found.caps) == 5
    assert [one.cap_id for one in found.per_workflow] == [4]
    of_one = scout.remaining(workflow_id="w")
    assert (of_one.fits["USD"], of_one.per_workflow) == (Decimal("1e-9"), ())


def test_remaining__of_a_tool(service, client):
    """Caps on a tool count where the tool is named, here or by the agent."""
    service.caps = [cap(1, 2 * USD, tool="web*"), cap(2, USD, tool="mail")]
    scout = client.agent("acme/scout")

    assert scout.remaining().fits["USD"] == 15
    assert scout.remaining(tool="web_search").fits["USD"] == 2
    assert client.agent("acme/scout", tool="mail").remaining().fits["USD"] == 1


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("web_search", None),
        ("web_mail", "acme denies the tool web_mail"),
        ("shell", "acme/scout does not list the tool shell"),
        ("web_old", "the tool web_old is disabled in the catalogue of acme"),
        ("", "acme/scout allows listed tools only, and none was named"),
    ],
)
def test_remaining__a_tool_that_is_kept_out(service, scout, tool, said):
    """Nothing fits for a tool that may not be used, nor for none where only some may be."""
    service.tools["web_old"] = tools_pb2.Tool(name="web_old", enabled=False)
    service.rules["acme"] = tools_pb2.ToolRules(partition="acme", denied=["web_m*"], etag="1")
    service.rules["acme/scout"] = tools_pb2.ToolRules(partition="acme/scout", allowed=["web_*"], etag="1")

    found = scout.remaining(tool=tool)

    first = found.first["USD"]
    assert (first.binding, found.fits["USD"]) == ((Binding.TOOL, 0) if said else (Binding.BUDGET, 15))
    assert (None if found.kept_out is None else (str(found.kept_out), str(first))) == (said and (said, said))


def test_kept_out__as_the_ledger_does():
    """The same tools, lists and catalogue are kept out here and there, for the same reason."""
    chance = random.Random(7)
    tools, patterns = ("web", "web_a", "mail", ""), ("web", "web*", "mail", "*")
    disagreed = []
    for _ in range(200):
        world = acme()
        lists = {path: [chance.sample(patterns, chance.choice((0, 0, 1))) for _ in range(2)] for path in (TEAM, SCOUT)}
        enabled = chance.random() < 0.7
        world.do(replace(set_tool("web_a"), enabled=enabled))
        world.do(*(set_tool_rules(path, *map(" ".join, both)) for path, both in lists.items()))
        rules = [ToolRules(path, tuple(allowed), tuple(denied), "1") for path, (allowed, denied) in lists.items()]
        for tool in tools:
            theirs = tooling.kept_out(world.book, world.book.ids[SCOUT], tool)
            ours = kept_out("acme", tool, rules, [Tool("web_a", (), enabled, "1", deleted=False)])
            if (theirs and (theirs.path, str(theirs.why))) != (ours and (ours.partition, str(ours.why))):
                disagreed.append((tool, lists, enabled, theirs, ours))

    assert disagreed == []


def test_remaining__open_reservations(service, scout):
    """A cap on open reservations binds every unit when it is full, and none before."""
    service.caps = [cap(1, 2, 1, kind="CAP_KIND_OPEN_RESERVATIONS", period=0, unit="")]
    assert scout.remaining().fits["USD"] == 15

    service.caps[0].used = 2
    assert scout.remaining().fits == {"USD": 0, "tokens": 0}


def test_remaining__paused(service, scout):
    """A pause above admits nothing, whatever is available."""
    service.paused["acme"] = partitions_pb2.Pause(principal="boss")

    found = scout.remaining()

    assert (found.paused_at, found.fits["USD"]) == ("acme", 0)
    assert str(found.first["USD"]) == "acme is paused"


def test_remaining__debt(service, scout):
    """A debt is shown, and nothing fits."""
    service.accounts["acme/scout", "USD"].available = -USD

    found = scout.remaining()

    assert (found.available["USD"], found.fits["USD"]) == (-1, 0)


def test_remaining__one_position(service, scout):
    """Balances and caps are read again until they are of one position, though not for ever."""
    busy = service.ListCaps

    def while_others_work(request):
        service.position += 1
        return busy(request)

    service.ListCaps = while_others_work

    found = scout.remaining()

    assert service.count("GetPartition") == service.count("ListCaps") == READS_MAX
    assert found.position == service.position - 1
    assert service.requests("ListCaps")[1].min_position == found.position - 1


async def test_remaining__asynchronous(service, async_scout):
    """The same for asynchronous code."""
    assert (await async_scout.remaining()).fits["USD"] == 15
