"""Meters: what a store tells of itself while it works, to whoever wants to count it."""

from typing import Literal

Pool = Literal["appending", "reading"]


class StorageMeter:
    """Counts nothing. Whoever wants to know overrides it. It may be told from any thread."""

    def lent(self, pool: Pool, seconds: float) -> None:
        """A connection was waited for so long, or a thread that has one; to no avail, perhaps."""
