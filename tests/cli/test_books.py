import io
import shutil
import sys

import pytest

from ledger.cli.books import database_of, report_lines
from ledger.storage.migrate import NEWEST
from ledger.verify import verify
from tests.verify.journal import execute_sql, something_of_everything, write_sqlite


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    """A database with something of everything, not to be changed."""
    path = tmp_path_factory.mktemp("books") / "ledger.db"
    write_sqlite(path, something_of_everything())
    return path


@pytest.fixture
def database(journal, tmp_path, monkeypatch):
    """A copy, which is the one that the environment names."""
    path = tmp_path / "ledger.db"
    shutil.copyfile(journal, path)
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", f"sqlite:///{path}")
    return path


def test_verify__clean(tallystick, database):
    """Exit code 0, the verdict last; a program gets it first, with a seal to note elsewhere."""
    people, program = tallystick("verify"), tallystick("verify", "acme", "--json")

    assert people.out.splitlines()[-1] == f"CLEAN: sqlite:///{database}"
    assert people.out.startswith("acme: CLEAN, 39 entries and 62 postings up to position 39, seal ")
    assert (program.document["verdict"], program.document["findings"]) == ("CLEAN", [])
    assert len(program.document["organizations"][0]["chain"]) == 64


def test_verify__finding(tallystick, database):
    """Exit code 1, and typed findings on standard output."""
    execute_sql(database, "UPDATE balances SET spent = spent + 1 WHERE partition_id = 4")

    people, program = tallystick("verify", code=1), tallystick("verify", "--json", code=1)

    assert people.out.startswith("ROW_ALTERED acme: balances.spent [4, USD]; expected ")
    (finding,) = program.document["findings"]
    assert (finding["kind"], finding["organization"], finding["place"]) == ("ROW_ALTERED", "acme", "balances.spent")
    assert program.document["counts"] == {"ROW_ALTERED": 1}


def test_verify__incomplete(tallystick, database):
    """What this program cannot read is not clean: exit code 1."""
    execute_sql(database, "UPDATE heads SET format = 2, quarantine = 'a doubt'")

    out = tallystick("verify", code=1).out

    assert "what is not complete is not clean" in out
    assert "QUARANTINED: a doubt" in out
    assert out.splitlines()[-1].startswith("INCOMPLETE: ")


def test_verify__bad_input(tallystick, tmp_path):
    """No file, no such organization, no database's address: one sentence each."""
    nowhere = f"sqlite:///{tmp_path}/none.db"

    assert tallystick("verify", "--database", nowhere, "--json", code=3).error["reason"] == "DATABASE_UNUSABLE"
    assert tallystick("verify", "--database", nowhere, code=3).err.count("\n") == 1
    assert "is not a database that is known" in tallystick("verify", "--database", "mysql://x/y", code=3).err


def test_verify__unknown_organization(tallystick, database):
    """A name that is nowhere is a mistake, not a clean verification of nothing."""
    assert "no organization nobody" in tallystick("verify", "nobody", code=3).err


def test_verify__progress(tallystick, database, monkeypatch):
    """Without a terminal progress is plain lines on standard error, out of the document's way."""
    monkeypatch.setattr("ledger.cli.books._EVERY", 10)

    ran = tallystick("verify", "--json")

    assert ran.err == "acme: 39 of 39 entries\n"
    assert ran.document["verdict"] == "CLEAN"
    assert tallystick("verify", "--quiet").err == ""


def test_verify__progress_on_a_terminal(tallystick, database, monkeypatch):
    """On a terminal there is a bar, gone when it is done."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", screen := Terminal())

    tallystick("verify")

    assert "acme" in screen.getvalue()


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


def test_report_lines__many(database):
    """Findings beyond what a report keeps are counted."""
    report = verify(f"sqlite:///{database}")
    report.counts["ROW_EXTRA"] = 7

    assert report_lines(report)[0] == "and 7 more"
