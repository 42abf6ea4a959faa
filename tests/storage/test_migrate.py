import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, create_engine, insert, inspect, select
from sqlalchemy.pool import NullPool

from ledger.core.queries import ReservationQuery
from ledger.core.requests import made_at
from ledger.storage import migrate as migrating
from ledger.storage import schema
from ledger.storage.address import parse
from ledger.storage.exclusive import WriterLock
from ledger.storage.migrate import NEWEST, SchemaState, finish, migrate, prepare_sqlite, schema_state
from ledger.storage.open import open_store
from ledger.storage.problems import CannotOpen, SchemaOutdated, StoreInUse
from ledger.storage.schema import metadata
from ledger.verify import verify
from tests.storage.conftest import ANY_CLOCK
from tests.storage.world import Scribe, commit, founding, reserve, uuid7

ADDED = {schema.standing, schema.deliveries}
"""Tables that the first revision did not have."""

pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index.*")


def shown(index: Any) -> str:
    """An index with its condition as text."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return str({**index, "dialect_options": options})


def described(connection: Connection) -> dict[str, Any]:
    """All that a database says about its tables, but for the order of indexes."""
    inspected = inspect(connection)
    found = {}
    for name in inspected.get_table_names():
        if name == migrating.VERSION_TABLE:
            continue
        found[name] = {
            "columns": [{**column, "type": str(column["type"])} for column in inspected.get_columns(name)],
            "key": inspected.get_pk_constraint(name),
            "unique": inspected.get_unique_constraints(name),
            "foreign": inspected.get_foreign_keys(name),
            "checks": inspected.get_check_constraints(name),
            "indexes": sorted(map(shown, inspected.get_indexes(name))),
        }
        if connection.dialect.name == "sqlite":
            made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).scalar()
            found[name]["options"] = str(made).rpartition(")")[2].strip()
        else:
            found[name]["comment"] = inspected.get_table_comment(name)
    return found


def both(first: str, second: str) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """One database made by all migrations, one from the schema, and what Alembic would change in the first."""
    migrate(first)
    migrated, fresh = (create_engine(parse(url).url, poolclass=NullPool) for url in (first, second))
    metadata.create_all(fresh)
    with migrated.connect() as one, fresh.connect() as other:
        changes = compare_metadata(MigrationContext.configure(one, opts={"compare_type": True}), metadata)
        return described(one), described(other), list(changes)


def test_migrations__make_the_schema_on_sqlite(tmp_path: Path):
    """All migrations together make what the schema declares, on SQLite."""
    migrated, fresh, changes = both(f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'two.db'}")

    assert migrated == fresh
    assert changes == []


@pytest.mark.postgres
def test_migrations__make_the_schema_on_postgresql(postgres_url: str, postgres_databases: Any):
    """All migrations together make what the schema declares, comments included, on PostgreSQL."""
    name = postgres_databases.create()
    migrated, fresh, changes = both(postgres_url, postgres_databases.url(name))
    postgres_databases.drop(name)

    assert migrated == fresh
    assert changes == []


def revisions() -> list[str]:
    """All, from the first; it fails where they branch."""
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(Path(migrating.__file__).with_name("migrations")))
    scripts = ScriptDirectory.from_config(config)
    return [script.revision for script in scripts.walk_revisions("base", str(scripts.get_current_head()))][::-1]


def test_migrations__in_one_line():
    """The revisions follow one another, sort as text, and the last is the one that the program was written for."""
    found = revisions()

    assert found == sorted(found)
    assert found[-1] == NEWEST


def test_migrate__sqlite(tmp_path: Path):
    """A SQLite file is made and brought to the newest schema; a second time changes nothing."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"

    assert schema_state(url) == SchemaState("")
    assert schema_state(url).outdated
    assert migrate(url) == migrate(url) == schema_state(url) == SchemaState(NEWEST)
    assert not schema_state(url).outdated


def write_rows(connection: Connection, known: MetaData, rows: Mapping[Table, Sequence[Any]]) -> None:
    """Write what tables as they are known have room for of these rows of today's tables."""
    for table, found in rows.items():
        if table.name not in known.tables or not found:
            continue
        there = known.tables[table.name]
        values = [dict(row._mapping) for row in found]
        if "made_at_us" in there.columns:
            values = [{**value, "made_at_us": made_at(value["request_id"])} for value in values]
        names = [column.name for column in there.columns]
        connection.execute(insert(there), [{name: value[name] for name in names} for value in values])


