from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ledger.embedded import PROGRAMS_VARIABLE
from tests import postgres

pytestmark = pytest.mark.postgres


def _query(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement through psycopg alone."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("time", ["first", "second"])
def test_postgres_url__is_fresh(postgres_url: str, time: str):
    """Each test gets an empty database, whatever the one before left in its own."""
    _query(postgres_url, "CREATE TABLE entries AS SELECT 1 AS position")

    tables = _query(postgres_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    assert tables == [("entries",)], time


def test_postgres_template__prepares_once(postgres_template: Callable[[Callable[[str], None]], str]):
    """The preparation runs once; each copy has its result and is separate from the others."""
    prepared = []

    def migrate(url: str) -> None:
        prepared.append(url)
        _query(url, "CREATE TABLE entries AS SELECT 1 AS position")

    first, second = postgres_template(migrate), postgres_template(migrate)
    _query(first, "DELETE FROM entries")

    assert len(prepared) == 1
    assert _query(first, "SELECT position FROM entries") == []
    assert _query(second, "SELECT position FROM entries") == [(1,)]


def test_databases__named_by_the_environment(
    postgres_databases: postgres.Databases, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Where the environment names a server, databases are made there and no server is started."""
    monkeypatch.setenv(postgres.URL_VARIABLE, postgres_databases.address)
    monkeypatch.setenv(PROGRAMS_VARIABLE, "/nonexistent")

    with postgres.databases() as databases:
        assert databases.address == postgres_databases.address
    assert _query(postgres_url, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_databases__where_there_is_no_postgresql(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Without PostgreSQL tests are skipped with the reason; under CI that is a failure."""
    monkeypatch.delenv(postgres.URL_VARIABLE, raising=False)
    monkeypatch.setenv(PROGRAMS_VARIABLE, str(tmp_path))
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="no PostgreSQL found"), postgres.databases():
        pass
