"""Exclusive: one writing process for each SQLite database file, held by a lock that ends with the process."""

import fcntl
import os
from pathlib import Path

from ledger.storage.problems import StoreInUse


class WriterLock:
    """The right to write to a database file: an advisory lock on a file beside it, which names the holder.

    The operating system lets go of it when the process ends, however it ends. The file stays; only the lock counts.
    """

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            StoreInUse: Another process holds it, or another store of this one.
        """
        path = database.with_name(f"{database.name}.writer")
        self._file = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            self._file.seek(0)
            holder = self._file.read(32).strip() or "unknown"
            self._file.close()
            raise StoreInUse(
                f"{database} is being written by another process (pid {holder}, lock {path}); "
                "stop it first, or read beside it with `tallystick verify` or `tallystick backup`"
            ) from problem
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Others may write."""
        self._file.close()
