def test_pause_and_resume(ask, acme, held):
    """Admission stops in the subtree, settlement goes on; the tree and the partition show it."""
    team, scout, open_hold = f"{acme}/research", f"{acme}/research/scout", held("2 USD")

    assert ask("pause", team, "--note", "too fast").out == f"paused {team} and all below it\n"

    refused = ask("reserve", scout, "1 USD", code=1).err
    assert refused.startswith(f"tallystick: refused, PARTITION_PAUSED: {team}: is paused by local since 20")
    assert "because: too fast; coordinators of" in refused
    told = ask("reserve", scout, "1 USD", "--json", code=1).error
    assert (told["partition"], told["pause_principal"], told["pause_note"]) == (team, "local", "too fast")
    assert told["pause_time"].endswith("Z")
    assert ask("commit", acme, open_hold, "1 USD").code == 0
    assert "paused   by local at 20" in ask("partition", "show", team).out
    assert ask("partition", "show", team).out.endswith(": too fast\n")
    assert ask("partition", "show", scout).out.splitlines()[-1] == f"paused   with {team}"
    tree = ask("tree", acme, "--unit", "USD", "--ascii").out
    assert "P research" in tree
    assert "P scout" in tree
    assert tree.splitlines()[-1].endswith("P paused")
    assert f"{scout}  agent  PAUSED" in ask("partition", "list", acme).out

    assert ask("resume", team).out == f"resumed {team}\n"
    assert ask("reserve", scout, "1 USD").code == 0
    assert "paused" not in ask("tree", acme, "--ascii").out


def test_pause__repeated(ask, acme):
    """Neither is refused where it changes nothing, and both say so."""
    team, scout = f"{acme}/research", f"{acme}/research/scout"

    assert ask("resume", team).out == f"{team} was not paused\n"
    ask("pause", team)
    assert ask("pause", team).out.endswith("; it was paused before, and has the new note and author\n")
    ask("pause", scout)
    assert ask("resume", scout).out == f"resumed {scout}; {team} is paused still, and so is all below it\n"
    assert ask("resume", team, "--json").document["paused"] is False


def test_pause__dry_run(ask, acme):
    """A dry run stops nobody."""
    assert ask("pause", acme, "--dry-run").out == f"would pause {acme} and all below it\n"
    assert ask("reserve", f"{acme}/research/scout", "1 USD").code == 0
    assert ask("pause", f"{acme}/none", "--json", code=1).error["reason"] == "PARTITION_NOT_FOUND"
