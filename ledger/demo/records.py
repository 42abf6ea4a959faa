"""What a client process notes of each call: what it asked for, what it was told, and when."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One call as its caller saw it. Costs in nano-dollars; times on the machine's monotonic clock, in seconds.

    Attributes:
        number: Its place in the trace.
        agent: Index of the agent.
        refused: Why it was refused; empty where it was granted.
        held: What was held.
        asked_at: When the reserve was sent.
        answered_at: When its answer was there; from then on the hold is certainly in force.
        ends_at: Until when it certainly is: when its settlement was sent, or when it lapsed at the earliest.
        admitted: What the hold itself paid for; certainly taken from the budget from `ends_at` on.
        recorded: The whole cost that the ledger has taken, overrun and late cost included.
        replayed: How many answers said that they repeat an earlier one.
        operations: How many calls of the ledger were answered.
        reservation_id: Of the hold.
        asks: The caller asks for more where the budget does not cover the call; then it may have waited for a decision.
    """

    number: int
    agent: int
    refused: str = ""
    held: int = 0
    asked_at: float = 0.0
    answered_at: float = 0.0
    ends_at: float = 0.0
    admitted: int = 0
    recorded: int = 0
    replayed: int = 0
    operations: int = 1
    reservation_id: str = ""
    asks: bool = False
