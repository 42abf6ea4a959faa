import os
from pathlib import Path

import pytest

from ledger.storage.exclusive import WriterLock
from ledger.storage.problems import StoreInUse


def test_writer_lock__one_at_a_time(tmp_path: Path):
    """The second is refused with the file and the holder's process id; after release it is not."""
    first = WriterLock(tmp_path / "ledger.db")

    with pytest.raises(StoreInUse, match=rf"ledger\.db is being written by another process \(pid {os.getpid()}, "):
        WriterLock(tmp_path / "ledger.db")

    first.release()
    WriterLock(tmp_path / "ledger.db").release()


def test_writer_lock__per_file(tmp_path: Path):
    """Two databases in one folder do not keep each other out."""
    locks = [WriterLock(tmp_path / name) for name in ("one.db", "two.db")]

    assert (tmp_path / "one.db.writer").read_text() == f"{os.getpid()}\n"
    for lock in locks:
        lock.release()


def test_writer_lock__left_behind(tmp_path: Path):
    """A lock file that a dead process left counts for nothing."""
    (tmp_path / "ledger.db.writer").write_text("999999\n")

    WriterLock(tmp_path / "ledger.db").release()

    assert (tmp_path / "ledger.db.writer").read_text() == f"{os.getpid()}\n"
