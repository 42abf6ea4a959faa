"""What sequencer tests share: a clock that stands still, a store that fails on cue, and requests."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from ledger.core import commands as cmd
from ledger.core.amounts import Amount, Unit
from ledger.core.commands import Request
from ledger.core.outcomes import Outcome
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis
from ledger.core.texts import Text
from ledger.sequencer.pending import settles
from ledger.storage.store import Batch

SECOND = 1_000_000
START = 1_800_000_000 * SECOND


class FakeClock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.at = START
        self.since_boot = 0

    def now(self) -> int:
        return self.at

    def monotonic(self) -> int:
        return self.since_boot

    def advance(self, seconds: float) -> None:
        """Both clocks go on."""
        self.at += int(seconds * SECOND)
        self.since_boot += int(seconds * SECOND)

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock."""
        self.at += int(seconds * SECOND)


class FaultyStore:
    """A real store whose appends do something else on cue.

    `before` and `after` hold faults for the next appends, first come first served: raised before the inner append, or
    after it has happened.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.before: list[Exception | None] = []
        self.after: list[Exception | None] = []
        self.batches: list[Batch] = []
        self.on_append: Callable[[Batch], Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def _fail(self, faults: list[Exception | None]) -> None:
        fault = faults.pop(0) if faults else None
        if fault is not None:
            raise fault

    async def append(self, batch: Batch) -> Any:
        self.batches.append(batch)
        if self.on_append is not None:
            await self.on_append(batch)
        await self._fail(self.before)
        answer = await self.inner.append(batch)
        await self._fail(self.after)
        return answer

    @asynccontextmanager
    async def lock(self, *asked: Any) -> AsyncIterator[Any]:
        async with self.inner.lock(*asked) as locked:
            yield _FaultyLock(self, locked)


class _FaultyLock:
    def __init__(self, store: FaultyStore, locked: Any) -> None:
        self._store = store
        self._locked = locked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._locked, name)

    async def append(self, batch: Batch) -> Any:
        self._store.batches.append(batch)
        await self._store._fail(self._store.before)
        answer = await self._locked.append(batch)
        await self._store._fail(self._store.after)
        return answer


class Unreadable(Exception):
    """What is asked cannot be read."""


class AsItCame:
    """A request as it came; its answer is the type of its outcome.

    `breaks` is when it fails: at `read`, at `answer`, or not at all.
    """

    def __init__(self, asked: Request, breaks: str = "") -> None:
        self.asked = asked
        self.breaks = breaks
        self.organization = asked.organization
        self.settles = settles(asked)
        self.reads = 0

    def read(self) -> Request:
        self.reads += 1
        if self.breaks == "read":
            raise Unreadable
        return self.asked

    def answer(self, outcome: Outcome) -> str:
        if self.breaks == "answer":
            raise ZeroDivisionError
        return type(outcome).__name__


def request_id(at: int = START) -> str:
    """A fresh UUIDv7 of an instant."""
    random = uuid.uuid4().hex
    stamp = f"{at // 1000:012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{random[:3]}-a{random[3:6]}-{random[6:18]}"


def request(
    command: cmd.Command, *, rid: str | None = None, body: bytes = b"", dry: bool = False, org: str = "acme"
) -> Request:
    """A request with a fresh id, whose fingerprint is its command."""
    return Request(org, "local", request_id() if rid is None else rid, body or repr(command).encode(), command, dry)


def reserve(path: str, parts: int, *, ttl: float = 60, reservation_id: str | None = None) -> cmd.Reserve:
    """Hold an amount of USD."""
    chosen = reservation_id is not None
    return cmd.Reserve(
        path, (Amount("USD", parts),), int(ttl * SECOND), reservation_id or request_id(), chosen, "", "", ()
    )


def commit(reservation_id: str, parts: int) -> cmd.Commit:
    """State the whole cost in USD."""
    return cmd.Commit(reservation_id, (Amount("USD", parts),), Basis.MEASURED, confirmed=False)


def founding(agents: int = 2, each: int = 15, name: str = "acme") -> list[cmd.Single]:
    """Commands that make an organization with a team and agents a0, a1 … who have `each` USD parts."""
    commands: list[cmd.Single] = [
        cmd.CreateOrganization((Unit("USD", 9),), "UTC", Text(), 3600 * SECOND),
        cmd.Fund(Amount("USD", 1000), Text()),
        cmd.CreatePartition(f"{name}/team", Kind.TEAM, Text()),
        cmd.Allocate(f"{name}/team", Amount("USD", 500), Text()),
    ]
    for number in range(agents):
        path = f"{name}/team/a{number}"
        commands += [cmd.CreatePartition(path, Kind.AGENT, Text()), cmd.Allocate(path, Amount("USD", each), Text())]
    return commands
