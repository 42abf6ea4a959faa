"""The locked head: what is asked and appended while nobody else can."""

from collections.abc import Sequence

from ledger.core.journal import Entry
from ledger.core.outcomes import Known
from ledger.core.requests import Key
from ledger.core.reservations import Reservation
from ledger.core.standing import Named, Standing
from ledger.storage import rows
from ledger.storage.postgres.pipeline import Link, Sent
from ledger.storage.postgres.reading import ENTRIES_AFTER, NAMED, RESERVATIONS, SEAL_AT, asking
from ledger.storage.postgres.transactions import COMMIT, ROLLBACK, faults
from ledger.storage.postgres.writing import moving, rows_of
from ledger.storage.rows import Row
from ledger.storage.standing import names_of, standing_of
from ledger.storage.store import Batch, Head, Seal


class PostgresLock:
    """A transaction that has locked an organization's head."""

    def __init__(
        self, link: Link, organization: str, head: Head, clock: int, read: dict[tuple[int | None, int], list[Row]]
    ) -> None:
        self.head = head
        self._read = read
        self.clock: int | None = clock
        self._link = link
        self._organization = organization

    async def _ask(self, asked: Sent) -> list[Row]:
        with faults():
            [found] = await self._link.run(asked)
        return found

    async def entries(self, after: int, limit: int) -> Sequence[Entry]:
        """As `LockedHead.entries`."""
        wanted = {"organization": self._organization, "after": after, "limit": limit}
        found = self._read.get((after, limit))
        if found is None:
            found = await self._ask(Sent(ENTRIES_AFTER, wanted))
        return [rows.entry_of(row) for row in found]

    async def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        """As `LockedHead.known`."""
        return rows.known_of(await self._ask(asking(self._organization, keys))) if keys else {}

    async def reservations(self, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        """As `LockedHead.reservations`."""
        wanted = {"organization": self._organization, "ids": list(reservation_ids)}
        return [rows.reservation_of(row) for row in await self._ask(Sent(RESERVATIONS, wanted))]

    async def standing(self, names: Sequence[Named]) -> Sequence[Standing]:
        """As `LockedHead.standing`."""
        kinds, keys = zip(*names_of(names), strict=True) if names else ((), ())
        wanted = {"organization": self._organization, "kinds": list(kinds), "keys": list(keys)}
        return [standing_of(row) for row in await self._ask(Sent(NAMED, wanted))]

    async def seal_at(self, position: int) -> Seal | None:
        """As `LockedHead.seal_at`."""
        found = await self._ask(Sent(SEAL_AT, {"organization": self._organization, "position": position}))
        return rows.seal_from(found[0]) if found else None

    async def append(self, batch: Batch) -> dict[Key, Known]:
        """As `LockedHead.append`."""
        probing = [asking(batch.organization, batch.probes)] if batch.probes else []
        if not batch.entries:
            with faults():  # not COMMIT, which would leave the head of an organization that does not exist
                answers = await self._link.run(*probing, ROLLBACK)
        else:
            with faults(self._link):
                answers = await self._link.run(moving(batch), *rows_of(batch), *probing, COMMIT)
        return rows.known_of(answers[-2]) if probing else {}
