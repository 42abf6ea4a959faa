import pytest

from ledger.cli.changes import change_said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("caps", "create", "{acme}", "5 USD", "--period", "week", "--shadow"), "week, 5 USD (shadow)"),
        (("caps", "create", "{acme}", "5 USD", "--length", "24h", "--tool", "web*"), "for web*  any 1d, 5 USD"),
        (("caps", "create", "{acme}", "3", "--kind", "open-reservations"), "open reservations, 3"),
        (("tools", "set", "{acme}", "web", "0.01 USD", "7tokens"), "'web'  0.01 USD, 7 tokens"),
        (("tools", "set", "{acme}", "web", "--disabled"), "'web'  no estimate, disabled"),
        (("tools", "rules", "set", "{acme}", "--allow", "web_*"), "allowed web_*; denied none"),
        (
            ("policies", "set", "{acme}", "--request-max", "2 USD", "--window-max", "3 USD", "--floor", "9 USD"),
            "up to 2 USD at once, 3 USD in each day, keeps 9 USD",
        ),
        (("allowances", "set", "{acme}/research", "5 USD", "--period", "day"), "refill to 5 USD every day"),
        (("org", "update", "{acme}", "--life-max", "7200"), "'{acme}'  time zone UTC, longest hold 2h"),
    ],
)
def test_change_said(words, said, ask, acme):
    """What was set is in the list of entries, in the words of the command that set it."""
    ask(*(word.format(acme=acme) for word in words))

    assert ask("entries", acme, "--limit", "1").out.rstrip().endswith(f"  local  {said.format(acme=acme)}")


def test_change_said__gone(ask, acme):
    """What is changed or taken away is told with what it was."""
    cap = str(ask("caps", "create", acme, "5 USD", "--period", "day", "--json").document["cap_id"])
    bounds = ("--request-max", "2 USD", "--window-max", "3 USD")
    ask("caps", "update", acme, cap, "9 USD")
    ask("caps", "delete", acme, cap)
    ask("policies", "set", acme, *bounds)
    ask("policies", "delete", acme, "USD")

    updated, deleted, _, unset = ask("entries", acme, "--limit", "4").out.splitlines()

    assert [line.split("  local  ")[1] for line in (updated, deleted, unset)] == [
        f"cap {cap}  day, 9 USD",
        f"cap {cap}  day, 9 USD",
        "USD",
    ]


def test_change_said__role():
    """Who has which role now, or none any more."""
    assert change_said("RoleSet", {"holder": "ann", "role": "COORDINATOR"}, {}) == "ann: coordinator"
    assert change_said("Funded", {"path": "acme"}, {}) == ""
