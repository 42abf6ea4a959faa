"""Starts the real service in a process of its own, which may be told to kill or freeze itself at its n-th append.

`python -m tests.end_to_end.launcher '{"settings": {...}, "crash": {"point": "after COMMIT", "append": 7}}'`, and with
`"how": "SIGSTOP"` it freezes instead, once.
"""

import ctypes
import faulthandler
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from ledger import serving
from ledger.config import Settings

BEFORE_APPEND: Final = "before append"
AFTER_COMMIT: Final = "after COMMIT"
LOCK_HELD: Final = "lock held"
_PR_SET_PDEATHSIG: Final = 1

Open = Callable[[Settings], AbstractAsyncContextManager[Any]]


class CrashingStore:
    """A store whose process dies or freezes at one point. Appends without entries do not count."""

    def __init__(self, inner: Any, point: str, append: int, how: str = "SIGKILL") -> None:
        self._inner = inner
        self._point = point
        self._left = append
        self._how = signal.Signals[how]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def reached(self, point: str) -> None:
        """Die or freeze, if this is the point."""
        if point == self._point and self._left <= 0:
            self._point = ""
            os.kill(os.getpid(), self._how)

    async def append(self, batch: Any) -> Any:
        """As the store, if it is survived."""
        self._left -= bool(batch.entries)
        self.reached(BEFORE_APPEND)
        answer = await self._inner.append(batch)
        self.reached(AFTER_COMMIT)
        return answer

    @asynccontextmanager
    async def lock(self, *asked: Any) -> AsyncIterator[Any]:
        """As the store, if it is survived."""
        async with self._inner.lock(*asked) as locked:
            yield _CrashingLock(self, locked)


class _CrashingLock:
    def __init__(self, store: CrashingStore, locked: Any) -> None:
        self._store = store
        self._locked = locked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._locked, name)

    async def append(self, batch: Any) -> Any:
        self._store._left -= bool(batch.entries)
        self._store.reached(BEFORE_APPEND)
        self._store.reached(LOCK_HELD)
        answer = await self._locked.append(batch)
        self._store.reached(AFTER_COMMIT)
        return answer


def crashing(opened: Open, crash: dict[str, Any]) -> Open:
    """The same, opening a store that crashes."""

    @asynccontextmanager
    async def doomed(settings: Settings) -> AsyncIterator[Any]:
        async with opened(settings) as store:
            yield CrashingStore(store, **crash)

    return doomed


def die_with_parent() -> None:
    """Whoever starts this and is killed leaves no orphan, where the system can see to that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Serve as told by the one argument. SIGUSR1 has it say where each of its threads is."""
    die_with_parent()
    faulthandler.register(signal.SIGUSR1)
    told = json.loads(sys.argv[1])
    if told.get("crash"):
        vars(serving)["opened"] = crashing(serving.opened, told["crash"])
    serving.run(Settings.load(**told["settings"]))


if __name__ == "__main__":
    main()