def as_revision(url: str, revision: str, rows: Mapping[Table, Sequence[Any]]) -> None:
    """A database as an older revision made it, with what it has room for of these rows of today's tables."""
    with migrating._connected(migrating._address(url)) as connection:
        migrating._upgrade(connection, revision)
        old = MetaData()
        old.reflect(connection)
        write_rows(connection, old, rows)
        connection.commit()


def rows_in(url: str) -> dict[Table, list[Any]]:
    """All rows of all tables, in the order of their keys."""
    with migrating._connected(migrating._address(url)) as connection:
        return {
            table: list(connection.execute(select(table).order_by(*table.primary_key.columns)))
            for table in metadata.sorted_tables
        }


async def filled(path: Path) -> tuple[dict[Table, list[Any]], Scribe]:
    """Rows of the journals of two organizations, and who wrote the latter."""
    url = f"sqlite:///{path}"
    store = await open_store(url, ANY_CLOCK)
    scribes = [Scribe("acme"), Scribe("globex")]
    for scribe in scribes:
        name = scribe.book.name
        await store.append(scribe.decide(*founding(name)))
        held = [reserve(f"{name}/team/a0", number=number, tool="search" * (number % 2)) for number in range(5)]
        await store.append(scribe.decide(*held))
        await store.append(scribe.decide(commit(1, 7), commit(2, 7)))
    await store.close()
    rows = rows_in(url)
    assert all(found for table, found in rows.items() if table not in ADDED)
    return rows, scribes[-1]


@pytest.mark.parametrize("revision", ["0002", "0003", "0004"])
@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_migrate__keeps_rows(backend: str, revision: str, request: pytest.FixtureRequest, tmp_path: Path):
    """A database of an older revision has all its rows after migrating, its journal verifies, and it goes on.

    What its reservations count in and claimed is nothing, and its entries say which reservation they are about.
    """
    rows, scribe = await filled(tmp_path / "source.db")
    url = f"sqlite:///{tmp_path / 'old.db'}" if backend == "sqlite" else request.getfixturevalue("postgres_url")
    as_revision(url, revision, rows)
    assert schema_state(url).revision == revision

    migrate(url)

    assert rows_in(url) == rows
    assert {(row.pins, row.claim) for row in rows_in(url)[schema.reservations]} == {("[]", "")}
    about = [row.reservation_id for row in rows_in(url)[schema.entries]]
    assert about.count(uuid7(1)) == 4  # opened and committed, in both organizations
    assert verify(url).findings == []
    store = await open_store(url, ANY_CLOCK)
    await store.append(scribe.decide(commit(3, 7), reserve("globex/team/a1", number=6, tool="search")))
    found = await store.reader.reservations(ReservationQuery("globex", "globex", tool="search"))
    assert [one.reservation_id for one, _ in found.reservations] == [uuid7(1), uuid7(3), uuid7(6)]
    await store.close()
    assert verify(url).findings == []


@pytest.mark.parametrize("revision", ["0002", "0003", "0004"])
async def test_migrate__all_or_nothing_on_sqlite(tmp_path: Path, revision: str, monkeypatch: pytest.MonkeyPatch):
    """A migration that is interrupted leaves tables and rows as they were, and can be run again."""
    rows, _ = await filled(tmp_path / "source.db")
    path = tmp_path / "old.db"
    url = f"sqlite:///{path}"
    as_revision(url, revision, rows)
    with closing(sqlite3.connect(path)) as connection:
        before = list(connection.iterdump())

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.drop_table", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            migrate(url)

    with closing(sqlite3.connect(path)) as connection:
        assert list(connection.iterdump()) == before
    migrate(url)
    assert rows_in(url) == rows


BEFORE_THE_FIRST_RELEASE = {"0003", "0004", "0005"}
"""Revisions beside which no process of an earlier one writes. There will be no more."""


def written_as_before(url: str, revision: str, rows: Mapping[Table, Sequence[Any]]) -> None:
    """A database at a revision has got these rows as a process of the revision before would write them.

    Raises:
        CannotOpen: It has a column that such a process does not know, and that needs a value.
    """
    before = revisions()[revisions().index(revision) - 1]
    as_revision(url, before, {})
    with migrating._connected(migrating._address(url)) as connection:
        older = MetaData()
        older.reflect(connection)
        migrating._upgrade(connection, revision)
        write_rows(connection, older, rows)
        connection.commit()


