"""The counter that the demo runs beside the ledger: it checks, lets the work happen, and adds the cost afterwards.

This is what gateways do that keep a running total. It is kept in a database that all processes share, its additions
are atomic, it checks against the worst case and not just against zero, and it is even told what callers cost that died.
The only thing wrong with it is the time between the check and the addition.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ledger.demo.plan import PlannedCall


class NaiveCounter:
    """A running total for each agent, in nano-dollars; one connection of one process."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None, timeout=30)
        self._database.execute("PRAGMA synchronous = OFF")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    @classmethod
    def create(cls, file: Path, budgets: Sequence[int]) -> Self:
        """A counter at zero for each budget."""
        counter = cls(file)
        counter._database.execute("PRAGMA journal_mode = WAL")
        counter._database.execute("CREATE TABLE counter (agent INTEGER PRIMARY KEY, budget INTEGER, spent INTEGER)")
        counter._database.executemany("INSERT INTO counter VALUES (?, ?, 0)", enumerate(budgets))
        return counter

    def covers(self, agent: int, amount: int) -> bool:
        """Whether the budget covers the amount, on top of what has been added so far."""
        (room,) = self._database.execute("SELECT budget - spent FROM counter WHERE agent = ?", (agent,)).fetchone()
        return bool(room >= amount)

    def add(self, agent: int, cost: int) -> None:
        """The cost is in the total."""
        self._database.execute("UPDATE counter SET spent = spent + ? WHERE agent = ?", (cost, agent))

    def overspend(self) -> int:
        """By how much all agents together are beyond their budgets."""
        (over,) = self._database.execute("SELECT sum(max(spent - budget, 0)) FROM counter").fetchone()
        return int(over)


async def spend(counter: NaiveCounter, call: PlannedCall) -> bool:
    """Check, work, add. Says whether the call was admitted."""
    if not counter.covers(call.agent, call.worst):
        return False
    await asyncio.sleep(call.wait_s)
    counter.add(call.agent, call.cost)
    return True
