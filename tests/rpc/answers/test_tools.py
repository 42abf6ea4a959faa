from ledger.core.amounts import Amount
from ledger.core.commands import DeleteTool, SetTool, SetToolRules
from ledger.rpc.answers.tools import tool_deleted, tool_rules_set, tool_set
from tests.builders import TEAM, acme
from tests.rpc.world import plain


def test_tool_set__and_deleted():
    """R58: a tool is answered as it is in the catalogue afterwards, or as one that is in none."""
    world = acme()

    made = tool_set("acme", world.do(SetTool("search", (Amount("USD", 2),), True, 0)))
    gone = tool_deleted("acme", world.do(DeleteTool("search", 1)))

    assert plain(made.tool) == {
        "name": "search",
        "estimate": [{"unit": "USD", "parts": "2"}],
        "enabled": True,
        "etag": "1",
    }
    assert plain(gone.tool) == {"name": "search", "etag": "2", "deleted": True}
    assert gone.receipt.position == world.book.position


def test_tool_rules_set__both_lists():
    """R59: a partition's lists are answered whole, with the version to change them by."""
    world = acme()

    answer = tool_rules_set("acme", world.do(SetToolRules(TEAM, ("web_*",), ("shell",), 0)))

    assert plain(answer.rules) == {"partition": TEAM, "allowed": ["web_*"], "denied": ["shell"], "etag": "1"}
