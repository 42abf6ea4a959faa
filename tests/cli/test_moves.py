import pytest


def test_moves(ask, acme):
    """Each move says what moved and what both sides have then."""
    team, agent = f"{acme}/research", f"{acme}/research/scout"

    assert ask("fund", acme, "1.5", "USD").out == f"moved 1.5 USD to {acme} (now 41.5 USD available)\n"
    assert ask("defund", acme, "0.5USD").out == f"moved 0.5 USD from {acme} (41 USD left)\n"
    assert ask("allocate", agent, "5 USD", "--note", "more").out == (
        f"moved 5 USD from {team} (40 USD left) to {agent} (now 20 USD available)\n"
    )
    assert ask("reclaim", agent, "5", "USD").out == (
        f"moved 5 USD from {agent} (15 USD left) to {team} (now 45 USD available)\n"
    )


def test_moves__json(ask, acme):
    """Amounts are decimal strings in whole units."""
    moved = ask("--json", "fund", acme, "0.000000001", "USD").document

    assert moved["amount"] == {"unit": "USD", "amount": "0.000000001"}
    assert moved["to_available"] == {"unit": "USD", "amount": "40.000000001"}
    assert moved["receipt"]["position"] == 8


def test_moves__rounded(ask, acme):
    """An amount that is finer than its unit is rounded up, which is said; exact ones are not mentioned."""
    fine, exact = ask("fund", acme, "0.0000000001", "USD"), ask("fund", acme, "0.1 USD")

    assert fine.err == "0.0000000001 USD is rounded up to 0.000000001 USD: USD has 9 decimal places\n"
    assert exact.err == ""
    assert ask("fund", acme, "0.0000000001 USD", "--json").err == ""


def test_moves__dry_run_and_repeat(ask, acme):
    """A dry run moves nothing; a repeat under the same request id moves once."""
    words = ("fund", acme, "1 USD", "--request-id", ask("fund", acme, "1 USD", "--dry-run", "--json") and _uuid7())

    first, second = ask(*words), ask(*words)

    assert (first.out.split()[0], second.out.split()[:2]) == ("moved", ["had", "moved"])
    assert "now 41 USD available" in second.out


def _uuid7():
    from tallystick import uuid7

    return uuid7()


@pytest.mark.parametrize("verb", ["fund", "defund", "allocate", "reclaim"])
def test_moves__bad_input(verb, ask, acme):
    """No amount, two amounts, an unknown unit, a malformed path, too much: each is one sentence and the right code."""
    path = acme if verb in {"fund", "defund"} else f"{acme}/research"
    reasons = {
        ask(verb, path, *words, "--json", code=code).error["reason"]
        for code, words in ((2, ["USD"]), (2, ["1 USD 2 tokens"]), (2, ["1"]), (1, ["1 EUR"]), (2, ["0 USD"]))
    }

    assert reasons == {"USAGE", "UNIT_UNKNOWN", "INVALID_REQUEST"}
    assert "\n" not in ask(verb, "No Such Path", "1 USD", code=2).err.rstrip("\n")
    if verb != "fund":
        assert ask(verb, path, "9999 USD", "--json", code=1).error["reason"] == "BUDGET_EXHAUSTED"
