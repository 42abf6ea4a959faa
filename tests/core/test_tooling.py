"""The catalogue of tools, the lists, and what a reservation without amounts holds."""

from dataclasses import replace

import pytest

from ledger.core import tooling
from ledger.core.book import Book
from ledger.core.outcomes import Reason, Rejected
from ledger.core.tools import TOOLS_MAX, Tool, ToolRules
from tests.builders import (
    CLERK,
    SCOUT,
    TEAM,
    acme,
    amounts,
    close,
    commit,
    contents,
    delete_tool,
    extend,
    reserve,
    set_tool,
    set_tool_rules,
    use,
)


@pytest.mark.parametrize(
    ("pattern", "tool", "expected"),
    [
        ("web_search", "web_search", True),
        ("web_search", "web_search2", False),
        ("web_*", "web_search", True),
        ("web_*", "web_", True),
        ("web_*", "web", False),
        ("*", "anything", True),
        ("Web_*", "web_search", False),
    ],
)
def test_matches__exactly_or_by_the_beginning(pattern, tool, expected):
    """R59: a pattern is a name, or what names begin with before a `*` at its end."""
    assert tooling.matches(pattern, tool) is expected


# The catalogue


def test_decide_set_tool__versions():
    """R58, R10: a tool is created by version 0, changed by its version, and goes on counting when it comes back."""
    world = acme(USD=15)
    world.do(set_tool("search", USD=3))
    first = world.book.standing[Tool]["search"]

    world.do(set_tool("search", version=1, enabled=False), delete_tool("search", 2), set_tool("search", USD=4))

    root = world.book.ids["acme"]
    assert first == Tool("search", root, first.position, amounts(USD=3), enabled=True, version=1)
    assert world.book.standing[Tool]["search"] == replace(first, estimate=amounts(USD=4), version=4)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (set_tool("search", version=2), Reason.ETAG_MISMATCH),
        (set_tool("search"), Reason.ETAG_MISMATCH),
        (set_tool("fetch", version=1), Reason.TOOL_NOT_FOUND),
        (set_tool("gone", version=2), Reason.TOOL_NOT_FOUND),
        (delete_tool("fetch", 1), Reason.TOOL_NOT_FOUND),
        (delete_tool("gone", 2), Reason.TOOL_NOT_FOUND),
        (delete_tool("search", 2), Reason.ETAG_MISMATCH),
    ],
)
def test_decide_set_tool__refusals(command, reason):
    """R58, R10: another version is refused, and one of a tool that is not there or was taken out."""
    world = acme(USD=15)
    world.do(set_tool("search"), set_tool("gone"), delete_tool("gone", 1))

    assert world.refused(command) == Rejected(reason, "acme")


def test_decide_set_tool__unit_unknown():
    """R2: an estimate is in units that the organization has."""
    world = acme(USD=15)

    assert world.refused(set_tool("search", EUR=3)) == Rejected(Reason.UNIT_UNKNOWN, "acme", "EUR")


def test_decide_set_tool__too_many():
    """R58: there are at most 2,000; one may be changed then, and one that is taken out makes room."""
    world = acme(USD=15)
    world.do(set_tool("first"))
    first = world.book.standing[Tool]["first"]
    for number in range(TOOLS_MAX - 1):
        world.book.put_standing(replace(first, name=f"tool{number}"))

    assert world.refused(set_tool("another")) == Rejected(Reason.TOOLS_TOO_MANY, "acme")
    world.do(set_tool("first", version=1), delete_tool("tool7", 1), set_tool("another"))


# The lists


def test_decide_set_tool_rules__versions():
    """R59, R10: lists are set by version 0 where there were none, and replaced whole by their version."""
    world = acme(USD=15)
    world.do(set_tool_rules(TEAM, "web_*", "web_admin"))
    first = world.book.standing[ToolRules][world.book.ids[TEAM]]

    world.do(set_tool_rules(TEAM, denied="shell", version=1))

    assert (first.allowed, first.denied, first.version) == (("web_*",), ("web_admin",), 1)
    assert world.book.standing[ToolRules][world.book.ids[TEAM]] == replace(
        first, allowed=(), denied=("shell",), version=2
    )


def test_decide_set_tool_rules__refusals():
    """R59: of what does not exist, of what is closed, and by another version."""
    world = acme(USD=15)
    world.do(set_tool_rules(TEAM), close(CLERK))

    assert world.refused(set_tool_rules("acme/x")) == Rejected(Reason.PARTITION_NOT_FOUND, "acme/x")
    assert world.refused(set_tool_rules(CLERK)) == Rejected(Reason.PARTITION_CLOSED, CLERK)
    assert world.refused(set_tool_rules(TEAM)) == Rejected(Reason.ETAG_MISMATCH, TEAM)
    assert world.refused(set_tool_rules(SCOUT, version=1)) == Rejected(Reason.ETAG_MISMATCH, SCOUT)


