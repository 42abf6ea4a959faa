"""What counting adds to a command: beside it, next to nothing."""

from typing import Any, Final

from ledger.core.events import ReservationCommitted
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted
from ledger.core.reservations import Basis, ReservationState
from ledger.observe.work import CountedCalls, Work
from tests.costs.bounds import Figures, counting
from tests.costs.test_rpc import CALLS as OF_RPC
from tests.costs.world import BATCH

CALLS: Final = Figures("calls of functions", {"a call": 11, "a batch": 32, "a command of a batch": 4})
"""Calls of Python's functions and of C's, on Python 3.11."""

SHARE: Final = 0.06
"""What part of a Reserve's own calls counting may add; they are short ones, worth a hundredth of its time."""


def test_counting__a_call_and_a_batch():
    """Counting a call, and a batch with what is in it, takes few calls of functions, however many labels there are."""
    work = Work("memory")
    calls = CountedCalls("info", work)
    for method in ("Commit", "Release", "Charge", "Reserve"):
        calls.answered(method, None, 0.001)
    event = ReservationCommitted("r", 1, "acme/a", ReservationState.COMMITTED, (), (), Basis.MEASURED)
    entries = [Entry(1, 1, "ann", "", b"", 0, event, ())] * BATCH
    outcomes: list[Any] = [Accepted(())] * BATCH

    with counting() as of_calls:
        for _ in range(BATCH):
            calls.answered("Reserve", None, 0.001)
    with counting() as of_one:
        work.appended(outcomes[:1], 0.001, entries[:1])
    with counting() as of_batch:
        work.appended(outcomes, 0.001, entries)

    call, one = of_calls.total() / BATCH, of_one.total()
    command = (of_batch.total() - one) / (BATCH - 1)
    CALLS.check("a call", call)
    CALLS.check("a batch", one)
    CALLS.check("a command of a batch", command)
    assert call + one / BATCH + command < SHARE * OF_RPC.of["Reserve"]
