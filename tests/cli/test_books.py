from ledger.cli.books import database_of
from ledger.storage.migrate import NEWEST
from tests.verify.journal import execute_sql


def test_backup(tallystick, database, tmp_path):
    """A copy verifies as its original does, and replaces nothing."""
    target = tmp_path / "copy.db"

    ran = tallystick("backup", str(target), "--json")

    assert ran.document == {"source": str(database), "target": str(target), "bytes": target.stat().st_size}
    assert tallystick("verify", "--database", f"sqlite:///{target}").out.startswith("acme: CLEAN")
    assert "exists" in tallystick("backup", str(target), code=3).err
    again = tmp_path / "again.db"
    assert tallystick("backup", str(again)).out == f"copied {database} to {again}, {again.stat().st_size} bytes\n"


def test_backup__bad_input(tallystick, tmp_path):
    """Of PostgreSQL its own tools take backups; without a database there is nothing to copy."""
    target = str(tmp_path / "copy.db")

    postgres = tallystick("backup", target, "--database", "postgresql://me:secret@nowhere/x", "--json", code=2)

    assert (postgres.error["reason"], "secret" in postgres.err) == ("NOT_SQLITE", False)
    assert tallystick("backup", target, "--database", f"sqlite:///{tmp_path}/none.db", code=3).err
    assert tallystick("backup", code=2).err


def test_migrate(tallystick, tmp_path):
    """A fresh file gets its tables; a second run changes nothing; the end of a migration is a step of its own."""
    url = f"sqlite:///{tmp_path}/new.db"

    first, second = tallystick("migrate", "--database", url), tallystick("migrate", "--database", url, "--json")
    finished = tallystick("migrate", "--finish", "--database", url)

    assert first.out == f"{url} has schema {NEWEST}\n"
    assert second.document == {"database": url, "revision": NEWEST, "newest": NEWEST, "unfinished": 0, "raised": 0}
    assert finished.out == "0 organizations may hold the newest kinds of entries from now on\n"


def test_migrate__bad_input(tallystick, tmp_path):
    """A database of something else, an unreachable server, an end before the beginning."""
    other = tmp_path / "other.db"
    execute_sql(other, "CREATE TABLE notes (text)")

    assert "something else" in tallystick("migrate", "--database", f"sqlite:///{other}", code=3).err
    assert tallystick("migrate", "--database", "postgresql://127.0.0.1:1/x", code=3).err.count("\n") == 1
    assert (
        "tallystick migrate"
        in tallystick("migrate", "--finish", "--database", f"sqlite:///{tmp_path}/n.db", code=3).err
    )
    assert tallystick("migrate", "--database", "memory:", code=3).err


def test_database_of(monkeypatch):
    """The option, else the environment, else the file that `serve` takes."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "sqlite:///there.db")

    assert database_of("sqlite:///here.db") == "sqlite:///here.db"
    assert database_of(None) == "sqlite:///there.db"
    monkeypatch.delenv("TALLYSTICK_DATABASE_URL")
    assert database_of(None).endswith("tallystick/ledger.db")
