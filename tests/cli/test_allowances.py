def test_allowances(ask, acme):
    """An allowance says what it gives and when next; what is not said stays as it was."""
    scout = f"{acme}/research/scout"

    made = ask("allowances", "set", scout, "20 USD", "--period", "week", "--week-start", "sunday").out
    changed = ask("allowances", "set", scout, "5 USD", "--mode", "add").out
    daily = ask("allowances", "set", scout, "5 USD", "--period", "day", "--dry-run").out

    assert made.startswith(f"set {scout}: refill to 20 USD every week from Sunday, next at 20")
    assert changed.startswith(f"set {scout}: 5 USD every week from Sunday, next at 20")
    assert daily.startswith(f"would set {scout}: 5 USD every day")
    listed = ask("allowances", "list", acme, "--json").document["allowances"]
    assert [(one["mode"], one["week_start"]) for one in listed] == [("ADD", "SUNDAY")]
    assert ask("allowances", "list", acme).out.splitlines()[1].split()[:5] == [scout, "5", "USD", "every", "week"]


def test_allowances__etag(ask, acme):
    """An allowance that somebody changed meanwhile is not overwritten; one that is not there cannot be ended."""
    scout = f"{acme}/research/scout"
    etag = ask("allowances", "set", scout, "20 USD", "--json").document["etag"]
    ask("allowances", "set", scout, "30 USD")

    stale = ask("allowances", "delete", scout, "USD", "--etag", etag, "--json", code=1).error
    ended = ask("allowances", "delete", scout, "USD")

    assert stale["reason"] == "ETAG_MISMATCH"
    assert ended.out == f"ended the allowance of {scout} for USD\n"
    assert ask("allowances", "delete", scout, "USD", "--json", code=1).error["reason"] == "ALLOWANCE_NOT_FOUND"
    assert ask("allowances", "list", acme).out == "none\n"
    assert ask("allowances", "set", scout, "1 EUR", "--json", code=1).error["reason"] == "UNIT_UNKNOWN"
