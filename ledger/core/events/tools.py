"""What happened to the catalogue of tools, and to the lists of who may use them."""

from ledger.core.amounts import Amount
from ledger.core.records import dataclass


@dataclass(frozen=True, slots=True)
class ToolSet:
    """A tool is in the catalogue so."""

    partition_id: int
    path: str
    name: str
    estimate: tuple[Amount, ...]
    enabled: bool
    version: int


@dataclass(frozen=True, slots=True)
class ToolDeleted:
    """A tool was taken out of the catalogue."""

    partition_id: int
    path: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class ToolRulesSet:
    """Which tools may be used at and below a partition, as far as it has a say."""

    partition_id: int
    path: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    version: int
