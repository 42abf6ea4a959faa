"""Databases to verify: each test that meddles gets a copy of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verify.journal import governed, something_of_everything, write_sqlite


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


@pytest.fixture(scope="session")
def governed_journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another, with standing records too."""
    path = tmp_path_factory.mktemp("verify") / "governed.db"
    write_sqlite(path, governed())
    return path


@pytest.fixture
def governed_copy(governed_journal: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes fresh copies of that."""

    def fresh() -> Path:
        path = tmp_path / "governed.db"
        shutil.copyfile(governed_journal, path)
        return path

    return fresh


@pytest.fixture
def governed_database(governed_copy: Callable[[], Path]) -> Path:
    """One fresh copy of that."""
    return governed_copy()


@pytest.fixture
def database(copy: Callable[[], Path]) -> Path:
    """One fresh copy."""
    return copy()
