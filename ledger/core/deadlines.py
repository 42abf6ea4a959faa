"""Deadlines: which open holds end when, soonest first, in the whole book and in each partition."""

import heapq
from typing import Final

_SPARE: Final = 8

End = tuple[int, str]
"""An instant, microseconds since 1970, and the reservation that ends then."""


class Deadlines:
    """When each of some reservations ends.

    Taking a deadline back costs nothing at once: a heap may name ends that are out of use, and drops them when they
    come up, or when they are the greater part of it.
    """

    __slots__ = ("_ends", "_heap", "_heaps")

    def __init__(self) -> None:
        """No deadline."""
        self._ends: dict[str, int] = {}
        self._heap: list[End] = []
        self._heaps: dict[int, list[End]] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def put(self, reservation_id: str, partition_id: int, ends_at: int, in_partition: int) -> None:
        """The reservation ends at this instant, microseconds since 1970, and at no other.

        Args:
            reservation_id: Which.
            partition_id: Whose budget it holds.
            ends_at: When.
            in_partition: How many reservations of that partition end by themselves, this one included.
        """
        if self._ends.get(reservation_id) == ends_at:
            return
        self._ends[reservation_id] = ends_at
        end = (ends_at, reservation_id)
        heapq.heappush(self._heap, end)
        if len(self._heap) > 2 * len(self._ends) + _SPARE:
            self._heap = self._valid(self._heap)
        heap = self._heaps.get(partition_id)
        if heap is None:
            self._heaps[partition_id] = [end]
            return
        heapq.heappush(heap, end)
        if len(heap) > 2 * in_partition + _SPARE:
            self._heaps[partition_id] = self._valid(heap)

    def drop(self, reservation_id: str, partition_id: int) -> None:
        """The reservation does not end any more."""
        self._ends.pop(reservation_id, None)
        self.first_in(partition_id)  # an empty heap is let go

    def first(self) -> End | None:
        """The soonest end and whose it is, ties by id; None where nothing ends. Source: R36."""
        return self._first(self._heap)

    def first_in(self, partition_id: int) -> End | None:
        """The soonest end in a partition."""
        heap = self._heaps.get(partition_id)
        if heap is None:
            return None
        first = self._first(heap)
        if first is None:
            del self._heaps[partition_id]
        return first

    def _first(self, heap: list[End]) -> End | None:
        while heap:
            ends_at, reservation_id = heap[0]
            if self._ends.get(reservation_id) == ends_at:
                return heap[0]
            heapq.heappop(heap)
        return None

    def _valid(self, heap: list[End]) -> list[End]:
        """A heap without ends that are out of use."""
        ends = self._ends
        kept = [end for end in dict.fromkeys(heap) if ends.get(end[1]) == end[0]]
        heapq.heapify(kept)
        return kept

    def all(self) -> dict[str, int]:
        """Every reservation's end."""
        return dict(self._ends)
