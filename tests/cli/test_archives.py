import gzip
import shutil
import stat
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from ledger.core.calendars import Period
from ledger.storage.exclusive import WriterLock
from ledger.storage.migrate import migrate
from ledger.verify import Verdict, verify
from tests import builders
from tests.verify.governance import governed_by_all
from tests.verify.journal import Writer, append, execute_sql, something_of_everything, write_sqlite


@pytest.fixture
def exported(tallystick, database, tmp_path):
    """The file of an export."""
    path = tmp_path / "books.jsonl"
    tallystick("export", "-o", str(path))
    return path


@pytest.fixture
def elsewhere(tmp_path):
    """Another database, which is not there yet."""
    return f"sqlite:///{tmp_path}/elsewhere.db"


def test_export(tallystick, database, tmp_path):
    """A file that only its owner can read; what was written is said, with a seal to note elsewhere."""
    path = tmp_path / "books.jsonl"

    ran = tallystick("export", "--output", str(path), "--json")

    (acme,) = ran.document["organizations"]
    assert (ran.document["bytes"], acme["position"], acme["lines"]["entry"]) == (path.stat().st_size, 39, 39)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.partial"))


def test_export__standard_output(exported, database, tmp_path):
    """Without a file the lines go to standard output, the same bytes; packed they are the same lines."""
    command = [sys.executable, "-m", "ledger.cli.main", "export", "--quiet"]

    piped = subprocess.run(command, capture_output=True, check=True).stdout
    subprocess.run([*command, "-o", str(tmp_path / "books.jsonl.gz")], capture_output=True, check=True)

    assert piped == exported.read_bytes()
    assert gzip.decompress((tmp_path / "books.jsonl.gz").read_bytes()) == piped


def test_export__bad_input(tallystick, exported, database, tmp_path):
    """An existing file, nobody of that name, a folder that is not there, two documents on one stream."""
    assert "exists" in tallystick("export", "-o", str(exported), code=3).err
    assert "nobody" in tallystick("export", "--organization", "nobody", "-o", str(tmp_path / "n"), code=3).err
    assert tallystick("export", "-o", f"{tmp_path}/none/x", "--json", code=3).error["reason"] == "NOT_EXPORTED"
    assert "--output" in tallystick("export", "--json", code=2).err
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize("packed", ["", ".gz"])
def test_import__and_export_again(packed, tallystick, database, elsewhere, tmp_path):
    """Export, import, export: the same bytes, and the copy verifies."""
    first, second = tmp_path / f"1.jsonl{packed}", tmp_path / f"2.jsonl{packed}"
    tallystick("export", "-o", str(first))

    ran = tallystick("import", str(first), "--database", elsewhere, "--json")
    tallystick("export", "-o", str(second), "--database", elsewhere)

    assert second.read_bytes() == first.read_bytes()
    assert verify(elsewhere).verdict is Verdict.CLEAN
    assert [one["incarnation"] for one in ran.document["organizations"]] == [2]


def test_import__what_is_not_in_it(tallystick, exported, elsewhere, tmp_path):
    """Where webhooks stand is in no export, and whoever moves a database is told so."""
    people = tallystick("import", str(exported), "--database", elsewhere)
    programs = tallystick("import", str(exported), "--database", f"sqlite:///{tmp_path}/third.db", "--json")

    assert "not imported: where webhooks stand" in people.out
    assert programs.document["not_imported"] == ["webhook_cursors"]


def test_import__restore(tallystick, exported, elsewhere):
    """After a loss a new incarnation begins, in an entry that says why, and everything verifies."""
    people = tallystick("import", str(exported), "--database", elsewhere, "--restore", "the disk of January")

    assert "acme: incarnation 3 begins at position 40" in people.out
    report = verify(elsewhere)
    assert (report.verdict, report.of("acme").position, report.of("acme").quarantine) == (Verdict.CLEAN, 40, "")


def test_import__restore_of_what_time_acts_on(tallystick, elsewhere, tmp_path):
    """What is due by time, of records of governance too, is known to the head of the new incarnation."""
    writer = Writer()
    writer.write(builders.create_organization(), builders.agent("acme/a"), builders.fund(100))
    writer.write(builders.allowance("acme/a", 5, period=Period.HOUR))
    url = write_sqlite(tmp_path / "governed.db", writer)
    tallystick("export", "--database", url, "-o", str(tmp_path / "g.jsonl"))

    tallystick("import", str(tmp_path / "g.jsonl"), "--database", elsewhere, "--restore", "why")

    assert verify(elsewhere).findings == []


