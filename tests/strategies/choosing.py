"""Whoever decides what is next: Hypothesis, which shrinks, or a seed, which repeats and counts."""

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chooser(Protocol):
    """Whoever decides what is next."""

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        ...

    def number(self, least: int, most: int) -> int:
        """A number from least to most."""
        ...


class Seeded:
    """Chooses by a seed; the same seed chooses the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        return choices[int(self._random.random() * len(choices))]

    def number(self, least: int, most: int) -> int:
        """A number from least to most."""
        return self._random.randint(least, most)


class Drawn:
    """Chooses as Hypothesis draws."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        return self._data.draw(st.sampled_from(list(choices)))

    def number(self, least: int, most: int) -> int:
        """A number from least to most."""
        return self._data.draw(st.integers(least, most))


def often(choose: Chooser, percent: int) -> bool:
    """True in about so many of a hundred cases."""
    return choose.number(0, 99) >= 100 - percent
