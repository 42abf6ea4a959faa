from dataclasses import replace
from datetime import UTC, datetime

from ledger.cli.claims import claim_lines
from tallystick import Claim, ClaimState

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
FREE = Claim("acme", "report", None, "", "", None, "", None, "", None)


def test_life(ask, acme):
    """Work is claimed with a hold, refused to others with who has it, and done with a result."""
    team, scout, writer = (f"{acme}/research{below}" for below in ("", "/scout", "/writer"))
    ask("partition", "create", writer)
    ask("allocate", writer, "5 USD")

    held = ask("reserve", scout, "1 USD", "--claim", "report").out.splitlines()
    taken = ask("reserve", writer, "1 USD", "--claim", "report", code=1).err
    known = ask("reserve", writer, "1 USD", "--claim", "report", "--json", code=1).error
    reservation = held[1].split()[1].rstrip(",")
    shown = ask("reservation", "show", acme, reservation).out
    ask("claims", "assign", team, "report", scout)
    unassigned = ask("claims", "unassign", team, "report").out
    free = ask("claims", "unassign", team, "report", code=1).err
    listed = ask("claims", "list", team).out.splitlines()[1].split()
    committed = ask("commit", acme, reservation, "1 USD", "--done", "--result", "s3://r/1", "--done-ttl", "7d")
    done = ask("reserve", writer, "1 USD", "--claim", "report", code=1).err

    assert held[2] == f"work 'report' of {team} is its own meanwhile"
    assert f"refused, WORK_CLAIMED: {team}: {scout} has the work report until 20" in taken
    assert (known["claim_holder"], known["claim_reservation_id"]) == (scout, reservation)
    assert f"work 'report' of {team}" in shown
    assert unassigned == f"unassigned 'report' of {team}; {scout} holds it still\n"
    assert f"{team}: nobody has done that work or was assigned it" in free
    assert listed[:3] == ["report", "HELD", scout]
    assert "COMMITTED" in committed.out
    assert f"refused, WORK_DONE: {team}: the work report was done by {scout}; its result: s3://r/1" in done
    assert ask("claims", "show", team, "report").out.splitlines()[0] == f"report  {team}  DONE"
    assert ask("claims", "list", team, "--state", "held").out == "none\n"
    assert ask("claims", "unassign", team, "report").out == f"freed 'report' of {team}\n"
    assert ask("reserve", writer, "1 USD", "--claim", "report", "--scope", team).code == 0


def test_assign(ask, acme):
    """What is assigned nobody else can claim, until it is taken back."""
    team, scout, writer = (f"{acme}/research{below}" for below in ("", "/scout", "/writer"))
    ask("partition", "create", writer)
    ask("allocate", writer, "5 USD")

    done = ask("claims", "assign", team, "report", scout, "--ttl", "2h", "--note", "it knows best")

    assert done.out.startswith(f"assigned 'report' of {team} to {scout} until 20")
    assert "is assigned the work" in ask("reserve", writer, "1 USD", "--claim", "report", code=1).err
    assert ask("claims", "list", team, "--prefix", "rep").out.splitlines()[1].split()[:3] == [
        "report",
        "ASSIGNED",
        scout,
    ]
    assert ask("claims", "unassign", team, "report").out == f"freed 'report' of {team}\n"
    assert ask("claims", "unassign", team, "report", "--json", code=1).error["reason"] == "CLAIM_NOT_FOUND"
    assert ask("claims", "show", team, "report").out == f"report  {team}  FREE\n"


def test_misuse(ask, acme):
    """A scope without work, a result of what is not done, work that the hold has not claimed."""
    scout, nobody = f"{acme}/research/scout", "01900000-0000-7000-8000-000000000000"

    assert ask("reserve", scout, "1 USD", "--scope", acme, code=2).err
    assert ask("commit", acme, nobody, "--result", "x", code=2).err
    reservation = ask("reserve", scout, "1 USD", "--json").document["reservation_id"]
    assert ask("commit", acme, reservation, "--done", "--json", code=1).error["reason"] == "CLAIM_MISSING"
    assert ask("claims", "list", acme, "--state", "lost", code=2).err


def test_claim_lines():
    """Who holds, has done or is assigned the work, and until when."""
    held = replace(FREE, state=ClaimState.HELD, partition="acme/a", reservation_id="r1", end_time=NOON)
    done = replace(held, state=ClaimState.DONE, done_time=NOON, result="s3://r/1")
    assigned = replace(FREE, state=ClaimState.ASSIGNED, assignee="acme/a", assign_end_time=NOON)

    assert claim_lines(FREE) == ["report  acme  FREE"]
    assert claim_lines(held)[1:] == ["held by     acme/a until 2026-04-01 12:00:00Z, reservation r1"]
    assert claim_lines(done)[1:] == [
        "done by     acme/a at 2026-04-01 12:00:00Z, reservation r1",
        "remembered  until 2026-04-01 12:00:00Z",
        "result      s3://r/1",
    ]
    assert claim_lines(assigned)[1:] == ["assigned to acme/a until 2026-04-01 12:00:00Z"]
