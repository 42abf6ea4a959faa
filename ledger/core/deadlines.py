"""Deadlines: which open holds end when, soonest first."""

import heapq
from typing import Final

_SPARE: Final = 8


class Deadlines:
    """When each of some reservations ends.

    Taking a deadline back costs nothing at once: the heap may name ends that are out of use, and drops them when they
    come up, or when they are the greater part of it.
    """

    __slots__ = ("_ends", "_heap")

    def __init__(self) -> None:
        """No deadline."""
        self._ends: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._ends)

    def put(self, reservation_id: str, ends_at: int) -> None:
        """The reservation ends at this instant, microseconds since 1970, and at no other."""
        if self._ends.get(reservation_id) == ends_at:
            return
        self._ends[reservation_id] = ends_at
        heapq.heappush(self._heap, (ends_at, reservation_id))
        if len(self._heap) > 2 * len(self._ends) + _SPARE:
            self._heap = [(at, known) for known, at in self._ends.items()]
            heapq.heapify(self._heap)

    def drop(self, reservation_id: str) -> None:
        """The reservation does not end any more."""
        self._ends.pop(reservation_id, None)

    def first(self) -> tuple[int, str] | None:
        """The soonest end and whose it is, ties by id; None where nothing ends. Source: R36."""
        while self._heap:
            ends_at, reservation_id = self._heap[0]
            if self._ends.get(reservation_id) == ends_at:
                return self._heap[0]
            heapq.heappop(self._heap)
        return None

    def all(self) -> dict[str, int]:
        """Every reservation's end."""
        return dict(self._ends)
