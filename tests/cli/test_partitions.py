from ledger.cli.partitions import balances


def test_create(ask, acme):
    """A team or an agent; an agent has no children."""
    made = ask("partition", "create", f"{acme}/ops", "--team")

    assert made.out == f"created team {acme}/ops; it has nothing until it is allocated something\n"
    assert ask("partition", "create", f"{acme}/ops/x", "--json").document["kind"] == "AGENT"
    assert ask("partition", "create", f"{acme}/ops/x/y", "--json", code=1).error["reason"] == "PARENT_IS_AGENT"
    assert ask("partition", "create", f"{acme}/ops/x", code=1).err.startswith("tallystick: refused, PARTITION_EXISTS")
    assert ask("partition", "create", f"{acme}/Ops", code=2).err


def test_list_and_show(ask, acme):
    """Own balances in the list, own and subtree when shown."""
    assert ask("partition", "list", acme, "--levels", "1").out.splitlines() == [
        f"{acme}  organization  40 USD available, 0 reserved, 0 spent; 500 tokens available, 0 reserved, 0 spent",
        f"{acme}/research  team  45 USD available, 0 reserved, 0 spent",
    ]
    shown = ask("partition", "show", f"{acme}/research")
    assert "own      45 USD available" in shown.out
    assert "subtree  60 USD available" in shown.out
    document = ask("partition", "list", acme, "--json").document
    assert [one["path"] for one in document["partitions"]] == [acme, f"{acme}/research", f"{acme}/research/scout"]
    assert document["partitions"][2]["own"]["USD"]["available"] == "15"
    assert ask("partition", "show", f"{acme}/none", "--json", code=1).error["reason"] == "PARTITION_NOT_FOUND"
    assert ask("partition", "list", f"{acme}/none", code=1).err


def test_close(ask, acme, held):
    """A close sweeps what is available; open children and open holds are said."""
    held()
    team = f"{acme}/research"

    refused = ask("partition", "close", team, code=1)
    closed = ask("partition", "close", team, "--cascade", "--note", "over")

    assert "CHILDREN_OPEN" in refused.err
    assert closed.out.splitlines() == [
        f"closed {team}/scout; 3 USD went up, holds are still open",
        f"closed {team}; 48 USD went up",
    ]
    assert f"{team}/scout  agent  CLOSING" in ask("partition", "list", acme, "--closed").out
    assert team not in ask("partition", "list", acme).out


def test_balances__nothing():
    """A partition that no unit ever touched has nothing."""
    assert balances({}) == "nothing"


def test_watch(ask, acme):
    """The mark is set and taken off, and shown; a dry run says what would be."""
    scout = f"{acme}/research/scout"

    would = ask("partition", "watch", scout, "--dry-run")
    assert "watched" not in ask("partition", "show", scout).out
    done = ask("partition", "watch", scout)
    shown = ask("partition", "show", scout).out
    off = ask("partition", "watch", scout, "--off")

    assert (would.out, done.out) == (f"{scout} would be watched\n", f"{scout} is watched\n")
    assert "watched  its alerts page" in shown
    assert off.out == f"{scout} is not watched any more\n"
    assert ask("partition", "watch", f"{acme}/none", "--json", code=1).error["reason"] == "PARTITION_NOT_FOUND"
