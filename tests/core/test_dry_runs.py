"""Dry runs, of every command: decided as the run is, and without effect."""

import typing
from dataclasses import replace
from typing import Final

import pytest

from ledger.core import commands as cmd
from ledger.core.decide import RULES, execute
from ledger.core.outcomes import Accepted, Outcome, Rejected
from tests.builders import SCOUT, TEAM, World, acme, close, contents, fund, group, reserve, set_tool, uuid7
from tests.core.governed import NEEDS, asked, cap

SEVERAL: Final = (group(fund(1), reserve(SCOUT, 2, USD=1)), group(fund(1), reserve(SCOUT, 2, USD=99)))
COMMANDS: Final = [
    pytest.param(command, id=f"{number}-{type(command).__name__}")
    for number, command in enumerate([*(row[0] for row in NEEDS if type(row[0]) in RULES), *SEVERAL])
]


def open_world() -> World:
    """Where most commands are accepted: a reservation, a tool, a cap and an escalation."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=5), set_tool("search"))
    cap(world.book, SCOUT)
    asked(world.book)
    world.book.keep()
    return world


def closed_world() -> World:
    """Where most commands are refused: everything is closed, and nothing else is there."""
    world = acme(USD=15)
    world.do(close(TEAM, cascade=True))
    return world


def decide(world: World, command: cmd.Command, *, validate_only: bool) -> Outcome:
    """What a command comes to, at the next instant, under the same request id."""
    request = world.request(command, uuid7(world.now, 1), validate_only=validate_only)
    outcome, written = execute(world.book, request, world.now + 1, world.known, world.calendar)
    assert not (validate_only and written)
    return outcome


@pytest.mark.parametrize("make", [open_world, closed_world])
@pytest.mark.parametrize("command", COMMANDS)
def test_execute__a_dry_run_predicts_the_run(make, command):
    """R43: a dry run changes and binds nothing, and comes to what the run comes to afterwards."""
    world = make()
    book, known = contents(world.book), dict(world.known)

    dry = decide(world, command, validate_only=True)

    assert (contents(world.book), world.known) == (book, known)
    run = decide(world, command, validate_only=False)
    if isinstance(dry, Accepted):
        assert run == replace(dry, validate_only=False)
    else:
        assert isinstance(run, Rejected)
        assert replace(run, position=0) == dry


def test_commands__every_rule():
    """R43: every command that has a rule is tried."""
    assert {type(row[0]) for row in NEEDS} == set(typing.get_args(cmd.Single)) >= RULES.keys()
