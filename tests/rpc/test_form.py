from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from ledger.rpc.form import Form
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.server import SERVICES
from tallystick.v1 import escalations_pb2, reservations_pb2, types_pb2
from tests.rpc import samples
from tests.rpc.samples import BATCH, GROUP, RESERVE, SAMPLES, method_of, spoilt
from tests.rpc.world import Failed, Wire

FORM = Form(1024 * 1024)


def read(form: Form, message_type: type[Any], data: bytes, *, strict: bool) -> Any:
    """A message from its bytes, as every call gets it."""
    message = form.decode(message_type, data)
    form.check(message, data, strict=strict)
    return message


def test_samples__are_complete():
    """There is a sample of every method, so that none is left out of the sweep; and each is well formed."""
    named = {method_of(sample.DESCRIPTOR) for sample in (*SAMPLES, BATCH)}

    assert named == {method.name for service in SERVICES.values() for method in service.methods}
    assert set(samples.ITEMS) == {field.name for field in BATCH.items[0].DESCRIPTOR.fields}
    for sample in (*SAMPLES, BATCH, GROUP):
        assert read(FORM, type(sample), sample.SerializeToString(), strict=True) == sample


@pytest.mark.parametrize("sample", [*SAMPLES, BATCH, GROUP], ids=lambda sample: method_of(sample.DESCRIPTOR))
async def test_read__spoilt_fields(wire: Wire, sample):
    """Malformed input on any field of any method answers INVALID_ARGUMENT and names the field."""
    assert await _answered_otherwise(wire, sample) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: method_of(sample.DESCRIPTOR))
async def test_check__spoilt_fields(acme: Wire, sample):
    """It does so too where the organization is open, and a command is looked at when its batch is taken."""
    assert await _answered_otherwise(acme, sample) == []


async def _answered_otherwise(wire: Wire, sample: Message) -> list[object]:
    method = method_of(sample.DESCRIPTOR)
    wrong: list[object] = []
    for how, field, data in spoilt(sample):
        try:
            await wire.send(method, data)
            answer = Failed(grpc.StatusCode.OK, "")
        except Failed as error:
            answer = error
        named = any(name.startswith(field) or field.startswith(name) for name in answer.violations)
        reason = "PAGE_TOKEN_INVALID" if (field, how) == ("page_token", r"'\x00'") else "INVALID_REQUEST"
        if (answer.code, answer.reason) != (grpc.StatusCode.INVALID_ARGUMENT, reason) or not named:
            wrong.append((field, how, answer.code, answer.message))
    return wrong


def test_read__an_unknown_field_of_a_mutation():
    """A field that this release does not know would be lost, so a mutation with one is refused, and it is named."""
    extra = b"\x98\x06\x01"
    inside = RESERVE.SerializeToString() + b"\x12\x06" + b"\x0a\x01U" + extra

    assert _violations(RESERVE.SerializeToString() + extra) == {"99": "is a field that this release does not know"}
    assert _violations(inside) == {"amounts[1].99": "is a field that this release does not know"}
    assert read(FORM, type(RESERVE), RESERVE.SerializeToString() + extra, strict=False).partition == "acme/scout"


def test_decode__whatever_it_says():
    """What is decoded is not checked yet; then it is, against the bytes that it was."""
    data = b"\x0a\x01?"
    message = FORM.decode(type(RESERVE), data)

    assert message.partition == "?"
    with pytest.raises(InvalidRequest, match="partition"):
        FORM.check(message, data, strict=True)
    with pytest.raises(InvalidRequest, match="request"):
        FORM.decode(type(RESERVE), b"\x0a")


def test_read__says_what_a_pattern_asks_for():
    """People are told what to write, not a regular expression."""
    message = reservations_pb2.ReserveRequest(
        partition="Acme", amounts=[types_pb2.Amount(unit="?", parts=1), types_pb2.Amount(unit="USD")], request_id="1"
    )

    found = _violations(message.SerializeToString())

    assert found == {
        "partition": "must be a path of at most 16 names, such as acme/research/scout; each name is 1 to 63 of a-z, "
        "0-9, -, _ and ., beginning with a letter or digit",
        "amounts[0].unit": "must be a letter, then at most 15 letters, digits and _",
        "request_id": "must be a UUIDv7 in lower case",
    }


def test_read__the_root_where_nothing_is_above_it():
    """A root is a path; where what is asked needs a parent, that is what is said."""
    message = escalations_pb2.RequestEscalationRequest(
        partition="acme", amount=types_pb2.Amount(unit="USD", parts=1), request_id=RESERVE.request_id
    )

    with pytest.raises(InvalidRequest) as error:
        read(FORM, type(message), message.SerializeToString(), strict=True)

    assert error.value.violations == (
        ("partition", "must be a path below acme, such as acme/research: the organization itself has no parent"),
    )


def test_read__a_request_that_is_too_large():
    """The service's own limit answers as malformed, not as overload."""
    with pytest.raises(InvalidRequest) as error:
        read(Form(10), type(RESERVE), RESERVE.SerializeToString(), strict=True)

    assert error.value.violations[0] == ("request", "must have at most 10 bytes")


@pytest.mark.parametrize("data", [b"\xff" * 20, b"\x0a", b"\x0b", b"\x0a\xff\xff\xff\xff\x0f", b"\x09\x01", b"\x80"])
def test_read__bytes_that_are_no_message(data):
    """Whatever comes, the answer is about the request and never a bug."""
    with pytest.raises(InvalidRequest):
        read(FORM, type(RESERVE), data, strict=True)


async def test_read__as_gRPC_carries_it(wire: Wire):
    """The details fit into the headers, however long what was sent."""
    request = reservations_pb2.ReserveRequest(
        partition="x" * 100_000, labels={"K" * 1000 + str(n): "v" * 500 for n in range(100)}, request_id="y" * 50_000
    )

    with pytest.raises(Failed) as error:
        await wire.send("Reserve", request.SerializeToString())

    assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "partition" in error.value.violations
    assert all(len(field) <= 200 for field in error.value.violations)


def _violations(data: bytes) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as error:
        read(FORM, type(RESERVE), data, strict=True)
    return dict(error.value.violations)