@pytest.mark.parametrize("revision", revisions()[1:])
@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_migrations__the_release_before_goes_on_writing(
    backend: str, revision: str, request: pytest.FixtureRequest, tmp_path: Path
):
    """From the first release on what a migration adds to a table has a default, so that older processes can write."""
    rows, _ = await filled(tmp_path / "source.db")
    url = f"sqlite:///{tmp_path / 'old.db'}" if backend == "sqlite" else request.getfixturevalue("postgres_url")

    with pytest.raises(CannotOpen) if revision in BEFORE_THE_FIRST_RELEASE else nullcontext():
        written_as_before(url, revision, rows)


async def test_migrate__sqlite_in_use(sqlite_store: Any):
    """A file that a process writes to is not migrated under its feet."""
    with pytest.raises(StoreInUse):
        migrate(f"sqlite:///{sqlite_store.path}")


@pytest.mark.postgres
async def test_migrate__postgresql(postgres_url: str):
    """PostgreSQL is migrated by command only, and then opens."""
    with pytest.raises(SchemaOutdated):
        await open_store(postgres_url, ANY_CLOCK)
    assert schema_state(postgres_url) == SchemaState("")

    assert migrate(postgres_url) == migrate(postgres_url) == SchemaState(NEWEST)

    await (await open_store(postgres_url, ANY_CLOCK)).close()


def test_prepare_sqlite__copies_what_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An older file is copied before it is migrated; a new or current one is not."""
    path = tmp_path / "ledger.db"
    prepare_sqlite(path)
    prepare_sqlite(path)
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.db"]
    before = path.read_bytes()
    monkeypatch.setattr(migrating, "NEWEST", "9998")

    prepare_sqlite(path)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.db", f"ledger.db.before-9998-was-{NEWEST}"]
    assert (tmp_path / f"ledger.db.before-9998-was-{NEWEST}").read_bytes() == before


def test_prepare_sqlite__newer_schema(tmp_path: Path):
    """A schema newer than the program serves it too: migrations only add."""
    path = tmp_path / "ledger.db"
    prepare_sqlite(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    prepare_sqlite(path)

    assert schema_state(f"sqlite:///{path}").revision == "9999"
    assert not schema_state(f"sqlite:///{path}").outdated


def test_prepare_sqlite__a_database_of_something_else(tmp_path: Path):
    """A database with tables that are not ours is refused and left as it is."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name text)")

    with pytest.raises(CannotOpen, match="database of something else"):
        prepare_sqlite(path)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_finish__raises_the_format(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Finishing lets every organization's journal have the newest kinds, once; batches keep the format."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}" if backend == "sqlite" else request.getfixturevalue("fresh_postgres")
    store = await open_store(url, ANY_CLOCK)
    for name in ("acme", "globex"):
        await store.append(Scribe(name).decide(*founding(name)))
    await store.close()
    monkeypatch.setattr(migrating, "FORMAT_NEWEST", 2)

    assert schema_state(url).unfinished == 2
    assert finish(url) == 2
    assert finish(url) == 0
    assert schema_state(url).unfinished == 0

    again = await open_store(url, ANY_CLOCK)
    assert (await again.head("acme")).format == 2
    await again.close()


def test_finish__schema_outdated(tmp_path: Path):
    """Nothing is finished on a schema that is not there yet."""
    with pytest.raises(CannotOpen, match="run: tallystick migrate"):
        finish(f"sqlite:///{tmp_path / 'ledger.db'}")


def test_schema_state__nobody_there():
    """A server that cannot be reached is named without its password."""
    with pytest.raises(CannotOpen) as raised:
        schema_state("postgresql://ann:secret@127.0.0.1:1/ledger")

    assert "postgresql+psycopg://ann:***@127.0.0.1:1/ledger cannot be used" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_migrate__memory():
    """The memory store has nothing to migrate."""
    with pytest.raises(CannotOpen):
        migrate("memory:")


def test_prepare_sqlite__under_the_lock(tmp_path: Path):
    """`prepare_sqlite` leaves the lock to its caller."""
    lock = WriterLock(tmp_path / "ledger.db")
    prepare_sqlite(tmp_path / "ledger.db")
    lock.release()
