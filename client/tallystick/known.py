"""What a client has learned of its organizations: their units, and the newest journal position it has seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.message import Message

from tallystick.v1 import organizations_pb2

_RECEIPT: Final = "receipt"
_POSITION: Final = "position"


class Known:
    """Facts by organization. Each is one dictionary entry, so threads may share it without a lock."""

    def __init__(self) -> None:
        self.scales: dict[str, Mapping[str, int]] = {}
        self._positions: dict[str, int] = {}
        self._incarnations: dict[str, int] = {}
        self._says: dict[type[Message], str] = {}

    def learn(self, organization: organizations_pb2.Organization) -> Mapping[str, int]:
        """Remember its units; in a new incarnation positions begin anew."""
        scales = {unit.name: unit.scale for unit in organization.units}
        if self._incarnations.get(organization.name) != organization.incarnation:
            if organization.name in self._incarnations:
                self._positions[organization.name] = organization.position
            self._incarnations[organization.name] = organization.incarnation
        self.scales[organization.name] = scales
        return scales

    def place(self, organization: str, message: Any) -> None:  # noqa: ANN401  (any read)
        """Ask a read to see at least what this client has seen."""
        if organization and "min_position" in message.DESCRIPTOR.fields_by_name:
            message.min_position = self._positions.get(organization, 0)

    def incarnation(self, organization: str) -> int:
        """The incarnation that the positions belong to; 0 where none is known."""
        return self._incarnations.get(organization, 0)

    def note(self, organization: str, answer: Any) -> None:  # noqa: ANN401  (any answer)
        """Remember the position that an answer names."""
        if not organization:
            return
        says = self._says.get(type(answer))
        if says is None:
            fields = answer.DESCRIPTOR.fields_by_name
            says = next((name for name in (_RECEIPT, _POSITION) if name in fields), "")
            self._says[type(answer)] = says
        if says:
            position = answer.receipt.position if says is _RECEIPT else answer.position
            if position > self._positions.get(organization, 0):
                self._positions[organization] = position
