"""Sources: where a verification reads from, a database or an export, by the same code."""

from collections.abc import Iterator
from typing import Any, Protocol

from sqlalchemy import Table

Row = tuple[Any, ...]


class SourceDamaged(Exception):
    """A source cannot be read to its end."""


class Source(Protocol):
    """What a verification asks for. Everything it says is of one moment."""

    def rows(self, table: Table, organization: str) -> Iterator[Row]:
        """An organization's rows in the order of the primary key, in bounded memory.

        Raises:
            SourceDamaged: They cannot be read.
        """

    def has(self, table: Table) -> bool:
        """Whether it has rows of a table at all, or leaves them to be worked out from the journal."""

    def position(self, organization: str) -> int:
        """Where it says that the journal ends; 0 where it does not say."""

    def cut_off(self, organization: str) -> str:
        """Why what it has of an organization is not all; empty where it is. Then only the journal's start is read."""
