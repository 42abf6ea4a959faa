import threading
import time

import pytest

from tallystick import Client


@pytest.fixture
def coordinator(address, acme):
    """Decides the next escalation of the organization, in the background, as it is told."""
    threads = []

    def decide(how, **given):
        def work():
            with Client(address) as client:
                for one in client.pending_escalations(acme, timeout=10):
                    getattr(client, how)(one, **given)
                    return

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield decide
    for thread in threads:
        thread.join()


def test_escalate__not_needed(ask, acme):
    """Where the budget covers it nobody is asked."""
    held = ask("reserve", f"{acme}/research/scout", "5 USD", "--escalate")

    assert held.out.startswith(f"held 5 USD on {acme}/research/scout; 10 USD still available")
    assert ask("escalations", "list", acme).out == "none\n"


def test_escalate__approved(ask, acme, coordinator):
    """What is missing is asked for; approved, the hold is there."""
    coordinator("approve")

    held = ask("reserve", f"{acme}/research/scout", "20 USD", "--escalate", "--wait", "10", "--reason", "second source")

    assert held.out.startswith(f"held 20 USD on {acme}/research/scout; 0 USD still available")
    (one,) = ask("escalations", "list", acme, "--json").document["escalations"]
    assert (one["reason"], one["granted"]["amount"]) == ("second source", "5")


def test_escalate__denied(ask, acme, coordinator):
    """A denial is the refusal, with the number and state of what was asked."""
    coordinator("deny", note="not today")

    error = ask("reserve", f"{acme}/research/scout", "20 USD", "--escalate", "--wait", "10", "--json", code=1).error

    assert (error["reason"], error["escalation_state"]) == ("BUDGET_EXHAUSTED", "DENIED")
    assert "not today" in error["message"]
    assert ask("escalations", "show", acme, str(error["escalation_id"])).code == 0


def test_escalate__pending(ask, acme):
    """Nobody decides in time: the escalation waits still, and the request id finds the hold later."""
    began = time.monotonic()

    error = ask("reserve", f"{acme}/research/scout", "20 USD", "--escalate", "--wait", "0.2", "--json", code=1).error

    assert time.monotonic() - began < 5
    assert error["escalation_state"] == "PENDING"
    assert error["message"].endswith(f"; then repeat this with --request-id {error['request_id']}")
    ask("escalations", "approve", acme, str(error["escalation_id"]))
    repeated = ask("reserve", f"{acme}/research/scout", "20 USD", "--request-id", error["request_id"])
    assert repeated.out.startswith(f"held 20 USD on {acme}/research/scout")


def test_escalate__dry_run(ask, acme):
    """People are not asked for the sake of a dry run."""
    assert "leave it out of a dry run" in ask("reserve", acme, "1 USD", "--escalate", "--dry-run", code=2).err


def test_escalate__interrupted(ask, acme, monkeypatch):
    """Ctrl-C ends the wait and not the escalation, which is said."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("tallystick.escalating.wait_escalation", interrupt)

    said = ask("reserve", f"{acme}/research/scout", "20 USD", "--escalate", code=130).err

    assert f"is pending still: see `tallystick escalations list {acme}/research/scout --state pending`" in said
    (one,) = ask("escalations", "list", acme, "--state", "pending", "--json").document["escalations"]
    assert one["carries_reserve"]
