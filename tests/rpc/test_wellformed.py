"""What passes at a glance obeys the rules of its proto, as protovalidate reads them."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protovalidate import Validator

from ledger.rpc.wellformed import surely
from tallystick.v1 import batch_pb2, reservations_pb2, types_pb2
from tests.rpc.world import new_id

RULES = Validator()
ID = new_id()

# Nearly right: what a rule's first or last letter, length or alphabet could be taken wrong in.
NAMES = st.sampled_from(
    ["", "acme", "a" * 63, "a" * 64, "-a", "A", "a.b_c-d", "a\n", "\na", "é", "acme/x", "/acme", "acme/", "a//b"]
)
PATHS = st.one_of(
    NAMES, st.lists(st.sampled_from(["a", "b0", "a" * 63, "", "X"]), min_size=1, max_size=18).map("/".join)
)
IDS = st.sampled_from(
    ["", ID, ID.upper(), ID + "\n", "\n" + ID, ID[:-1], ID + "0", ID[:14] + "4" + ID[15:], ID[:19] + "c" + ID[20:], "x"]
)
WORDS = st.sampled_from(["", "web_search", "a" * 100, "a" * 101, "ü", "a b", "a\n", "._:/@-"])
UNITS = st.sampled_from(["USD", "", "U" * 16, "U" * 17, "1", "_", "U-D", "USD\n", "u_1"])
PARTS = st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63), -(2**63) + 1])
AMOUNTS = st.one_of(
    st.just([types_pb2.Amount(unit="USD", parts=5)]),
    st.lists(st.builds(types_pb2.Amount, unit=UNITS, parts=PARTS), max_size=3),
    st.integers(15, 18).map(lambda count: [types_pb2.Amount(unit="USD", parts=1)] * count),
)
LABELS = st.sampled_from([{}, {"a": "b"}, {"A": "b"}, {"a": "v" * 101}])
TIMES = st.sampled_from(
    [
        None,
        (0, 0),
        (0, 1),
        (0, 1_000_000),
        (60, 0),
        (60, -1),
        (31_535_999, 999_999_999),
        (31_535_999, 2**31 - 1),
        (31_536_000, 1),
    ]
)
CLAIMS = st.sampled_from(
    [None, *(reservations_pb2.WorkClaim(scope=scope, key=key) for scope in ("", "acme", "A") for key in ("", "job"))]
)
FLAGS = st.booleans()


@st.composite
def reserves(draw: Any) -> reservations_pb2.ReserveRequest:
    """A Reserve that is right in most places."""
    message = reservations_pb2.ReserveRequest(
        partition=draw(PATHS),
        amounts=draw(AMOUNTS),
        request_id=draw(IDS),
        reservation_id=draw(IDS),
        tool=draw(WORDS),
        workflow_id=draw(WORDS),
        labels=draw(LABELS),
        validate_only=draw(FLAGS),
    )
    if (ttl := draw(TIMES)) is not None:
        message.ttl.seconds, message.ttl.nanos = ttl
    if (claim := draw(CLAIMS)) is not None:
        message.claim.CopyFrom(claim)
    return message


@st.composite
def commits(draw: Any) -> reservations_pb2.CommitRequest:
    """A Commit that is right in most places."""
    message = reservations_pb2.CommitRequest(
        organization=draw(NAMES),
        reservation_id=draw(IDS),
        request_id=draw(IDS),
        actual=draw(AMOUNTS),
        basis=draw(st.sampled_from([0, 1, 2, 3, -1])),
        confirm_implausible=draw(FLAGS),
        done=draw(FLAGS),
        result=draw(st.sampled_from(["", "r", "r" * 501])),
        done_ttl=draw(st.sampled_from([None, {"seconds": 0}, {"seconds": 60}])),
    )
    if (ttl := draw(TIMES)) is not None:
        message.done_ttl.seconds, message.done_ttl.nanos = ttl
    return message


@st.composite
def releases(draw: Any) -> reservations_pb2.ReleaseRequest:
    """A Release that is right in most places."""
    return reservations_pb2.ReleaseRequest(
        organization=draw(NAMES), reservation_id=draw(IDS), request_id=draw(IDS), validate_only=draw(FLAGS)
    )


RIGHT: dict[str, Any] = {
    "reserve": reservations_pb2.ReserveRequest(
        partition="acme/a", amounts=[types_pb2.Amount(unit="USD", parts=5)], request_id=ID
    ),
    "commit": reservations_pb2.CommitRequest(organization="acme", reservation_id=ID, request_id=ID),
    "release": reservations_pb2.ReleaseRequest(organization="acme", reservation_id=ID, request_id=ID),
}


@st.composite
def batches(draw: Any) -> batch_pb2.BatchExecuteRequest:
    """A batch that is right in most places, with an item now and then that is not."""
    items: list[Any] = [{name: message} for name, message in RIGHT.items()]
    odd = draw(
        st.sampled_from([None, "reserve", "commit", "release", "empty", "extend"]),
    )
    if odd == "empty":
        items.append(batch_pb2.BatchItem())
    elif odd == "extend":
        items.append(batch_pb2.BatchItem(extend=reservations_pb2.ExtendRequest(organization="acme")))
    elif odd is not None:
        made: Any = {"reserve": reserves, "commit": commits, "release": releases}[odd]
        items.append({odd: draw(made())})
    return batch_pb2.BatchExecuteRequest(
        organization=draw(NAMES),
        items=draw(st.sampled_from([items, items * 100, items * 170, []])),
        request_id=draw(IDS),
        atomic=draw(FLAGS),
    )


@settings(max_examples=400, deadline=None)
@given(st.one_of(reserves(), commits(), releases(), batches()))
def test_surely__breaks_no_rule(message):
    """Whatever passes at a glance breaks no rule."""
    if surely(message):
        assert RULES.collect_violations(message) == []


@pytest.mark.parametrize("name", RIGHT)
def test_surely__usual_requests(name):
    """The usual requests pass, alone and in a batch, otherwise nothing would be gained."""
    message = RIGHT[name]

    assert surely(message)
    assert surely(batch_pb2.BatchExecuteRequest(organization="acme", items=[{name: message}] * 50))


def test_surely__one_wrong_field():
    """One wrong field is enough not to pass, whichever it is."""
    wrong: list[Any] = []
    for name, message in RIGHT.items():
        for field in message.DESCRIPTOR.fields:
            if field.type == field.TYPE_STRING and not re.search("validate_only", field.name):
                copy = type(message)()
                copy.CopyFrom(message)
                setattr(copy, field.name, "\n")
                wrong.append((name, field.name, copy))

    assert len(wrong) == 12
    assert [(name, field) for name, field, copy in wrong if surely(copy)] == []
