import pytest


@pytest.fixture
def asked(ask, acme):
    """The number of an escalation for 10 USD."""
    made = ask("escalations", "request", f"{acme}/research/scout", "10 USD", "--json").document
    return str(made["escalation_id"])


def test_approve(ask, acme, asked):
    """Budget moves from the decider, or from where it is told to come; once."""
    team, scout = f"{acme}/research", f"{acme}/research/scout"

    assert ask("escalations", "approve", acme, asked, "--dry-run").out == (
        f"would approve escalation {asked}: 10 USD from {team} to {scout}\n"
    )
    assert ask("escalations", "approve", acme, asked).out == (
        f"approved escalation {asked}: 10 USD from {team} to {scout}\n"
    )
    assert ask("partition", "show", scout).out.splitlines()[1].startswith("own      25 USD available")
    assert ask("escalations", "approve", acme, asked, "--json", code=1).error["reason"] == "ESCALATION_DECIDED"


def test_approve__otherwise(ask, acme, asked):
    """Another amount, from a sibling, for a time."""
    scout, writer = f"{acme}/research/scout", f"{acme}/research/writer"
    ask("partition", "create", writer)
    ask("allocate", writer, "9 USD")

    words = ("escalations", "approve", acme, asked, "--amount", "8 USD", "--source", writer, "--until", "2h")
    done = ask(*words, "--note", "from the writer's rest").out

    assert done.startswith(f"approved escalation {asked}: 8 USD from {writer} to {scout}, until 20")
    shown = ask("escalations", "show", acme, asked).out
    assert "by local: from the writer's rest" in shown
    assert "8 USD of it left" in shown
    assert ask("escalations", "approve", acme, asked, "--until", "later", code=2).err
    assert "1 USD available" in ask("partition", "show", writer).out


def test_approve__no_room(ask, acme, asked):
    """What the source does not have is refused, and the escalation waits still."""
    refused = ask("escalations", "approve", acme, asked, "--amount", "99 USD", "--json", code=1).error

    assert refused["reason"] == "BUDGET_EXHAUSTED"
    assert "PENDING" in ask("escalations", "show", acme, asked).out


def test_deny_and_forward(ask, acme, asked):
    """Forwarding goes up to the root, and no further; a denial ends it and says why."""
    assert ask("escalations", "forward", acme, asked, "--note", "no room").out == (
        f"forwarded escalation {asked} to {acme}\n"
    )
    assert ask("escalations", "forward", acme, asked, "--json", code=1).error["reason"] == "NOBODY_ABOVE"
    assert ask("escalations", "deny", acme, asked, "--note", "not this month").out == (
        f"denied {acme}/research/scout 10 USD, escalation {asked}\n"
    )
    assert ": not this month" in ask("escalations", "show", acme, asked).out


def test_reallocate(ask, acme):
    """A coordinator's own move is an escalation too, with its number."""
    team, scout = f"{acme}/research", f"{acme}/research/scout"
    ask("partition", "create", f"{acme}/research/writer")

    done = ask("reallocate", scout, f"{team}/writer", "5 USD", "--reason", "it writes now").out
    dry = ask("reallocate", scout, f"{team}/writer", "5 USD", "--reason", "for now", "--until", "1h", "--dry-run").out

    assert done.startswith(f"reallocated 5 USD from {scout} to {team}/writer, escalation ")
    assert dry.startswith(f"would reallocate 5 USD from {scout} to {team}/writer")
    too_much = ask("reallocate", scout, f"{team}/writer", "99 USD", "--reason", "all of it", "--json", code=1)
    assert too_much.error["reason"] == "BUDGET_EXHAUSTED"
    assert "--reason" in ask("reallocate", scout, f"{team}/writer", "5 USD", code=2).err
    assert ask("reallocate", scout, f"{team}/writer", "5 USD", "--reason", "", code=2).err.startswith(
        "tallystick: reason"
    )
    number = done.split()[-1]
    assert ask("escalations", "show", acme, number).out.startswith(f"reallocation {number}  {team}/writer  APPROVED")
