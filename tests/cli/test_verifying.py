import pathlib

import pytest

from ledger.cli.problems import Complaint
from ledger.cli.verifying import report_lines, told_apart
from ledger.verify import verify
from tests.verify.journal import execute_sql


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


def test_report_lines__many(database):
    """Findings beyond what a report keeps are counted."""
    report = verify(f"sqlite:///{database}")
    report.counts["ROW_EXTRA"] = 7

    assert report_lines(report)[0] == "and 7 more"


@pytest.fixture
def exported(tallystick, database, tmp_path):
    """An export of it."""
    path = tmp_path / "books.jsonl"
    tallystick("export", "-o", str(path))
    return path


def test_verify__export(tallystick, exported, monkeypatch):
    """A file is verified by itself, without any database; of it one organization too."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "sqlite:////nowhere/at/all.db")

    whole, one = tallystick("verify", str(exported)), tallystick("verify", str(exported), "acme", "--json")

    assert whole.out.splitlines()[-1] == f"CLEAN: {exported}"
    assert one.document["organizations"][0]["position"] == 39


def test_verify__export_cut_off(tallystick, exported):
    """Exit code 1 for a file that ends early: what was read may be right, and nobody knows about the rest."""
    exported.write_bytes(exported.read_bytes()[:9000])

    ran = tallystick("verify", str(exported), "--json", code=1)

    assert (ran.document["verdict"], ran.document["counts"]) == ("INCOMPLETE", {"EXPORT_INCOMPLETE": 1})


def test_verify__export_bad_input(tallystick, tmp_path, database):
    """No such file, none of ours, a file and a database at once: one sentence each."""
    notes = tmp_path / "notes.json"
    notes.write_text("{}\n")

    assert tallystick("verify", str(tmp_path / "none.jsonl"), code=3).err.count("\n") == 1
    assert tallystick("verify", str(notes), "--json", code=3).error["reason"] == "EXPORT_UNREADABLE"
    assert "not both" in tallystick("verify", str(notes), "--database", f"sqlite:///{database}", code=2).err


def test_told_apart(exported, monkeypatch):
    """What is written like a file is one; so is the name of an export; everything else names organizations."""
    monkeypatch.chdir(exported.parent)
    exported.rename("acme")

    assert told_apart(["zeta", "x.jsonl"]) == (pathlib.Path("x.jsonl"), ["zeta"])
    assert told_apart(["acme", "zeta"]) == (pathlib.Path("acme"), ["zeta"])
    assert told_apart(["zeta"]) == (None, ["zeta"])
    with pytest.raises(Complaint):
        told_apart(["x.jsonl", "./y"])
