from ledger.core.tools import Tool, ToolRules
from tests.builders import amounts


def test_tool__counts_on():
    """R58: a tool that was taken out is no history: its version goes on when it comes back."""
    tool = Tool("search", 1, 7, amounts(USD=3), enabled=True, version=2, deleted=True)

    assert (tool.key, tool.ended, tool.due_at, tool.places) == ("search", False, 0, ())


def test_tool_rules__one_of_each_partition():
    """R59: a partition has one record of lists, which nothing ends."""
    rules = ToolRules(2, 7, ("web_*",), (), 1)

    assert (rules.key, rules.ended, rules.due_at, rules.places) == (2, False, 0, ())
