"""The catalogue, the lists and the pauses on the wire."""

from typing import Any

from tallystick.v1 import types_pb2
from tests.rpc.world import SCOUT, USD, Wire, plain, usd


async def _catalogue(wire: Wire) -> dict[str, Any]:
    found = await wire.call("ListTools", organization="acme")
    return {tool.name: (tool.etag, tool.enabled, [plain(one) for one in tool.estimate]) for tool in found.tools}


async def test_list_tools__by_name(acme: Wire):
    """R58: the catalogue by name, as it is after each change; what was taken out is not there."""
    made = [
        await acme.call("SetTool", organization="acme", name=name, estimate=[usd(2)], etag="0")
        for name in ("search", "fetch", "shell")
    ]
    changed = await acme.call("SetTool", organization="acme", name="search", disabled=True, etag="1")
    gone = await acme.call("DeleteTool", organization="acme", name="shell", etag="1")

    assert plain(made[-1].tool) == {
        "name": "shell",
        "estimate": [{"unit": "USD", "parts": str(2 * USD)}],
        "enabled": True,
        "etag": "1",
    }
    assert plain(changed.tool) == {"name": "search", "etag": "2"}
    assert plain(gone.tool) == {"name": "shell", "etag": "2", "deleted": True}
    assert await _catalogue(acme) == {
        "fetch": ("1", True, [{"unit": "USD", "parts": str(2 * USD)}]),
        "search": ("2", False, []),
    }


async def test_list_tools__of_nobody(wire: Wire):
    """There is no catalogue of an organization that does not exist."""
    assert (await wire.fails("ListTools", organization="nobody")).reason == "ORGANIZATION_NOT_FOUND"


async def test_get_tool_rules__from_the_root(acme: Wire):
    """R59: those that bind a partition, from the root downwards; its own last, also where it has none."""
    await acme.call("SetToolRules", partition="acme", denied=["shell"], etag="0")
    made = await acme.call("SetToolRules", partition=SCOUT, allowed=["web_*"], etag="0")

    found = await acme.call("GetToolRules", partition=SCOUT)
    above = await acme.call("GetToolRules", partition="acme/research")

    root = {"partition": "acme", "denied": ["shell"], "etag": "1"}
    assert plain(made.rules) == {"partition": SCOUT, "allowed": ["web_*"], "etag": "1"}
    assert [plain(one) for one in found.rules] == [root, plain(made.rules)]
    assert [plain(one) for one in above.rules] == [root, {"partition": "acme/research", "etag": "0"}]
    assert (await acme.fails("GetToolRules", partition="acme/x")).reason == "PARTITION_NOT_FOUND"


async def test_set_tool__what_is_no_name(acme: Wire):
    """People are told what a name and a pattern may be."""
    name = await acme.fails("SetTool", organization="acme", name="no name", etag="0")
    pattern = await acme.fails("SetToolRules", partition="acme", allowed=["a*b"], etag="0")
    unit = await acme.fails("CreateOrganization", organization="b", units=[types_pb2.Unit(name="-")])

    assert name.violations == {"name": "must be 1 to 100 letters, digits and ._:/@-"}
    assert pattern.violations == {
        "allowed[0]": "must be a tool's name, or its beginning with a * at the end, of at most 100 characters"
    }
    assert unit.violations == {"units[0].name": "must be a letter, then at most 15 letters, digits and _"}


async def test_reserve__by_the_estimate(acme: Wire):
    """R60: without amounts the catalogue's estimate is held, and the answer says what that was."""
    await acme.call("SetTool", organization="acme", name="search", estimate=[usd(2)], etag="0")

    held = await acme.call("Reserve", partition=SCOUT, tool="search")
    neither = await acme.fails("Reserve", partition=SCOUT)

    assert [plain(one) for one in held.held] == [{"unit": "USD", "parts": str(2 * USD)}]
    assert neither.violations == {"amounts": "must have at least one amount, unless a tool is named"}


async def test_pause__is_shown(acme: Wire):
    """R61, R62: a partition says where it is stopped, and its own pause by whom, when and why."""
    first = await acme.call("PausePartition", partition="acme/research", note="too fast")
    again = await acme.call("PausePartition", partition="acme/research", note="still")

    team = (await acme.call("GetPartition", partition="acme/research")).partition
    scout = (await acme.call("GetPartition", partition=SCOUT)).partition
    over = await acme.call("ResumePartition", partition="acme/research")
    twice = await acme.call("ResumePartition", partition="acme/research")
    after = (await acme.call("GetPartition", partition="acme/research")).partition

    assert [(one.partition, one.paused, one.repeated) for one in (first, again, over, twice)] == [
        ("acme/research", True, False),
        ("acme/research", True, True),
        ("acme/research", False, False),
        ("acme/research", False, True),
    ]
    assert (team.paused_at, team.pause.principal, team.pause.note) == ("acme/research", "local", "still")
    assert team.pause.time == again.receipt.time
    assert (scout.paused_at, scout.HasField("pause")) == ("acme/research", False)
    assert (after.paused_at, after.HasField("pause")) == ("", False)
