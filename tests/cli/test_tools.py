def test_catalogue(ask, acme):
    """A tool has an estimate, which a reservation without amounts holds; what is not said stays."""
    put = ask("tools", "set", acme, "search", "0.5 USD")
    disabled = ask("tools", "set", acme, "search", "--disabled")
    ask("tools", "set", acme, "search", "--enabled")
    held = ask("reserve", f"{acme}/research/scout", "--tool", "search")

    assert put.out == "set search: 0.5 USD, enabled\n"
    assert disabled.out == "set search: 0.5 USD, disabled\n"
    assert held.out.startswith(f"held 0.5 USD on {acme}/research/scout")
    assert ask("tools", "list", acme).out.splitlines() == ["tool    estimate", "search  0.5 USD"]
    assert ask("tools", "list", acme, "--json").document["tools"][0]["estimate"] == [{"unit": "USD", "amount": "0.5"}]


def test_catalogue__disabled(ask, acme):
    """A tool that is disabled is refused everywhere, and without an estimate amounts must be given."""
    scout = f"{acme}/research/scout"
    ask("tools", "set", acme, "search", "0.5 USD", "--disabled")

    assert ask("reserve", scout, "--tool", "search", "--json", code=1).error["reason"] == "TOOL_NOT_ALLOWED"
    ask("tools", "set", acme, "search", "--no-estimate", "--enabled")
    assert ask("reserve", scout, "--tool", "search", "--json", code=1).error["reason"] == "ESTIMATE_UNKNOWN"
    assert ask("tools", "set", acme, "search", "1 USD", "--no-estimate", code=2).err


def test_delete(ask, acme):
    """What is removed is not in the catalogue; it cannot be removed again, or in an old version."""
    etag = ask("tools", "set", acme, "search", "--json").document["etag"]
    ask("tools", "set", acme, "search", "1 USD")

    assert ask("tools", "delete", acme, "search", "--etag", etag, "--json", code=1).error["reason"] == "ETAG_MISMATCH"
    assert ask("tools", "delete", acme, "search").out == f"removed search from the catalogue of {acme}\n"
    assert ask("tools", "delete", acme, "search", "--json", code=1).error["reason"] == "TOOL_NOT_FOUND"
    assert ask("tools", "list", acme).out == "none\n"


def test_rules(ask, acme):
    """A list that is not mentioned stays; what a list forbids is refused below it."""
    team, scout = f"{acme}/research", f"{acme}/research/scout"

    first = ask("tools", "rules", "set", team, "--allow", "search", "--allow", "read_*")
    second = ask("tools", "rules", "set", team, "--deny", "read_mail")

    assert first.out == f"set {team}: allowed search read_*; denied none\n"
    assert second.out == f"set {team}: allowed search read_*; denied read_mail\n"
    shown = ask("tools", "rules", "show", scout).out.splitlines()
    assert [line.split() for line in shown[1:]] == [
        [team, "search", "read_*", "read_mail"],
        [scout, "any", "none"],
    ]
    for tool in ("read_mail", "write"):
        refused = ask("reserve", scout, "1 USD", "--tool", tool, "--json", code=1).error
        assert (refused["reason"], refused["partition"]) == ("TOOL_NOT_ALLOWED", team)
    assert ask("reserve", scout, "1 USD", "--tool", "read_web").code == 0


def test_rules__misuse(ask, acme):
    """Nothing said, or both of what excludes each other."""
    for words in ([], ["--allow", "x", "--allow-any"], ["--deny", "x", "--deny-none"]):
        assert ask("tools", "rules", "set", acme, *words, code=2).err
    assert ask("tools", "rules", "set", acme, "--allow-any", "--deny-none").out == (
        f"set {acme}: allowed any; denied none\n"
    )
