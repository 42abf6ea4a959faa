"""How long an approval takes to reach whoever waits for it.

Two clients of the SDK, as two processes would have them: the agent asks for more and waits; the coordinator approves.
The clock runs from before the approval is sent until the agent has its answer.
"""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import tallystick
from ledger.bench.books import Books, WindowWrong, check_books
from ledger.bench.ground import Target
from ledger.bench.h2load import percentile
from ledger.bench.messages import TEAM, UNIT, agent_path
from ledger.bench.windows import Figures
from tallystick import EscalationState

ESCALATIONS: Final = 40
"""In each window."""

AGENTS: Final = 10
PURSE: Final = 10**9
ASKED: Final = tallystick.Amount(UNIT, 10**6, 9)

AT_REST_SECONDS: Final = 0.03
"""How long the agent has been waiting, about, when the approval is sent; longer than asking takes."""

WAIT_SECONDS: Final = 60.0

_ENTRIES_EACH: Final = 2
"""What an escalation writes: the request and the approval."""


def measure(target: Target, organization: str) -> Figures:
    """Escalations one after the other, on new books.

    Raises:
        WindowWrong: One was not approved, the journal does not have them all, or the verifier has findings.
    """
    with Books(target.address) as books:
        books.make(organization, AGENTS, PURSE)
        seconds = _ask_and_approve(target.address, organization, books)
    entries = check_books(target.database_url, [organization])
    return figures_of(seconds) | {"verified_entries": entries}


def figures_of(seconds: Sequence[float]) -> Figures:
    """Median and spread of the times, in milliseconds."""
    took = sorted(1000 * one for one in seconds)
    return {
        "p50_ms": statistics.median(took),
        "p99_ms": percentile(took, 0.99),
        "low_ms": took[0],
        "high_ms": took[-1],
        "escalations": len(took),
    }


def _ask_and_approve(address: str, organization: str, books: Books) -> list[float]:
    took = []
    with (
        tallystick.Client(address) as agent,
        tallystick.Client(address) as coordinator,
        ThreadPoolExecutor(1) as thread,
    ):
        coordinator.fund(organization, tallystick.Amount(UNIT, ESCALATIONS * ASKED.parts, 9))
        coordinator.allocate(f"{organization}/{TEAM}", tallystick.Amount(UNIT, ESCALATIONS * ASKED.parts, 9))
        before = books.position(organization)
        for number in range(ESCALATIONS):
            asked = agent.request_escalation(agent_path(organization, number % AGENTS), ASKED, reason="one more source")

            def wait(asked: tallystick.Escalation = asked) -> tuple[tallystick.Escalation, float]:
                answer = agent.wait_escalation(asked, wait=WAIT_SECONDS)
                return answer, time.monotonic()

            waiting = thread.submit(wait)
            time.sleep(AT_REST_SECONDS)
            sent_at = time.monotonic()
            coordinator.approve(asked)
            answer, answered_at = waiting.result()
            if answer.state is not EscalationState.APPROVED:
                raise WindowWrong(f"an escalation was approved, and whoever asked was told {answer.state}")
            took.append(answered_at - sent_at)
        gained = books.settled_position(organization) - before
    if gained != _ENTRIES_EACH * ESCALATIONS:
        raise WindowWrong(f"{ESCALATIONS} escalations were approved, but the journal gained {gained} entries")
    return took
