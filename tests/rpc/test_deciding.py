from typing import Any

import pytest

from ledger.core.commands import Release, Request
from ledger.core.faults import StorageUnavailable
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.rpc.deciding import Decider
from ledger.rpc.problems import Refused

REQUEST = Request("acme", "local", "id", b"", Release("r"))


class Stub:
    """Says what it is told to."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)

    async def submit(self, request: Request) -> Any:
        return self.outcomes[0]

    def submit_unread(self, unread: Any) -> Any:
        raise AssertionError("nothing has to be read")

    async def submit_all(self, requests: Any) -> Any:
        return self.outcomes

    async def read(self, organization: str, question: Any, min_position: int = 0) -> Any:
        raise AssertionError("nothing has to be read")

    def until_written(self, organization: str, concerns: Any) -> Any:
        raise AssertionError("nobody waits")


async def test_decide__what_took_effect():
    """What took effect is returned, what was refused is raised."""
    accepted = Accepted(())

    assert await Decider(Stub(accepted)).decide(REQUEST) is accepted
    with pytest.raises(Refused, match="UNIT_UNKNOWN"):
        await Decider(Stub(Rejected(Reason.UNIT_UNKNOWN))).decide(REQUEST)


async def test_decide_all__each_for_itself():
    """Each request has its own outcome; a bug is one too."""
    bug = ValueError("bug")
    stub = Stub(Accepted(()), Rejected(Reason.UNIT_UNKNOWN), StorageUnavailable(), bug)

    found = await Decider(stub).decide_all([REQUEST] * 4)

    assert [type(one) for one in found] == [Accepted, Refused, StorageUnavailable, ValueError]
