"""The outbox: settlements that the ledger has not taken yet, in memory or in a folder that outlives the process.

A settlement is put here before it is tried, and leaves when the ledger has taken it. What a rule refused stays, with
the refusal, until it is handed back. Repeating a settlement is harmless: its request id has one effect.

In a folder each process has a subfolder of its own, with a lock that the system frees when the process ends, however
it ends. Whoever gets hold of the lock of a subfolder that is not its own takes over what lies there.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import weakref
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError, Message

from tallystick import methods
from tallystick.errors import TallystickError
from tallystick.ids import uuid7
from tallystick.methods import METHODS, Method
from tallystick.v1 import reservations_pb2

log = logging.getLogger("tallystick")

_MESSAGES: Final[dict[str, type[Message]]] = {
    "Commit": reservations_pb2.CommitRequest,
    "SettlePart": reservations_pb2.SettlePartRequest,
    "Release": reservations_pb2.ReleaseRequest,
    "Charge": reservations_pb2.ChargeRequest,
}


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """One settlement that the ledger has not taken.

    Attributes:
        method: `Commit`, `SettlePart`, `Release` or `Charge`, as a call of the wire.
        organization: Whose books.
        reservation_id: The reservation it settles; empty for work done in an outage.
        request_id: Names the effect.
        message: The request, whole; the amounts of a charge may be missing, see `quantities`.
        quantities: A charge's amounts as written, where the units' scales were not known: (unit, number).
        refusal: Why the ledger will not take it; `None` while it has not answered.
    """

    method: Method[Any]
    organization: str
    reservation_id: str
    request_id: str
    message: Message
    quantities: tuple[tuple[str, str], ...] = ()
    refusal: TallystickError | None = None

    def __str__(self) -> str:
        of = self.reservation_id or self.organization
        numbers = ", ".join(f"{number} {unit}" for unit, number in self.quantities)
        body = " ".join(str(self.message).split())
        why = f"; refused: {self.refusal}" if self.refusal is not None else ""
        return f"{self.method.name} of {of} (request {self.request_id}): {body} {numbers}{why}"


class Outbox:
    """Settlements in memory, in the order they were put."""

    durable: bool = False
    """Whether what lies here outlives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Pending] = {}
        self._left: set[str] = set()
        self._parts: set[str] = set()
        self._refused: dict[str, Pending] = {}

    def put(self, pending: Pending) -> None:
        """Keep a settlement that its caller is about to try."""
        self._waiting[pending.request_id] = pending
        if pending.method is methods.SETTLE_PART:
            self._parts.add(pending.request_id)

    def leave(self, request_id: str) -> None:
        """The caller has stopped trying: from now on `left` shows it."""
        if request_id in self._waiting:
            self._left.add(request_id)

    def done(self, request_id: str) -> None:
        """The ledger has taken it."""
        self._waiting.pop(request_id, None)
        self._left.discard(request_id)
        self._parts.discard(request_id)

    def refuse(self, request_id: str, refusal: TallystickError) -> None:
        """The ledger will not take it: keep it with the refusal, to be handed back."""
        pending = self._waiting.pop(request_id, None)
        self._left.discard(request_id)
        self._parts.discard(request_id)
        if pending is not None:
            self._refused[request_id] = replace(pending, refusal=refusal)

    def forget_parts(self, reservation_id: str) -> None:
        """A commit of the whole cost covers the parts that still wait."""
        for request_id in list(self._parts):
            pending = self._waiting.get(request_id)
            if pending is not None and pending.reservation_id == reservation_id:
                self.done(request_id)

    def forget_refused(self, request_id: str) -> None:
        """The caller has corrected what was refused."""
        if self._refused.pop(request_id, None) is not None:
            self._drop(request_id)

    def left(self) -> list[Pending]:
        """What no caller is trying any more."""
        return [pending for pending in self.waiting() if pending.request_id in self._left] if self._left else []

    def waiting(self) -> list[Pending]:
        """What the ledger has not answered."""
        return list(self._waiting.values())

    def refused(self) -> list[Pending]:
        """What the ledger will not take."""
        return list(self._refused.values())

    def keeps(self, pending: Pending) -> bool:  # noqa: ARG002  (a folder may)
        """Whether it outlives the process."""
        return False

    def take_refused(self) -> list[Pending]:
        """Hand back what the ledger will not take, and forget it."""
        taken = self.refused()
        for pending in taken:
            self._refused.pop(pending.request_id, None)
            self._drop(pending.request_id)
        return taken

    def adopt(self) -> int:
        """Take over what processes that have ended left behind; says how many settlements."""
        return 0

    def close(self) -> None:
        """Nothing more is put."""

    def _drop(self, request_id: str) -> None:
        """Forget what outlives the process."""


