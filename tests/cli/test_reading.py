from datetime import UTC, datetime

import pytest

from ledger.cli.reading import entry_lines
from tallystick import Entry


@pytest.mark.parametrize("width", ["60", "100"])
def test_tree(width, ask, acme, held):
    """Bars and numbers of every unit that is used, no line wider than asked for, and a legend."""
    held()

    lines = ask("tree", acme, "--width", width).out.splitlines()

    assert max(map(len, lines)) <= int(width)
    assert [line.split()[0] for line in lines if line.startswith(("USD", "tokens"))] == ["USD", "tokens"]
    assert any("▒" in line and "scout" in line for line in lines)
    assert lines[-1].startswith("██ spent")


def test_tree__choices(ask, acme):
    """One unit, some levels, plain characters, and closed partitions where asked for."""
    ask("partition", "close", f"{acme}/research/scout")

    plain = ask("tree", acme, "--unit", "USD", "--ascii", "--levels", "1", "--width", "100").out
    closed = ask("tree", f"{acme}/research", "--closed", "--width", "100").out

    assert plain.isascii()
    assert "tokens" not in plain
    assert "scout" not in plain
    assert "closed" in closed


def test_tree__json(ask, acme):
    """A program gets the partitions with own and subtree."""
    root = ask("tree", acme, "--json").document["partitions"][0]

    assert (root["own"]["USD"]["available"], root["subtree"]["USD"]["available"]) == ("40", "100")


def test_tree__nothing_funded(ask):
    """A tree without budget is still a tree."""
    ask("org", "create", "bare")

    assert "bare" in ask("tree", "bare").out
    assert ask("tree", "nobody", "--json", code=1).error["reason"] == "ORGANIZATION_NOT_FOUND"


def test_entries(ask, acme):
    """The last ones, or from a position; each with its postings."""
    last = ask("entries", acme, "--limit", "1").out.splitlines()
    first = ask("entries", acme, "--from", "1", "--limit", "1").out

    assert last[0].startswith("7  20")
    assert last[1:] == [
        f"    {acme}/research.available  -15 -> 45 USD",
        f"    {acme}/research/scout.available  +15 -> 15 USD",
    ]
    assert "OrganizationCreated" in first


def test_entries__refused(ask, acme):
    """A refusal that was bound says which rule it was, also where no partition is concerned."""
    stranger = "019ab000-0000-7000-8000-000000000000"
    ask("allocate", f"{acme}/nowhere", "1 USD", code=1)
    ask("release", acme, stranger, code=1)

    refused = ask("entries", acme, "--limit", "2").out.splitlines()

    assert refused[0].endswith(f"RequestRefused  {acme}/nowhere  PARTITION_NOT_FOUND  local")
    assert refused[1].endswith(f"RequestRefused  RESERVATION_NOT_FOUND  local  reservation {stranger}")


def test_entries__about(ask, acme):
    """What an entry is about can be looked up: who was refused and for which tool, which escalation, which work."""
    team, scout = f"{acme}/research", f"{acme}/research/scout"
    ask("tools", "rules", "set", team, "--deny", "web_*")
    ask("reserve", scout, "1 USD", "--tool", "web_mail", code=1)
    number = ask("escalations", "request", scout, "2 USD", "--json").document["escalation_id"]
    ask("escalations", "deny", acme, str(number), "--note", "not today")
    ask("claims", "assign", team, "report", scout)

    refused, _, denied, assigned = ask("entries", acme, "--limit", "4").out.splitlines()

    assert refused.endswith(f"RefusalsNoted  {team}  TOOL_NOT_ALLOWED  local  last asked by {scout}  for web_mail")
    assert denied.endswith(f"EscalationDenied  {scout}  local  escalation {number}  note='not today'")
    assert assigned.endswith(f"WorkAssigned  {scout}  local  'report'")


def test_entry_lines__refusals_counted():
    """How many were refused since the last one, where it stands for more than itself."""
    event = '{"path": "acme", "reason": "CAP_REACHED", "asked_path": "acme/bot", "cap_id": 9, "count": 41}'
    entry = Entry(7, datetime(2026, 4, 1, tzinfo=UTC), "RefusalsNoted", 1, "ada", "", event, {}, (), b"")

    assert entry_lines(entry, {}) == [
        "7  2026-04-01 00:00:00Z  RefusalsNoted  acme  CAP_REACHED  ada  last asked by acme/bot  cap 9  for 41 refusals"
    ]


def test_entries__reason(ask, acme):
    """Why somebody asked is shown as it was typed, not as what the journal seals in its place."""
    ask("escalations", "request", f"{acme}/research/scout", "1 USD", "--reason", "more sources")

    (line,) = ask("entries", acme, "--limit", "1").out.splitlines()

    assert line.endswith(f"EscalationRequested  {acme}/research/scout  local  1 USD  reason='more sources'")


def test_entries__filters(ask, acme):
    """By kind and partition; a program gets everything, digests too."""
    ask("fund", acme, "1 USD", "--note", "April")

    document = ask("entries", acme, "--kind", "Funded", "--json").document

    assert [one["position"] for one in document["entries"]] == [4, 5, 8]
    assert document["entries"][2]["texts"] == {"note": "April"}
    assert "note='April'" in ask("entries", acme, "--kind", "Funded").out
    assert len(ask("entries", acme, "--partition", f"{acme}/research", "--json").document["entries"]) == 4
    assert ask("entries", acme, "--from", "99").out == "no such entry\n"
    assert ask("entries", acme, "--from", "0", code=2).err
    assert ask("entries", "nobody", code=1).err


def test_info(ask, address):
    """What the service is."""
    assert ask("info").out.startswith(f"tallystick 0.1.0 at {address}, up since ")
    assert ask("info", "--json").document["backend"] == "memory"
