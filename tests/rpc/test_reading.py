import pytest
from google.protobuf.wrappers_pb2 import StringValue

from ledger.core.faults import PositionNotReached
from ledger.rpc.problems import Refused
from ledger.rpc.reading import PAGE_BYTES_MAX, page, patiently, reached


async def test_patiently__until_it_is_there():
    """An answer that is too early is asked for again."""
    asked = []

    async def attempt() -> str:
        asked.append(1)
        if len(asked) < 4:
            raise PositionNotReached
        return "there"

    assert await patiently(attempt, 5) == "there"
    assert len(asked) == 4


async def test_patiently__in_time():
    """It gives up before the caller does, so that the caller is told."""

    async def attempt() -> str:
        raise PositionNotReached("the journal is at position 3")

    with pytest.raises(PositionNotReached, match="3"):
        await patiently(attempt, 0.1)


def test_reached():
    """Position 0 is an organization that does not exist; an earlier one is not late enough."""
    reached(5, 5, "acme")
    with pytest.raises(PositionNotReached, match="at position 4, not yet at 5"):
        reached(4, 5, "acme")
    with pytest.raises(Refused, match="ORGANIZATION_NOT_FOUND"):
        reached(0, 0, "nobody")


def test_page__by_number_and_weight():
    """A page ends by number or by weight, and holds one item however heavy."""
    small, heavy = StringValue(value="x"), StringValue(value="x" * PAGE_BYTES_MAX)

    assert page([small] * 3, 3) == ([small] * 3, False)
    assert page([small] * 4, 3) == ([small] * 3, True)
    assert page([heavy, small], 3) == ([heavy], True)
    assert page([small, heavy], 3) == ([small], True)
    assert page([], 3) == ([], False)
