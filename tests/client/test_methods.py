"""The calls of the wire."""

from tallystick.methods import METHODS
from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reports_pb2,
    reservations_pb2,
    server_pb2,
    tools_pb2,
)


def test_methods__all_of_the_wire():
    """Every call of the protos is there, with the message that answers it."""
    modules = [batch_pb2, journal_pb2, organizations_pb2, partitions_pb2, reservations_pb2, server_pb2]
    modules += [caps_pb2, tools_pb2, escalations_pb2, allowances_pb2, claims_pb2, reports_pb2]
    wire = {
        f"/{service.full_name}/{method.name}": method.output_type.full_name
        for module in modules
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }

    assert {path: method.answer.DESCRIPTOR.full_name for path, method in METHODS.items()} == wire


def test_method__name():
    """A call's name is its last word."""
    assert {path.rpartition("/")[2] for path in METHODS} == {method.name for method in METHODS.values()}
