"""Fingerprints: whether two messages ask for the same."""

import hashlib
from typing import Any, Final

from google.protobuf.message_factory import GetMessageClass

from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    tools_pb2,
)

SERVICES: Final = tuple(
    descriptor
    for module in (
        organizations_pb2,
        partitions_pb2,
        reservations_pb2,
        batch_pb2,
        tools_pb2,
        caps_pb2,
        allowances_pb2,
        claims_pb2,
        escalations_pb2,
    )
    for descriptor in module.DESCRIPTOR.services_by_name.values()
)
_METHODS: Final = {
    GetMessageClass(method.input_type): f"/{service.full_name}/{method.name}\0".encode()
    for service in SERVICES
    for method in service.methods
}
"""The full name of the method that a request is for: an item of a batch has the same one as its own call."""


def fingerprint_of(message: Any) -> bytes:  # noqa: ANN401  (any request)
    """SHA-256 of the method and the fields set. A dry run has that of the request it stands for. Source: R38."""
    if message.validate_only:
        meant = type(message)()
        meant.CopyFrom(message)
        meant.validate_only = False
        message = meant
    return hashlib.sha256(_METHODS[type(message)] + message.SerializeToString(deterministic=True)).digest()