class FolderOutbox(Outbox):
    """Settlements as files, each written through to the disk before it is tried.

    Args:
        folder: Shared by any number of processes on this machine; made where it does not exist.
    """

    durable = True

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._own: Path | None = None
        self._lock_file: int | None = None
        _folders.add(self)

    def put(self, pending: Pending) -> None:
        """Keep a settlement, on the disk, that its caller is about to try."""
        try:
            self._write(pending, "pending")
        except OSError:  # a full disk, for example: the ledger may take it all the same
            log.exception("the outbox cannot keep a settlement on the disk; in memory only: %s", pending)
        super().put(pending)

    def done(self, request_id: str) -> None:
        """The ledger has taken it."""
        super().done(request_id)
        self._drop(request_id)

    def refuse(self, request_id: str, refusal: TallystickError) -> None:
        """The ledger will not take it: keep it with the refusal, to be handed back."""
        super().refuse(request_id, refusal)
        kept = self._refused.get(request_id)
        if kept is not None:
            try:
                self._write(kept, "refused")
            except OSError:  # what waits stays on the disk: the next process asks again, and hears the same
                log.exception("the outbox cannot keep a refusal on the disk; in memory only: %s", kept)
            else:
                self._unlink(request_id, "pending")

    def adopt(self) -> int:
        """Take over what processes that have ended left behind; says how many settlements."""
        try:
            own = self._home()
        except OSError:
            log.exception("the outbox cannot use the folder %s; settlements are kept in memory only", self._folder)
            return 0
        adopted = 0
        for other in sorted(self._folder.glob("owner-*")):
            if other == own:
                continue
            lock = _lock(other / "lock")
            if lock is None:
                continue
            try:
                for file in sorted(other.glob("*.json"), key=_age):
                    file.rename(own / file.name)
                    adopted += self._read(own / file.name)
                _sync(own)
                for draft in other.glob("*.draft"):  # never tried, because never whole
                    draft.unlink(missing_ok=True)
                (other / "lock").unlink(missing_ok=True)
                with suppress(OSError):  # something else lies there: it stays
                    other.rmdir()
            except OSError:
                log.exception("the outbox cannot take over all that lies in %s; it stays for the next process", other)
            finally:
                os.close(lock)
        return adopted

    def close(self) -> None:
        """Let go of the subfolder; what lies there is for the next process."""
        with self._lock:
            own, self._own = self._own, None
            lock, self._lock_file = self._lock_file, None
        if own is not None and lock is not None:
            if not any(own.glob("*.json")):
                with suppress(OSError):
                    (own / "lock").unlink(missing_ok=True)
                    own.rmdir()
            os.close(lock)

    def keeps(self, pending: Pending) -> bool:
        """Whether it lies on the disk."""
        return self._own is not None and (self._own / f"{pending.request_id}.pending.json").exists()

    def let_go(self) -> None:
        """Forget the subfolder without touching it: it is another process's."""
        lock, self._lock_file, self._own = self._lock_file, None, None
        self._waiting.clear()
        self._left.clear()
        self._parts.clear()
        self._refused.clear()
        if lock is not None:
            os.close(lock)

    def _home(self) -> Path:
        """This process's subfolder, which appears under its name only when it is locked."""
        with self._lock:
            if self._own is None:
                name = uuid7()
                new = self._folder / f".new-{name}"
                new.mkdir(parents=True, mode=0o700)
                self._lock_file = _lock(new / "lock", create=True)
                self._own = new.rename(self._folder / f"owner-{name}")
                _sync(self._folder)
            return self._own

    def _write(self, pending: Pending, kind: str) -> None:
        own = self._home()
        text = json.dumps(
            {
                "version": 1,
                "method": pending.method.path,
                "organization": pending.organization,
                "reservation_id": pending.reservation_id,
                "request_id": pending.request_id,
                "message": base64.b64encode(pending.message.SerializeToString()).decode(),
                "quantities": pending.quantities,
                "refusal": "" if pending.refusal is None else str(pending.refusal),
                "readable": str(pending),
            },
            indent=1,
        )
        draft = own / f"{pending.request_id}.draft"
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(own / f"{pending.request_id}.{kind}.json")
        _sync(own)

    def _read(self, file: Path) -> int:
        try:
            pending = _parse(file.read_text(encoding="utf-8"))
        except (OSError, DecodeError, ValueError, KeyError, TypeError):
            log.exception("cannot read the settlement in %s; it is kept as it is", file)
            file.rename(file.with_suffix(".unreadable"))
            return 0
        if pending.refusal is not None:
            self._refused[pending.request_id] = pending
        else:
            super().put(pending)
            self.leave(pending.request_id)
        return 1

    def _drop(self, request_id: str) -> None:
        self._unlink(request_id, "pending")
        self._unlink(request_id, "refused")

    def _unlink(self, request_id: str, kind: str) -> None:
        if self._own is None:
            return
        file = self._own / f"{request_id}.{kind}.json"
        try:
            file.unlink(missing_ok=True)
        except OSError:  # the next process repeats it, which has no effect
            log.exception("the outbox cannot remove %s, which is settled", file)


_folders: weakref.WeakSet[FolderOutbox] = weakref.WeakSet()


def _let_go_in_child() -> None:
    """A forked child must not keep the lock of a parent that may die before it."""
    for outbox in list(_folders):
        outbox.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)


def open_outbox(folder: str) -> Outbox:
    """The outbox in that folder, or in memory where none is named."""
    return FolderOutbox(Path(folder).expanduser().absolute()) if folder else Outbox()


def describe(settlements: Iterable[Pending]) -> str:
    """One line for each."""
    return "\n".join(str(pending) for pending in settlements)


def _parse(text: str) -> Pending:
    told = json.loads(text)
    method = METHODS[told["method"]]
    message = _MESSAGES[method.name].FromString(base64.b64decode(told["message"]))
    return Pending(
        method,
        told["organization"],
        told["reservation_id"],
        told["request_id"],
        message,
        tuple((unit, number) for unit, number in told["quantities"]),
        TallystickError(told["refusal"]) if told["refusal"] else None,
    )


def _lock(file: Path, *, create: bool = False) -> int | None:
    """The lock as an open file; `None` where its process lives, has just been cleared away, or is another user's."""
    import fcntl

    try:
        lock = os.open(file, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
    except OSError:
        if create:
            raise
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _age(file: Path) -> tuple[int, str]:
    """Orders files as they were written; a request id alone does not, within its millisecond."""
    return file.stat().st_mtime_ns, file.name


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