@pytest.mark.parametrize(
    ("lists", "tool", "named"),
    [
        ([(TEAM, "web_*", "")], "web_search", None),
        ([(TEAM, "web_*", "")], "shell", TEAM),
        ([(TEAM, "web_*", "")], "", TEAM),
        ([(TEAM, "", "shell")], "", None),
        ([(TEAM, "", "shell")], "shell", TEAM),
        ([(TEAM, "web_*", "web_admin")], "web_admin", TEAM),
        ([("acme", "web_*", ""), (SCOUT, "shell", "")], "shell", "acme"),
        ([("acme", "web_*", ""), (SCOUT, "shell", "")], "web_search", SCOUT),
        ([("acme", "", "shell"), (TEAM, "", "sh*")], "shell", TEAM),
        ([(CLERK, "", "shell")], "shell", None),
        ([(TEAM, "", "")], "", None),
    ],
)
def test_not_allowed__every_list_up_to_the_root(lists, tool, named):
    """R59: denied by none, allowed by each that allows some; the nearest that says no is named, never a sibling."""
    world = acme(USD=15)
    for path, allowed, denied in lists:
        world.do(set_tool_rules(path, allowed, denied))

    if named is None:
        world.do(use(tool, SCOUT, USD=1))
    else:
        assert world.refused(use(tool, SCOUT, USD=1)) == Rejected(Reason.TOOL_NOT_ALLOWED, named)


def test_not_allowed__disabled_everywhere_and_at_once():
    """R58: a disabled tool is refused everywhere; one that is in no catalogue is nobody's business."""
    world = acme(USD=15)
    world.do(set_tool("search"), use("search", SCOUT, 1, USD=1), set_tool("search", version=1, enabled=False))

    assert world.refused(use("search", SCOUT, 2, USD=1)) == Rejected(Reason.TOOL_NOT_ALLOWED, "acme")
    assert world.refused(use("search", CLERK, 2, USD=1)) == Rejected(Reason.TOOL_NOT_ALLOWED, "acme")
    world.do(extend(1, world.now + 1), commit(1, USD=1), use("fetch", SCOUT, 3, USD=1))
    world.do(delete_tool("search", 2), use("search", SCOUT, 4, USD=1))


# Estimates


def test_estimate_of__held_instead_of_amounts():
    """R60: without amounts the estimate of that moment is held, and the entry says how much that was."""
    world = acme(USD=15, tokens=9)
    world.do(set_tool("search", USD=3, tokens=2), use("search", SCOUT, 1))
    world.do(set_tool("search", version=1, USD=5), use("search", SCOUT, 2))

    assert [(line.unit, line.held) for line in world.reservation(1).units] == [("USD", 3), ("tokens", 2)]
    assert [(line.unit, line.held) for line in world.reservation(2).units] == [("USD", 5)]
    assert world.have(SCOUT) == (7, 8, 0)


def test_estimate_of__amounts_that_are_given_count():
    """R60: the estimate is for whoever gives no amounts."""
    world = acme(USD=15)
    world.do(set_tool("search", USD=3), use("search", SCOUT, USD=1))

    assert world.have(SCOUT) == (14, 1, 0)


@pytest.mark.parametrize("tool", ["", "fetch", "free", "gone"])
def test_estimate_of__unknown(tool):
    """R60: without amounts and without an estimate nothing can be held."""
    world = acme(USD=15)
    world.do(set_tool("free"), set_tool("gone", USD=1), delete_tool("gone", 1))

    assert world.refused(use(tool, SCOUT)) == Rejected(Reason.ESTIMATE_UNKNOWN, SCOUT, ask="acme")


def test_estimate_of__order_of_checks():
    """R45, R60: who may not use a tool is told so, whether or not the catalogue has an estimate for it."""
    world = acme(USD=15)
    world.do(set_tool("search", USD=99), set_tool_rules(TEAM, denied="search mail"), close(CLERK))

    assert world.refused(use("fetch", CLERK)).reason is Reason.PARTITION_CLOSED
    assert world.refused(use("mail", SCOUT)).reason is Reason.TOOL_NOT_ALLOWED
    assert world.refused(use("search", SCOUT)).reason is Reason.TOOL_NOT_ALLOWED
    assert world.refused(use("fetch", SCOUT)).reason is Reason.ESTIMATE_UNKNOWN


def test_tools__replay_from_empty():
    """R47: the journal alone gives the catalogue and the lists."""
    world = acme(USD=15)
    world.do(set_tool("search", USD=3), set_tool_rules(TEAM, "search"), delete_tool("search", 1))
    world.do(set_tool("search"), set_tool_rules(TEAM, version=1), reserve(SCOUT, USD=1))

    again = Book("acme")
    for entry in world.journal:
        again.apply(entry)

    assert contents(again) == contents(world.book)
