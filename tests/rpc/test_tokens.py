import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rpc.problems import PageTokenInvalid
from ledger.rpc.tokens import Place, place, token
from tallystick.v1 import partitions_pb2, reservations_pb2

LIST = reservations_pb2.ListReservationsRequest(partition="acme", tool="search")


def _with(request, given):
    again = type(request)()
    again.CopyFrom(request)
    again.page_token = given
    return again


def test_token__there_and_back():
    """A token says where to go on, whatever the size of the next page or the position it asks for."""
    request = _with(LIST, token(LIST, 42, 3))
    request.page_size, request.min_position = 7, 9

    assert place(request, int) == Place(42, 3)
    assert place(LIST, int) is None


def test_token__longest_path_fits():
    """A token for the longest path is no longer than the wire takes."""
    request = partitions_pb2.ListPartitionsRequest(partition="a")
    path = "/".join(["n" * 63] * 16)

    made = token(request, path, 2**63 - 1)

    assert len(made) <= 2048
    assert place(_with(request, made), str) == Place(path, 2**63 - 1)


def test_check__incarnation():
    """A token of an incarnation that has ended is refused."""
    Place(1, 3).check(3)
    Place(1).check(3)
    with pytest.raises(PageTokenInvalid):
        Place(1, 2).check(3)


@pytest.mark.parametrize("change", [{"tool": "x"}, {"partition": "acme/x"}, {"states": ["RESERVATION_STATE_OPEN"]}])
def test_token__another_filter(change):
    """A token of another filter is refused."""
    other = _with(LIST, token(LIST, 42))
    for name, value in change.items():
        if name == "states":
            other.states.extend(value)
        else:
            setattr(other, name, value)

    with pytest.raises(PageTokenInvalid):
        place(other, int)


@pytest.mark.parametrize(
    "facts",
    [[1], [2, "FILTER", 0, 1], [1, "FILTER", 0, -1], [1, "FILTER", 0, 2**63], [1, "FILTER", 0, "x"], {}, 7, None],
)
def test_token__forged(facts):
    """What was not made here is refused, and never a bug."""
    honest = json.loads(base64.urlsafe_b64decode(token(LIST, 42) + "=="))
    if isinstance(facts, list):
        facts = [honest[1] if one == "FILTER" else one for one in facts]
    forged = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()

    with pytest.raises(PageTokenInvalid):
        place(_with(LIST, forged), int)


@pytest.mark.parametrize("after", ["", "\ud800", "a\0b", "Acme", "acme/", "acme/../b", 42])
def test_token__forged_path(after):
    """What is no path is refused here, before a database meets characters that it cannot store."""
    listing = partitions_pb2.ListPartitionsRequest(partition="acme")

    with pytest.raises(PageTokenInvalid):
        place(_with(listing, token(listing, after)), str)


@given(st.text(min_size=1, max_size=50))
def test_token__anything(text):
    """Whatever is given, the answer is that the token is not one."""
    with pytest.raises(PageTokenInvalid):
        place(_with(LIST, text), int)