def test_import__nothing_is_replaced(tallystick, exported, database):
    """R9: where the organization exists nothing is imported, whatever else the file has."""
    before = database.read_bytes()

    refused = tallystick("import", str(exported), "--json", code=1)

    assert (refused.error["reason"], database.read_bytes()) == ("NOT_IMPORTED", before)


def test_import__findings(tallystick, database, elsewhere, tmp_path):
    """What does not verify is not imported, and the first finding is named."""
    execute_sql(database, "UPDATE balances SET spent = spent + 1 WHERE partition_id = 4")
    tallystick("export", "-o", str(tmp_path / "bad.jsonl"))

    refused = tallystick("import", str(tmp_path / "bad.jsonl"), "--database", elsewhere, "--json", code=1)

    assert refused.error["verification"]["counts"] == {"ROW_ALTERED": 1}
    assert "balances.spent" in refused.error["message"]
    assert not (tmp_path / "elsewhere.db").exists()


def test_import__bad_input(tallystick, exported, elsewhere, tmp_path):
    """No file, another format, no such organization, no place to put it."""
    newer = tmp_path / "newer.jsonl"
    newer.write_bytes(exported.read_bytes().replace(b'export",1,', b'export",2,', 1))

    assert tallystick("import", str(tmp_path / "none"), "--database", elsewhere, code=3).err.count("\n") == 1
    assert "use a newer one" in tallystick("import", str(newer), "--database", elsewhere, code=3).err
    assert "zeta" in tallystick("import", str(exported), "--organization", "zeta", "--database", elsewhere, code=3).err
    assert "memory" in tallystick("import", str(exported), "--database", "memory:", code=3).err
    assert tallystick("import", str(exported), "--restore", "x" * 501, code=2).err
    for nothing in ("", "  "):
        said = tallystick("import", str(exported), "--database", elsewhere, "--restore", nothing, code=2).err
        assert "--restore says why" in said


def test_import__progress(tallystick, exported, elsewhere, monkeypatch):
    """Verifying and writing are two works, told on standard error; at the end it says what must not be done."""
    monkeypatch.setattr("ledger.cli.progress._EVERY", 10)

    told = tallystick("import", str(exported), "--database", elsewhere).err.splitlines()

    assert told[:2] == ["acme, verified: 39 of 39 entries", "acme, written: 39 of 39 entries"]
    assert "never to both" in told[2]


@pytest.mark.postgres
def test_import__between_databases(tallystick, postgres_url, tmp_path, monkeypatch):
    """From PostgreSQL to SQLite and back: three exports, one file."""
    monkeypatch.setenv("TALLYSTICK_UNSAFE_DURABILITY", "true")
    migrate(postgres_url)
    append(postgres_url, governed_by_all(), something_of_everything("zeta"))
    files = [tmp_path / f"{number}.jsonl" for number in range(3)]
    lite = f"sqlite:///{tmp_path}/lite.db"

    tallystick("export", "--database", postgres_url, "-o", str(files[0]))
    tallystick("import", str(files[0]), "--database", lite)
    tallystick("export", "--database", lite, "-o", str(files[1]))
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE heads, entries, postings, seals, reservations, request_ids, standing CASCADE")
        )
    engine.dispose()
    tallystick("import", str(files[1]), "--database", postgres_url)
    tallystick("export", "--database", postgres_url, "-o", str(files[2]))

    assert files[0].read_bytes() == files[1].read_bytes() == files[2].read_bytes()
    assert verify(postgres_url).verdict is Verdict.CLEAN


@pytest.mark.postgres
def test_import__postgresql_without_tables(tallystick, exported, postgres_url):
    """A database that was never migrated is said to be so."""
    assert "tallystick migrate" in tallystick("import", str(exported), "--database", postgres_url, code=3).err


def test_import__server_running(tallystick, exported, database, tmp_path):
    """SQLite: beside a process that writes nothing is imported."""
    copy = tmp_path / "copy.db"
    shutil.copyfile(database, copy)
    lock = WriterLock(copy)

    said = tallystick("import", str(exported), "--database", f"sqlite:///{copy}", code=3).err

    lock.release()
    assert "stop it first" in said
