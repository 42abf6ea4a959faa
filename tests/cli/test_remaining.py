from dataclasses import replace
from decimal import Decimal

import pytest

from ledger.cli.remaining import bound_said
from tallystick import Binding, Bound
from tests.cli.test_caps import DAILY
from tests.cli.test_claims import NOON


def test_remaining(ask, acme):
    """Its own budget binds, then a cap above it, then a pause; the caps stand below."""
    scout = f"{acme}/research/scout"
    own = ask("remaining", scout).out.splitlines()
    ask("caps", "create", acme, "4 USD", "--period", "day")
    capped = ask("remaining", scout, "--ascii").out.splitlines()
    ask("pause", f"{acme}/research")
    paused = ask("remaining", scout, "--json").document

    assert own == ["unit  available  fits now  because of", f"USD   15         15        the budget of {scout}"]
    assert capped[1].startswith("USD   15         4         cap ")
    assert "day, 4 USD, reset at 20" in capped[1]
    assert capped[3].split()[:3] == ["cap", "partition", "limits"]
    assert "................" in capped[4]
    assert (paused["fits"], paused["paused_at"]) == ({"USD": "0"}, f"{acme}/research")
    assert paused["first"]["USD"]["binding"] == "PAUSE"


def test_remaining__per_workflow(ask, acme):
    """A cap on each workflow is told of as that, and counted for the workflow that is named."""
    scout = f"{acme}/research/scout"
    ask("caps", "create", acme, "4 USD", "--kind", "workflow")
    ask("reserve", scout, "3 USD", "--workflow", "busy")

    people = ask("remaining", scout).out
    fits = {
        name: ask("remaining", scout, "--workflow", name, "--json").document["fits"]["USD"] for name in ("busy", "new")
    }
    used = ask("caps", "list", acme, "--workflow", "new", "--json").document["caps"][0]["used"]

    assert "per workflow no more than 4 USD, by cap " in people
    assert (fits, used) == ({"busy": "1", "new": "4"}, "0")


def test_remaining__tools(ask, acme):
    """Nothing fits for a tool that is denied; where only some are allowed a tool must be named."""
    team, scout = f"{acme}/research", f"{acme}/research/scout"
    ask("tools", "rules", "set", team, "--allow", "web_*", "--deny", "web_mail")

    denied = ask("remaining", scout, "--tool", "web_mail").out.splitlines()[1]
    unnamed = ask("remaining", scout).out.splitlines()[1]
    program = ask("remaining", scout, "--json").document

    assert denied.split(maxsplit=3) == ["USD", "15", "0", f"{team} denies the tool web_mail"]
    assert unnamed.endswith(f"0         {team} allows listed tools only, and none was named: --tool names it")
    assert (program["fits"]["USD"], program["kept_out"]["why"]) == ("0", "NOT_LISTED")
    assert ask("remaining", scout, "--tool", "web_search", "--json").document["fits"]["USD"] == "15"


def test_remaining__nothing(ask, acme):
    """Who never had any budget is told so; a path that is none is refused."""
    ask("partition", "create", f"{acme}/new")

    assert ask("remaining", f"{acme}/new").out == f"{acme}/new has no budget of its own yet\n"
    ask("pause", acme)
    assert ask("remaining", f"{acme}/new").out == f"{acme}/new has no budget of its own yet; {acme} is paused\n"
    assert ask("remaining", f"{acme}/none", "--json", code=1).error["reason"] == "PARTITION_NOT_FOUND"


@pytest.mark.parametrize(
    ("binding", "said"),
    [
        (Binding.BUDGET, "the budget of acme/a"),
        (Binding.PAUSE, "acme/a is paused"),
        (Binding.CLOSED, "acme/a is closed"),
        (Binding.CAP, "cap 3 of acme/a: day, 100 USD, reset at 2026-04-01 12:00:00Z"),
    ],
)
def test_bound_said(binding, said):
    """Each rule that may bind, in words."""
    cap, reset = (DAILY, NOON) if binding is Binding.CAP else (None, None)
    bound = replace(Bound(binding, "acme/a", "USD", Decimal(75)), cap=cap, reset_time=reset)

    assert bound_said(bound) == said
