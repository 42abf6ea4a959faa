"""The servicer of partitions: the tree as it stands. What changes it is a command, see `calls`."""

from collections.abc import Iterator
from typing import Final

from ledger.core.book import Book
from ledger.core.outcomes import Reason, Rejected
from ledger.core.partitions import Partition
from ledger.core.paths import depth_of, organization_of
from ledger.rpc import resources, tokens
from ledger.rpc.calls import Call
from ledger.rpc.ports import Submitter
from ledger.rpc.problems import Refused
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently
from tallystick.v1 import partitions_pb2

PASSED_OVER_MAX: Final = 10_000
"""Partitions that one page looks at without showing them; then it ends, shorter than it might be, with a token."""

_PAST_ALL_BELOW: Final = "/\U0010ffff"
"""Appended to a path it sorts after everything below it, and before the path's next sibling."""


class Partitions:
    """Says what the tree is."""

    def __init__(self, submitter: Submitter) -> None:
        self._submitter = submitter

    async def GetPartition(
        self, message: partitions_pb2.GetPartitionRequest, call: Call
    ) -> partitions_pb2.GetPartitionResponse:
        """What it is and holds, at a position."""

        def question(book: Book) -> partitions_pb2.GetPartitionResponse:
            found = find(book, message.partition)
            return partitions_pb2.GetPartitionResponse(
                partition=resources.partition(book, found), position=book.position
            )

        name = organization_of(message.partition)
        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)

    async def ListPartitions(
        self, message: partitions_pb2.ListPartitionsRequest, call: Call
    ) -> partitions_pb2.ListPartitionsResponse:
        """A partition and all below it, in the order of the tree."""
        place = tokens.place(message, str)

        def question(book: Book) -> partitions_pb2.ListPartitionsResponse:
            find(book, message.partition)
            incarnation = book.organization.incarnation if book.organization else 0
            if place is not None:
                place.check(incarnation)
            return _list(book, message, str(place.after) if place else "", incarnation)

        name = organization_of(message.partition)
        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)


def find(book: Book, path: str) -> Partition:
    """The partition at a path.

    Raises:
        Refused: There is none, or no such organization.
    """
    if book.organization is None:
        raise Refused(book.name, Rejected(Reason.ORGANIZATION_NOT_FOUND, book.name))
    found = book.partition(path)
    if found is None:
        raise Refused(book.name, Rejected(Reason.PARTITION_NOT_FOUND, path))
    return found


def _list(
    book: Book, message: partitions_pb2.ListPartitionsRequest, after: str, incarnation: int
) -> partitions_pb2.ListPartitionsResponse:
    walk = _Walk(book, message, after)
    shown = (resources.partition(book, one) for one in walk)
    taken, more = page(shown, message.page_size or PAGE_SIZE_DEFAULT)
    last = walk.passed if walk.tired else taken[-1].path if taken else ""
    return partitions_pb2.ListPartitionsResponse(
        partitions=taken,
        next_page_token=tokens.token(message, last, incarnation) if more or walk.tired else "",
        position=book.position,
    )


class _Walk:
    """The partitions that a list shows; what lies too deep, or below a closed one that is hidden, is leapt over.

    Attributes:
        passed: The last path looked at.
        tired: Whether the walk ended before the tree did, because it had passed over so many.
    """

    def __init__(self, book: Book, message: partitions_pb2.ListPartitionsRequest, after: str) -> None:
        self._book = book
        self._top = message.partition
        self._deepest = depth_of(self._top) + message.levels_max if message.levels_max else None
        self._show_closed = message.show_closed
        self.passed = after
        self.tired = False

    def __iter__(self) -> Iterator[Partition]:
        passed_over = 0
        below_levels = self.passed and depth_of(self.passed) == self._deepest
        paths = self._book.subtree_paths(self._top, self.passed + (_PAST_ALL_BELOW if below_levels else ""))
        while (path := next(paths, None)) is not None:
            self.passed = path
            found = self._book.partitions[self._book.ids[path]]
            hidden = found.closed and not self._show_closed
            if not hidden:
                yield found
            else:
                passed_over += 1
                if passed_over >= PASSED_OVER_MAX:
                    self.tired = True
                    return
            if hidden or depth_of(path) == self._deepest:
                paths = self._book.subtree_paths(self._top, path + _PAST_ALL_BELOW)
