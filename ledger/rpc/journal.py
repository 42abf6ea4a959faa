"""The servicer of the journal."""

from typing import Final

from ledger.core.effects import EFFECTS
from ledger.core.paths import organization_of
from ledger.core.queries import EntriesFound, EntryQuery
from ledger.rpc import resources, tokens
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.problems import InvalidRequest, Violation
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently, reached
from tallystick.v1 import journal_pb2

KINDS: Final = tuple(sorted(kind.__name__ for kind in EFFECTS))
"""The names of all kinds of entries."""


class Journal:
    """Reads the journal."""

    def __init__(self, submitter: Submitter, reader: Reader) -> None:
        self._submitter = submitter
        self._reader = reader

    async def ListEntries(self, message: journal_pb2.ListEntriesRequest, call: Call) -> journal_pb2.ListEntriesResponse:
        """Entries by position."""
        name = message.organization
        if message.partition and organization_of(message.partition) != name:
            raise InvalidRequest(Violation("partition", f"is not of the organization {name}"))
        for number, kind in enumerate(message.kinds):
            if kind not in KINDS:
                raise InvalidRequest(
                    Violation(f"kinds[{number}]", f"is no kind of entry; there are {', '.join(KINDS)}")
                )
        size = message.page_size or PAGE_SIZE_DEFAULT
        place = tokens.place(message, int)
        query = EntryQuery(
            organization=name,
            path=message.partition,
            kinds=tuple(dict.fromkeys(message.kinds)),
            after=int(place.after) if place else max(0, message.from_position - 1),
            limit=size + 1,
        )

        async def attempt() -> EntriesFound:
            found = await self._reader.entries(query)
            reached(found.position, message.min_position, name)
            return found

        found = await patiently(attempt, call.seconds)
        if place is not None:
            place.check(found.incarnation)
        elif message.partition and not found.entries:
            await self._submitter.read(name, lambda book: find(book, message.partition))
        taken, more = page((resources.entry(one) for one in found.entries), size)
        return journal_pb2.ListEntriesResponse(
            entries=taken,
            next_page_token=tokens.token(message, taken[-1].position, found.incarnation) if more else "",
            position=found.position,
        )
