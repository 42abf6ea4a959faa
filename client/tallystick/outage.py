"""What may be spent while the ledger does not answer: one purse for the process, bounded by each client's limit."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from tallystick.amounts import Quantity

_lock: Final = threading.Lock()
_used: Final[dict[str, Decimal]] = {}


def take(wanted: Iterable[Quantity], limit: Iterable[Quantity]) -> bool:
    """Whether the amounts fit under the limit, with what this process has used and not yet charged; if so, use them.

    A unit without a limit does not fit.
    """
    most = dict(limit)
    needed = dict(wanted)
    with _lock:
        for unit, number in needed.items():
            if unit is None or unit not in most or _used.get(unit, Decimal(0)) + number > most[unit]:
                return False
        _add(needed.items())
        return True


def use(amounts: Iterable[Quantity]) -> None:
    """Count what work did cost, whatever the limit."""
    with _lock:
        _add(amounts)


def give_back(amounts: Iterable[tuple[str | None, Decimal | str]]) -> None:
    """The ledger knows of it now, or it was not used."""
    with _lock:
        _add((unit, -Decimal(number)) for unit, number in amounts)


def _add(amounts: Iterable[Quantity]) -> None:
    for unit, number in amounts:
        if unit is not None:
            _used[unit] = _used.get(unit, Decimal(0)) + number
