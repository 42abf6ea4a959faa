"""Deliveries: up to where each webhook has delivered a journal, and which process does it now."""

from dataclasses import asdict
from typing import Any

from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook's cursor in one journal.

    Attributes:
        organization: Whose journal.
        webhook: Its name.
        position: Everything up to here was delivered, or is not wanted.
        incarnation: Of the journal that the position is of.
        holder: The process that delivers; empty where none does.
        held_until: When others may take it over; microseconds since 1970.
    """

    organization: str
    webhook: str
    position: int
    incarnation: int
    holder: str = ""
    held_until: int = 0

    def parameters(self) -> dict[str, Any]:
        """As columns."""
        columns = asdict(self)
        columns["held_until_us"] = columns.pop("held_until")
        return columns
