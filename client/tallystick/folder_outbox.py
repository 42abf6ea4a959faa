"""The outbox in a folder that outlives the process.

Each process has a subfolder of its own, with a lock that the system frees when the process ends, however it ends.
Whoever gets hold of the lock of a subfolder that is not its own takes over what lies there.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Final

from google.protobuf.message import DecodeError, Message

from tallystick.errors import TallystickError
from tallystick.ids import uuid7
from tallystick.methods import METHODS
from tallystick.outbox import Outbox, Pending
from tallystick.v1 import reservations_pb2

log = logging.getLogger("tallystick")

_MESSAGES: Final[dict[str, type[Message]]] = {
    "Commit": reservations_pb2.CommitRequest,
    "SettlePart": reservations_pb2.SettlePartRequest,
    "Release": reservations_pb2.ReleaseRequest,
    "Charge": reservations_pb2.ChargeRequest,
}


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
        self._lock = threading.RLock()
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
        """The ledger has taken it. Another thread that closes the outbox meanwhile finds it whole, or gone."""
        with self._lock:
            super().done(request_id)
            self._drop(request_id)

    def refuse(self, request_id: str, refusal: TallystickError) -> None:
        """The ledger will not take it: keep it with the refusal, to be handed back."""
        with self._lock:
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
