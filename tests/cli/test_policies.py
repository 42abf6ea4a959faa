BOUNDS = ("--request-max", "5 USD", "--window-max", "8 USD")


def test_policies(ask, acme):
    """A policy approves at once what it covers; what is not said stays as it was."""
    team, scout = f"{acme}/research", f"{acme}/research/scout"

    made = ask("policies", "set", team, "--request-max", "5 USD", "--window-max", "8 USD", "--floor", "10 USD")
    changed = ask("policies", "set", team, "--request-max", "4 USD", "--window-max", "8 USD", "--period", "week")
    asked = ask("escalations", "request", scout, "3 USD")

    assert made.out == (f"set {team}: approves up to 5 USD at once and 8 USD in a day, while 10 USD stays available\n")
    assert changed.out == (
        f"set {team}: approves up to 4 USD at once and 8 USD in a week, while 10 USD stays available\n"
    )
    assert "8 USD in an hour" in ask("policies", "set", team, *BOUNDS, "--period", "hour", "--dry-run").out
    assert f"granted 3 USD from {team} by the policy of {team}" in asked.out
    row = ask("policies", "list", acme).out.splitlines()[1].split()
    assert row[:9] == [team, "4", "USD", "week", "8", "USD", "10", "USD", "3"]


def test_policies__etag(ask, acme):
    """A policy that somebody changed meanwhile is not overwritten; one that is not there cannot be deleted."""
    words = ("policies", "set", acme, "--request-max", "5 USD", "--window-max", "8 USD")
    etag = ask(*words, "--json").document["etag"]
    ask(*words)

    assert ask(*words, "--etag", etag, "--json", code=1).error["reason"] == "ETAG_MISMATCH"
    assert ask("policies", "delete", acme, "USD").out == f"deleted the policy of {acme} for USD\n"
    assert ask("policies", "delete", acme, "USD", "--json", code=1).error["reason"] == "POLICY_NOT_FOUND"
    assert ask("policies", "list", acme).out == "none\n"


def test_policies__misuse(ask, acme):
    """Both bounds are needed, of one unit."""
    assert ask("policies", "set", acme, "--request-max", "5 USD", code=2).err
    assert ask("policies", "set", acme, "--request-max", "5 USD", "--window-max", "8 tokens", code=2).err
    assert "at most window_max" in ask("policies", "set", acme, "--request-max", "9 USD", *BOUNDS[2:], code=2).err


def test_policies__of_an_agent(ask, acme):
    """An agent decides nothing, so that a policy of it would never apply."""
    refused = ask("policies", "set", f"{acme}/research/scout", *BOUNDS, "--json", code=1).error

    assert refused["reason"] == "PARENT_IS_AGENT"
    assert refused["message"].endswith("decides no escalations; set the policy on a partition above it")
