"""The servicer of caps: which there are, and what they count. Setting one is a command, see `calls`."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from ledger.core.book import Book
from ledger.core.capping_windows import use_of
from ledger.core.caps import Cap
from ledger.core.paths import organization_of
from ledger.rpc import resources
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Submitter
from ledger.rpc.reading import patiently
from ledger.sequencer.zones import calendar_of
from tallystick.v1 import caps_pb2

CAPS_LISTED_MAX: Final = 10_000
"""How many caps one answer has at most."""


class Caps:
    """Says what the caps are."""

    def __init__(self, submitter: Submitter, clock: Callable[[], int]) -> None:
        self._submitter = submitter
        self._clock = clock

    async def ListCaps(self, message: caps_pb2.ListCapsRequest, call: Call) -> caps_pb2.ListCapsResponse:
        """The caps of a partition, and of those above or below it where that is asked for, with their use now."""
        name = organization_of(message.partition)

        def question(book: Book) -> caps_pb2.ListCapsResponse:
            pid = find(book, message.partition).partition_id
            assert book.organization is not None, "it has a partition"
            calendar, now = calendar_of(book.organization.time_zone), self._clock()
            shown = [
                resources.cap(cap, book.path(cap.partition_id), use_of(book, cap, now, calendar, message.workflow_id))
                for cap in islice(_listed(book, pid, message), CAPS_LISTED_MAX)
            ]
            return caps_pb2.ListCapsResponse(caps=shown, position=book.position)

        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)


def _listed(book: Book, pid: int, message: caps_pb2.ListCapsRequest) -> Iterator[Cap]:
    """From the root downwards, of each partition in the order of creation."""
    above = reversed(book.lineage[pid]) if message.binding else (pid,)
    for one in above:
        yield from book.filed(Cap, one)
    if message.below:
        for path in book.subtree_paths(message.partition):
            if path != message.partition:
                yield from book.filed(Cap, book.ids[path])
