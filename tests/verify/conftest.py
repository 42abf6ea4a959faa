"""Databases to verify: each test that meddles gets a copy of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verify.journal import something_of_everything, write_sqlite


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with something of everything, not to be changed."""
    path = tmp_path_factory.mktemp("verify") / "ledger.db"
    write_sqlite(path, something_of_everything())
    return path


@pytest.fixture
def copy(journal: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes fresh copies of it."""

    def fresh() -> Path:
        path = tmp_path / "copy.db"
        shutil.copyfile(journal, path)
        return path

    return fresh


@pytest.fixture
def database(copy: Callable[[], Path]) -> Path:
    """One fresh copy."""
    return copy()
