"""Deadlines: which open holds end when, soonest first, in the whole book and in each partition."""

import heapq
from collections.abc import Mapping
from typing import Final

_SPARE: Final = 8
_LOOKED_THROUGH: Final = 4
"""Ends that one call takes from the old heap: more than two, or the young one would be full before that is empty."""

End = tuple[int, str]
"""An instant, microseconds since 1970, and the reservation that ends then."""

_NONE: Final[list[End]] = []
"""Nothing is ever added to it: most queues need no list of their own here."""


class Deadlines:
    """When each of some reservations ends.

    Taking a deadline back costs nothing at once: a queue may name ends that are out of use, and drops them when they
    come up, or a few at a time when they are the greater part of it.
    """

    __slots__ = ("_ends", "_queue", "_queues")

    def __init__(self) -> None:
        """No deadline."""
        self._ends: dict[str, End] = {}
        self._queue = _Queue()
        self._queues: dict[int, _Queue] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def __contains__(self, reservation_id: object) -> bool:
        return reservation_id in self._ends

    def put(self, reservation_id: str, partition_id: int, ends_at: int, in_partition: int) -> None:
        """The reservation ends at this instant, microseconds since 1970, and at no other.

        Args:
            reservation_id: Which.
            partition_id: Whose budget it holds.
            ends_at: When.
            in_partition: How many reservations of that partition end by themselves, this one included.
        """
        before = self._ends.get(reservation_id)
        if before is not None and before[0] == ends_at:
            return
        end = self._ends[reservation_id] = (ends_at, reservation_id)
        self._queue.put(end, self._ends, len(self._ends))
        queue = self._queues.get(partition_id)
        if queue is None:
            self._queues[partition_id] = _Queue(end)
        else:
            queue.put(end, self._ends, in_partition)

    def drop(self, reservation_id: str, partition_id: int, in_partition: int) -> None:
        """The reservation does not end any more; of that partition so many others do."""
        self._ends.pop(reservation_id, None)
        if not in_partition:
            self._queues.pop(partition_id, None)

    def first(self) -> End | None:
        """The soonest end and whose it is, ties by id; None where nothing ends. Source: R36."""
        return self._queue.first(self._ends)

    def first_in(self, partition_id: int) -> End | None:
        """The soonest end in a partition."""
        queue = self._queues.get(partition_id)
        return queue.first(self._ends) if queue is not None else None

    def all(self) -> dict[str, int]:
        """Every reservation's end."""
        return {reservation_id: ends_at for ends_at, reservation_id in self._ends.values()}


class _Queue:
    """Ends, of which those are in use that the table has: the very same object, for an equal one may be out of use.

    When ends out of use are the greater part of the heap, it becomes the old one. From that each later call takes a
    few, and puts those in use into the young one, so that no call goes through all of it.
    """

    __slots__ = ("_old", "_young")

    def __init__(self, *young: End) -> None:
        self._young = [*young]
        self._old = _NONE

    def put(self, end: End, ends: Mapping[str, End], used: int) -> None:
        """One more, which is in use, as are `used` of all."""
        heapq.heappush(self._young, end)
        if self._old:
            self._look_through(ends)
        elif len(self._young) > 2 * used + _SPARE:
            self._young, self._old = [], self._young

    def _look_through(self, ends: Mapping[str, End]) -> None:
        for _ in range(min(_LOOKED_THROUGH, len(self._old))):
            last = self._old.pop()  # a heap without its last is a heap
            if ends.get(last[1]) is last:
                heapq.heappush(self._young, last)

    def first(self, ends: Mapping[str, End]) -> End | None:
        """The soonest end in use."""
        for heap in (self._young, self._old):
            while heap and ends.get(heap[0][1]) is not heap[0]:
                heapq.heappop(heap)
        return min(self._young[:1] + self._old[:1], default=None)
