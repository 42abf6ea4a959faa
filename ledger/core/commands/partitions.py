"""What is asked of partitions: the tree, who may do what in it, and where it admits nothing."""

from ledger.core.partitions import Kind
from ledger.core.records import dataclass
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text


@dataclass(frozen=True, slots=True)
class CreatePartition:
    """Add a team or an agent."""

    path: str
    kind: Kind
    display_name: Text


@dataclass(frozen=True, slots=True)
class UpdatePartition:
    """Change settings; None leaves one as it is."""

    path: str
    version: int
    display_name: Text | None
    watched: bool | None = None


@dataclass(frozen=True, slots=True)
class ClosePartition:
    """Stop admission for good; with `cascade` of everything below it too."""

    path: str
    cascade: bool
    note: Text


@dataclass(frozen=True, slots=True)
class PausePartition:
    """Stop admission at and below a partition."""

    path: str
    note: Text


@dataclass(frozen=True, slots=True)
class ResumePartition:
    """Admit again."""

    path: str
    note: Text


@dataclass(frozen=True, slots=True)
class SetRole:
    """Give a principal a role on a partition, or with `NONE` take it away."""

    holder: str
    path: str
    role: PrincipalRole
