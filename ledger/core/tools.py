"""Tools: the catalogue of an organization, and which of them a subtree may use."""

from typing import Final

from ledger.core.amounts import Amount
from ledger.core.records import dataclass

TOOLS_MAX: Final = 2_000
"""R58: how many tools a catalogue may have."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the catalogue.

    Attributes:
        name: As reservations have it.
        partition_id: The root.
        position: Of the entry that first put it there.
        estimate: What a reservation without amounts holds for it; empty where amounts must be given.
        enabled: Whether reservations for it are admitted.
        version: From 1; the `etag`. It goes on when a name that was taken out comes back.
        deleted: Whether it was taken out.
    """

    name: str
    partition_id: int
    position: int
    estimate: tuple[Amount, ...]
    enabled: bool
    version: int
    deleted: bool = False

    @property
    def key(self) -> str:
        """Its name."""
        return self.name

    @property
    def ended(self) -> bool:
        """Never: a name that comes back goes on counting versions."""
        return False

    @property
    def due_at(self) -> int:
        """Time does nothing to it."""
        return 0

    @property
    def places(self) -> tuple[()]:
        """By its name only."""
        return ()


@dataclass(frozen=True, slots=True)
class ToolRules:
    """Which tools may be used at and below a partition, as far as it has a say.

    Attributes:
        partition_id: Whose lists.
        position: Of the entry that first set them.
        allowed: Names, or beginnings that end in `*`; not empty: only these, and nothing without a tool.
        denied: Likewise; never these.
        version: From 1; the `etag`.
    """

    partition_id: int
    position: int
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    version: int

    @property
    def key(self) -> int:
        """Its partition."""
        return self.partition_id

    @property
    def ended(self) -> bool:
        """Never."""
        return False

    @property
    def due_at(self) -> int:
        """Time does nothing to it."""
        return 0

    @property
    def places(self) -> tuple[()]:
        """By its partition only."""
        return ()
