"""What is asked of the catalogue of tools, and of the lists of who may use them."""

from ledger.core.amounts import Amount
from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class SetTool:
    """Put a tool into the catalogue, or change it; version 0 for one that is not there."""

    name: str
    estimate: tuple[Amount, ...]
    enabled: bool
    version: int


@dataclass(frozen=True, slots=True)
class DeleteTool:
    """Take a tool out of the catalogue."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class SetToolRules:
    """Say which tools may be used at and below a partition; version 0 where none were set."""

    path: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    version: int
