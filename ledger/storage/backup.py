"""Backup of a SQLite store: a copy of one moment, taken beside a running server."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ledger.storage.problems import CannotOpen


def backup_sqlite(path: Path, target: Path) -> None:
    """The target is a database with everything that was committed at some moment of the call, and is on the disk.

    It appears whole or not at all: it is made under another name beside it and renamed.

    Args:
        path: The store's file; a server may be writing to it.
        target: Must not exist.

    Raises:
        CannotOpen: There is no database at `path`, the target exists, or the copy failed.
    """
    if not path.exists():
        raise CannotOpen(f"there is no database {path}")
    if target.exists():
        raise CannotOpen(f"{target} exists; a backup replaces nothing")
    making = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        source = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(source, uri=True)) as live, closing(sqlite3.connect(making)) as copy:
            # One step: a copy in several begins anew whenever the server writes in between.
            live.backup(copy)
            [verdict] = copy.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise CannotOpen(f"the copy of {path} is damaged: {verdict}")
        with making.open("rb") as written:
            os.fsync(written.fileno())
        put_in_place(making, target)
    except (OSError, sqlite3.Error) as problem:
        raise CannotOpen(f"{path} cannot be copied to {target}: {problem}") from problem
    finally:
        for left in (making, making.with_name(f"{making.name}-wal"), making.with_name(f"{making.name}-shm")):
            left.unlink(missing_ok=True)


def put_in_place(making: Path, target: Path) -> None:
    """A file that is whole and on the disk has its name, and keeps it when the machine falls.

    Raises:
        OSError: It cannot have it.
    """
    making.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
