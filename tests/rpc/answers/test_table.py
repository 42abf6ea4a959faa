from typing import get_type_hints

from ledger.rpc.answers import ANSWERS, FIELDS
from ledger.rpc.requests import COMMANDS
from tallystick.v1 import batch_pb2


def test_answers__every_command():
    """Every command has its answer; every one that may be an item of a batch has a field for it, which exists."""
    fields = {field.name for field in batch_pb2.BatchResult.DESCRIPTOR.fields}
    items = {
        field.message_type.full_name
        for field in batch_pb2.BatchItem.DESCRIPTOR.fields
        if field.message_type is not None
    }
    in_batches = {make for kind, make in COMMANDS.items() if kind.DESCRIPTOR.full_name in items}

    assert {get_type_hints(make)["return"] for make in COMMANDS.values()} == ANSWERS.keys()
    assert FIELDS.keys() == {get_type_hints(make)["return"] for make in in_batches}
    assert {*FIELDS.values()} == fields - {"error"}
