import json
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledger.cli.escalations import carried_said, escalation_lines
from tallystick import Amount, Client, Escalation, EscalationState

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
PENDING = Escalation(
    escalation_id=7,
    partition="acme/scout",
    state=EscalationState.PENDING,
    amount=Amount("USD", 10, 0),
    reason="second source",
    requested_by="ada",
    request_time=NOON,
    expire_time=NOON,
    decider="acme",
    decided_by="",
    decide_time=None,
    note="",
    granted=None,
    source="",
    policy="",
    grant_end_time=None,
    grant_left=None,
    grant_shortfall=None,
    reservation_id="",
    reserve_reason="",
    carries_reserve=False,
    reallocation=False,
    forwards=0,
)


@pytest.fixture
def asked(ask, acme):
    """Asks for 10 USD for the agent; the escalation's number."""

    def escalate(*words):
        made = ask("escalations", "request", f"{acme}/research/scout", "10 USD", *words, "--json").document
        return str(made["escalation_id"])

    return escalate


def test_request(ask, acme):
    """Whoever asks learns whom, under which number, and until when."""
    made = ask("escalations", "request", f"{acme}/research/scout", "10", "USD", "--reason", "more", "--ttl", "2h")

    assert made.out.startswith(f"asked {acme}/research for 10 USD: escalation ")
    assert ", until 20" in made.out
    dry = ask("escalations", "request", f"{acme}/research/scout", "10 USD", "--dry-run").out
    assert dry.startswith(f"would ask {acme}/research for 10 USD")
    assert ask("escalations", "request", acme, "1 USD", code=2).err
    assert ask("escalations", "request", f"{acme}/research", "1 USD", "--ttl", "soon", code=2).err


def test_list_and_show(ask, acme, asked):
    """By state and by who decides; one in full."""
    first, second = asked("--reason", "second source"), asked()
    ask("escalations", "cancel", acme, second)

    def listed(*words):
        found = ask("escalations", "list", acme, *words, "--json").document["escalations"]
        return [str(one["escalation_id"]) for one in found]

    assert listed() == [first, second]
    assert listed("--state", "pending") == [first]
    assert listed("--decider", acme) == []
    assert listed("--limit", "1") == [first]
    lines = ask("escalations", "list", acme).out.splitlines()
    assert lines[0].split() == ["escalation", "state", "partition", "asks", "for", "of", "until", "reason"]
    assert lines[1].split()[:6] == [first, "PENDING", f"{acme}/research/scout", "10", "USD", f"{acme}/research"]
    assert lines[1].endswith("second source")
    assert ask("escalations", "list", acme, "--state", "denied").out == "none\n"
    assert ask("escalations", "list", acme, "--state", "lost", code=2).err
    shown = ask("escalations", "show", acme, first).out.splitlines()
    assert shown[0] == f"escalation {first}  {acme}/research/scout  PENDING"
    assert ask("escalations", "show", acme, "999999", "--json", code=1).error["reason"] == "ESCALATION_NOT_FOUND"


def test_cancel(ask, acme, asked):
    """What is cancelled is asked no more, and cannot be decided."""
    number = asked()

    assert ask("escalations", "cancel", acme, number).out == (
        f"cancelled escalation {number}; {acme}/research/scout asks no more\n"
    )
    assert ask("escalations", "approve", acme, number, "--json", code=1).error["reason"] == "ESCALATION_DECIDED"


def test_wait(ask, acme, asked):
    """The exit code says whether there is more budget now: 0 approved, 1 anything else."""
    approved, pending = asked(), asked()
    ask("escalations", "approve", acme, approved)

    assert "APPROVED" in ask("escalations", "wait", acme, approved, "--for", "5").out
    assert "PENDING" in ask("escalations", "wait", acme, pending, "--for", "0.1", code=1).out


def test_watch(ask, acme, asked, address):
    """Those that there are, and those that come meanwhile, each once; with --json one document a line."""
    first = asked("--reason", "second source")

    def escalate_later():
        with Client(address) as client:
            client.request_escalation(f"{acme}/research/scout", "3 USD")

    later = threading.Timer(0.3, escalate_later)
    later.start()
    people = ask("escalations", "watch", acme, "--for", "2").out.splitlines()
    later.join()
    program = ask("escalations", "watch", acme, "--for", "0.1", "--json").out.splitlines()

    assert people[0].startswith(f"escalation {first}  {acme}/research/scout asks {acme}/research for 10 USD, until 20")
    assert people[0].endswith(": second source")
    assert people[1] == f"    decide it with: tallystick escalations approve {acme} {first}"
    assert "for 3 USD" in people[2]
    assert len(people) == 4
    assert [json.loads(line)["amount"]["amount"] for line in program] == ["10", "3"]


def test_escalation_lines__pending():
    """Who asks for what and why, and who decides until when."""
    assert escalation_lines(replace(PENDING, forwards=2)) == [
        "escalation 7  acme/scout  PENDING",
        "asked    10 USD by ada at 2026-04-01 12:00:00Z, to be decided until 2026-04-01 12:00:00Z",
        "reason   second source",
        "decider  acme, forwarded 2 times",
    ]
    assert "decider  acme, forwarded once" in escalation_lines(replace(PENDING, forwards=1))


def test_escalation_lines__approved():
    """What was given, by whom, from where, until when, and what became of the reservation."""
    approved = replace(
        PENDING,
        state=EscalationState.APPROVED,
        decided_by="bob",
        decide_time=NOON,
        note="fine",
        granted=Amount("USD", 8, 0),
        source="acme/writer",
        grant_end_time=NOON,
        grant_left=Amount("USD", 3, 0),
        grant_shortfall=Amount("USD", 1, 0),
        reservation_id="r1",
    )

    assert escalation_lines(approved)[4:] == [
        "decided  at 2026-04-01 12:00:00Z by bob: fine",
        "granted  8 USD from acme/writer",
        "until    2026-04-01 12:00:00Z; 3 USD of it left; 1 USD was not there to be given back",
        "carries  reservation r1, open for its requester",
    ]
    by_policy = replace(approved, policy="acme", reallocation=True)
    assert "decided  at 2026-04-01 12:00:00Z by the policy of acme: fine" in escalation_lines(by_policy)
    assert escalation_lines(by_policy)[0].startswith("reallocation 7")
    expired = replace(PENDING, state=EscalationState.EXPIRED, decide_time=NOON)
    assert escalation_lines(expired)[-1] == "expired  at 2026-04-01 12:00:00Z"
    over = replace(approved, grant_left=Amount("USD", 0, 0), grant_shortfall=Amount("USD", 0, 0))
    assert "until    2026-04-01 12:00:00Z; nothing of it left" in escalation_lines(over)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"carries_reserve": True}, "a reservation, to be decided with it"),
        ({"carries_reserve": True, "state": EscalationState.DENIED}, ""),
        ({"reserve_reason": "CAP_REACHED"}, "a reservation, which was refused all the same: CAP_REACHED"),
    ],
)
def test_carried_said(changes, said):
    """What became of a carried reservation."""
    assert carried_said(replace(PENDING, **changes)) == said


def test_list__harmless(ask, acme, asked):
    """Who asks cannot write lines or colours of their own for those who decide."""
    asked("--reason", "more\nescalation 9 approved\x1b[2J")

    lines = ask("escalations", "list", acme).out.splitlines()

    assert len(lines) == 2
    assert lines[1].endswith(r"more\nescalation 9 approved\x1b[2J")
