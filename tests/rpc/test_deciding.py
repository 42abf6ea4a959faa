from typing import Any

import pytest

from ledger.core.commands import Release, Request
from ledger.core.faults import StorageUnavailable
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.rpc.deciding import Decider
from ledger.rpc.problems import Circumstances, Refused

REQUEST = Request("acme", "local", "id", b"", Release("r"))


class Stub:
    """Says what it is told to, and counts what it is asked."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[str] = []

    async def submit(self, request: Request) -> Any:
        return self.outcomes[0]

    async def submit_all(self, requests: Any) -> Any:
        return self.outcomes

    async def read(self, organization: str, question: Any, min_position: int = 0) -> Any:
        self.asked.append("book")
        raise StorageUnavailable

    async def reservation(self, organization: str, reservation_id: str) -> Any:
        self.asked.append("reservation")


def _decider(stub: Any) -> Decider:
    return Decider(stub, stub)


async def test_decide__what_took_effect():
    """What took effect is returned, what was refused is raised."""
    accepted = Accepted(())

    assert await _decider(Stub(accepted)).decide(REQUEST) is accepted
    with pytest.raises(Refused, match="UNIT_UNKNOWN"):
        await _decider(Stub(Rejected(Reason.UNIT_UNKNOWN))).decide(REQUEST)


async def test_refusal__reads_only_what_it_needs():
    """A refusal without numbers and without a reservation costs no reading."""
    stub = Stub()

    await _decider(stub).refusal("acme", Rejected(Reason.PARTITION_NOT_FOUND, "acme/x"))

    assert stub.asked == []


async def test_refusal__stands_when_reading_fails():
    """The refusal is the answer, also when what stands beside it cannot be read."""
    stub = Stub()

    refused = await _decider(stub).refusal("acme", Rejected(Reason.BUDGET_EXHAUSTED, "acme", "USD", 5, 3))

    assert (refused.circumstances, stub.asked) == (Circumstances(), ["book"])


async def test_decide_all__each_for_itself():
    """Each request has its own outcome; a bug is one too."""
    bug = ValueError("bug")
    stub = Stub(Accepted(()), Rejected(Reason.UNIT_UNKNOWN), StorageUnavailable(), bug)

    found = await _decider(stub).decide_all([REQUEST] * 4)

    assert [type(one) for one in found] == [Accepted, Refused, StorageUnavailable, ValueError]


async def test_decide_all__one_reading_for_all_refusals():
    """However many items are refused, the book is read once."""
    exhausted = Rejected(Reason.BUDGET_EXHAUSTED, "acme", "USD", 5, 3)
    stub = Stub(exhausted, exhausted, exhausted)

    found = await _decider(stub).decide_all([REQUEST] * 3)

    assert ([type(one) for one in found], stub.asked) == ([Refused] * 3, ["book"])
