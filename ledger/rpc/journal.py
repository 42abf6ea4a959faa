"""The servicer of the journal."""

from ledger.core.queries import EntriesFound
from ledger.rpc import resources, tokens
from ledger.rpc.calls import Call
from ledger.rpc.entry_filter import EntryFilter
from ledger.rpc.partitions import find
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently, reached
from ledger.rpc.state import States
from ledger.rpc.watching import Send, Watchers
from tallystick.v1 import journal_pb2


class Journal:
    """Reads the journal."""

    def __init__(self, submitter: Submitter, reader: Reader, watchers: Watchers, states: States) -> None:
        self._submitter = submitter
        self._reader = reader
        self._watchers = watchers
        self._states = states

    async def ListEntries(self, message: journal_pb2.ListEntriesRequest, call: Call) -> journal_pb2.ListEntriesResponse:
        """Entries by position."""
        name = message.organization
        wanted = EntryFilter(name, message.partition, message.kinds)
        size = message.page_size or PAGE_SIZE_DEFAULT
        place = tokens.place(message, int)
        after = int(place.after) if place else max(0, message.from_position - 1)
        query = wanted.query(after, size + 1)

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

    async def WatchJournal(self, message: journal_pb2.WatchJournalRequest, call: Call, send: Send) -> None:
        """Entries by position, as they are committed."""
        await self._watchers.follow(message, call, send)

    async def GetState(self, message: journal_pb2.GetStateRequest, call: Call) -> journal_pb2.GetStateResponse:
        """Balances as they stood."""
        return await self._states.answer(message, call)
