import pytest

from ledger.cli.problems import Complaint
from ledger.cli.reservations import read_labels


def test_reserve(ask, acme):
    """A hold says what is left, until when it holds, and how to settle it."""
    out = ask("reserve", f"{acme}/research/scout", "12", "USD", "--ttl", "30", "--tool", "search", "--label", "a=b").out

    first, second, third = out.splitlines()
    reservation = second.split()[1].rstrip(",")
    assert first == f"held 12 USD on {acme}/research/scout; 3 USD still available"
    assert third == f"settle it with: tallystick commit {acme} {reservation} AMOUNT"


def test_reserve__refused(ask, acme, held):
    """The classic: 15 available, 12 held, another 12 are refused, with numbers and whom to ask."""
    held()

    people = ask("reserve", f"{acme}/research/scout", "12 USD", code=1)
    program = ask("reserve", f"{acme}/research/scout", "12 USD", "--json", code=1)

    assert people.err.startswith(f"tallystick: refused, BUDGET_EXHAUSTED: {acme}/research/scout: 3 of 12 USD available")
    assert (people.out, program.out) == ("", "")
    error = program.error
    assert (error["reason"], error["exit_code"], error["ask"]) == ("BUDGET_EXHAUSTED", 1, f"{acme}/research")
    assert (error["needed"], error["available"]) == ({"unit": "USD", "amount": "12"}, {"unit": "USD", "amount": "3"})


def test_commit(ask, acme, held):
    """The whole cost, or nothing said: what is held is the cost."""
    stated, whole = held("2 USD"), held("3 USD")

    assert ask("commit", acme, stated, "1.5", "USD", "--basis", "measured").out == (
        f"reservation {stated} COMMITTED; 1.5 of 2 USD spent; 10.5 USD available\n"
    )
    assert ask("commit", acme, whole, "--json").document["basis"] == "ESTIMATED"
    assert ask("commit", acme, whole, "1 USD", "--json", code=1).error["reason"] == "RESERVATION_RESOLVED"


def test_settling__rounded(ask, acme, held):
    """Every verb that takes an amount says when it was rounded up."""
    fine, agent = "0.5000000001 tokens 1.0000000001 USD", f"{acme}/research/scout"
    ask("allocate", f"{acme}/research", "9 tokens")
    ask("allocate", agent, "9 tokens")
    reservation = ask("reserve", agent, "1 tokens 2 USD", "--json").document["reservation_id"]

    said = [
        ask("reserve", agent, fine),
        ask("part", acme, reservation, fine),
        ask("commit", acme, reservation, "1.5 tokens 1.5000000001 USD"),
        ask("refund", acme, reservation, fine),
        ask("charge", agent, fine, "--confirm"),
    ]

    assert [one.err.count("is rounded up to") for one in said] == [2] * 5


def test_commit__implausible(ask, acme, held):
    """A total above 100 times the hold is refused unless it is meant."""
    reservation = held("0.01 USD")

    refused = ask("commit", acme, reservation, "5 USD", "--json", code=1)
    confirmed = ask("commit", acme, reservation, "5 USD", "--confirm")

    assert refused.error["reason"] == "ACTUAL_IMPLAUSIBLE"
    assert "5 of 0.01 USD spent (4.99 overrun)" in confirmed.out


def test_part_extend_release(ask, acme, held):
    """A part leaves the hold open; an extension moves its end; a release gives the rest back."""
    reservation = held("5 USD")

    assert ask("part", acme, reservation, "2 USD").out == (
        f"reservation {reservation} OPEN; 2 of 5 USD spent (3 still held)\n"
    )
    assert ask("extend", acme, reservation, "--for", "600").out.startswith(f"reservation {reservation} holds until 20")
    assert "cut to the longest life" in ask("extend", acme, reservation, "--for", "9999").out
    assert ask("extend", acme, reservation, "--for", "60", "--json").document["cut"] is False
    assert "RELEASED; 2 of 5 USD spent; 13 USD available" in ask("release", acme, reservation).out
    assert ask("release", acme, reservation, "--json", code=1).error["reservation_state"] == "RELEASED"


def test_expire_and_late(ask, acme, held):
    """A hold that was ended early is committed late all the same."""
    reservation = held("5 USD")

    assert "EXPIRED" in ask("expire", acme, reservation, "--note", "stuck").out
    assert (
        "COMMITTED_LATE; 4 of 5 USD spent (4 late); 11 USD available" in ask("commit", acme, reservation, "4 USD").out
    )
    assert ask("expire", acme, reservation, "--json", code=1).error["reason"] == "RESERVATION_RESOLVED"


def test_charge_and_refund(ask, acme, held):
    """A charge may leave a debt; a refund gives back."""
    reservation = held("5 USD")
    ask("commit", acme, reservation, "5 USD")

    charged = ask("charge", f"{acme}/research/scout", "12 USD", "--reservation", reservation, "--note", "invoice")
    refunded = ask("refund", acme, reservation, "1 USD")

    assert charged.out == f"charged 12 USD to {acme}/research/scout; -2 USD available\n"
    assert "16 of 5 USD spent (12 charged later, 1 refunded); -1 USD available" in refunded.out
    assert ask("charge", f"{acme}/research", "1 USD", "--dry-run").out.startswith("would charge 1 USD")
    assert ask("refund", acme, reservation, "99 USD", "--json", code=1).error["reason"] == "REFUND_EXCEEDS_CHARGED"


@pytest.mark.parametrize("verb", ["commit", "part", "release", "extend", "expire", "refund"])
def test_settling__bad_input(verb, ask, acme):
    """An id that is none is a usage error; one that nobody has is refused."""
    more = {"part": ["1 USD"], "extend": ["--for", "5"], "refund": ["1 USD"]}.get(verb, [])
    unknown = "01900000-0000-7000-8000-000000000000"

    assert ask(verb, acme, "no-id", *more, "--json", code=2).error["reason"] == "INVALID_REQUEST"
    assert ask(verb, acme, unknown, *more, "--json", code=1).error["reason"] == "RESERVATION_NOT_FOUND"


@pytest.mark.parametrize("ttl", ["nan", "inf", "1e20"])
def test_reserve__no_length_of_time(ttl, ask, acme):
    """A number that is no length of time is said to be none."""
    assert (
        "is no length of time in seconds" in ask("reserve", f"{acme}/research/scout", "1 USD", "--ttl", ttl, code=2).err
    )


@pytest.mark.parametrize(
    "words",
    [
        ["reserve", "acme/a"],
        ["reserve", "acme/a", "x USD"],
        ["reserve", "acme/a", "1 USD", "--ttl", "soon"],
        ["reserve", "acme/a", "1 USD", "--wait", "5"],
        ["reserve", "acme/a", "1 USD", "--reason", "more"],
        ["reserve", "acme/a", "1 USD", "--label", "novalue"],
        ["commit", "acme", "id", "1 USD", "--basis", "guess"],
        ["extend", "acme", "id"],
        ["extend", "acme", "id", "--for", "-1"],
        ["charge", "acme/a"],
    ],
)
def test_verbs__misuse(words, ask):
    """What can be seen to be wrong is said without asking the service."""
    error = ask(*words, "--json", code=2).error

    assert error["reason"] == "USAGE"


def test_read_labels():
    """Labels are key=value; a value may have more of the sign."""
    assert read_labels(["a=b", "c=d=e"]) == {"a": "b", "c": "d=e"}
    with pytest.raises(Complaint):
        read_labels(["a"])
