import re
from typing import Any

import pytest
from protovalidate import Validator

from ledger.rpc.wording import choice, in_words
from tallystick.v1 import allowances_pb2, batch_pb2, caps_pb2, claims_pb2, partitions_pb2, reservations_pb2

VALIDATOR = Validator()


@pytest.mark.parametrize(
    ("message", "field", "said"),
    [
        (claims_pb2.AssignWorkRequest(scope="acme", partition="acme/a"), "key", "must not be empty"),
        (claims_pb2.AssignWorkRequest(key="x" * 201), "key", "must be at most 200 characters"),
        (reservations_pb2.SettlePartRequest(), "amounts", "must have at least one"),
        (allowances_pb2.SetAllowanceRequest(), "amount", "is required"),
        (allowances_pb2.SetAllowanceRequest(), "mode", "must be one of refill to, add"),
        (caps_pb2.CreateCapRequest(mode=9), "mode", "must be one of enforced, shadow"),  # type: ignore[arg-type]
        (
            caps_pb2.CreateCapRequest(),
            "kind",
            "must be one of single, window, rolling, lifetime, workflow, open reservations",
        ),
        (
            partitions_pb2.CreatePartitionRequest(kind="PARTITION_KIND_ORGANIZATION"),
            "kind",
            "must be one of team, agent",
        ),
        (
            batch_pb2.BatchExecuteRequest(items=[{"commit": {"basis": 77}}]),
            "basis",
            "must be one of measured, estimated",
        ),
        (partitions_pb2.AllocateRequest(partition="acme"), "partition", "must be a path below acme, such as "),
        (partitions_pb2.AllocateRequest(partition="A/b"), "partition", "must be a path of at most 16 names, such as "),
    ],
)
def test_in_words(message, field, said):
    """What a field must be, without a name that only the wire has."""
    found: dict[str, Any] = {}
    for broken in VALIDATOR.collect_violations(message):
        words = in_words(broken, broken.field_value, message.DESCRIPTOR)
        path: Any = broken.proto.field
        found[path.elements[-1].field_name] = words

    assert found[field].startswith(said)
    assert not any(re.search("[A-Z]_[A-Z]", words) for words in found.values())


def test_choice():
    """A value is said without its enumeration's name."""
    descriptor: Any = caps_pb2.CapKind.DESCRIPTOR

    assert choice("CAP_KIND_OPEN_RESERVATIONS", descriptor) == "open reservations"
