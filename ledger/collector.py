"""The garbage collector, kept from walking books.

Books are large, live long and have no cycles, yet Python's own thresholds walked them for a third of the time, in
pauses that grew with them. Here what has survived a few young collections is frozen: no later one looks at it, so a
pause is bounded by what was made since, about 100,000 objects, and not by the books. What is dropped is freed as ever,
by its count of references. Only a cycle that was alive when it was frozen stays; under load that was 20 objects in 12
seconds.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

YOUNG_OBJECTS: Final = 20_000
"""New objects that make a collection of the youngest."""
YOUNG_COLLECTIONS: Final = 5
"""Of these, until what survived them all is looked through once more, and frozen."""
_NEVER: Final = 1_000_000


@contextmanager
def tamed() -> Iterator[None]:
    """Nothing is walked again and again meanwhile; afterwards the collector is as it was. What exists is frozen."""
    before = gc.get_threshold()
    gc.callbacks.append(_freeze_survivors)
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, _NEVER)
    try:
        gc.collect()  # and so frozen
        yield
    finally:
        gc.callbacks.remove(_freeze_survivors)
        gc.set_threshold(*before)
        gc.unfreeze()


def _freeze_survivors(phase: str, info: dict[str, Any]) -> None:
    if phase == "stop" and info["generation"] > 0:
        gc.freeze()
