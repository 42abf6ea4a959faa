"""Records of governance that were changed behind the service's back are found, in either database."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ledger.core.caps import CapKind
from ledger.core.standing import KINDS
from ledger.storage.migrate import migrate
from ledger.verify import Verdict, verify
from tests import builders
from tests.verify.governance import governed_by_all
from tests.verify.journal import append, execute_sql, something_of_everything, write_sqlite

MEDDLED = {
    "Cap": ("limit", 10**12),
    "Counter": ("counted", 0),
    "Tool": ("version", 9),
    "ToolRules": ("denied", []),
    "Pause": ("over", True),
    "Escalation": ("parts", 800),
    "Grant": ("left", 0),
    "Policy": ("used", 0),
    "Allowance": ("next_at", 1),
    "Claim": ("holder_id", 1),
    "RefusalNoted": ("noted_at", 1),
    "RoleHeld": ("role", 1),
}
"""By kind of record, what somebody would like it to be."""

BODIES = "SELECT key, body FROM standing WHERE kind = '{}' AND live ORDER BY position DESC"


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A SQLite file, not to be changed."""
    path: Path = tmp_path_factory.mktemp("governance") / "ledger.db"
    write_sqlite(path, governed_by_all())
    return path


@pytest.fixture
def fresh(written, tmp_path) -> Path:
    """A copy of it."""
    shutil.copyfile(written, tmp_path / "copy.db")
    return tmp_path / "copy.db"


def meddled(kind: str, body: str) -> str:
    """The body with another value, as it would be written."""
    name, wanted = MEDDLED[kind]
    record: dict[str, Any] = json.loads(body)
    assert record[name] != wanted, record
    return json.dumps(record | {name: wanted}, separators=(",", ":"), ensure_ascii=False)


def test_journal__has_every_kind(written):
    """The journal that is meddled with has live records of every kind, and some that have ended."""
    with closing(sqlite3.connect(written)) as database:
        live = {kind for (kind,) in database.execute("SELECT kind FROM standing WHERE live")}
        ended = {kind for (kind,) in database.execute("SELECT kind FROM standing WHERE NOT live")}

    assert live == set(MEDDLED) == {kind.__name__ for kind in KINDS}
    assert ended == {"Cap", "Counter", "Escalation", "Grant", "Claim"}


@pytest.mark.parametrize("kind", sorted(MEDDLED))
def test_verify__record_changed(kind, fresh):
    """I11, I14, I16: a record that says something else than the journal is found, whatever it governs."""
    with closing(sqlite3.connect(fresh)) as database:
        key, body = database.execute(BODIES.format(kind)).fetchone()
    changed = "UPDATE standing SET body = ? WHERE kind = ? AND key = ?"
    assert execute_sql(fresh, changed, (meddled(kind, body), kind, key)) == 1

    report = verify(f"sqlite:///{fresh}")

    assert report.verdict is Verdict.FINDINGS
    assert {finding.place for finding in report.findings} == {"standing.body"}


@pytest.mark.parametrize("kind", sorted(MEDDLED))
def test_verify__record_gone(kind, fresh):
    """I11: a record that is missing is found."""
    assert execute_sql(fresh, "DELETE FROM standing WHERE kind = ? AND live", (kind,))

    report = verify(f"sqlite:///{fresh}")

    assert {str(kind) for kind in report.counts} == {"ROW_MISSING"}


def test_verify__counters_ended_by_time(tmp_path):
    """R51, I11: counters of workflows that time has ended are no longer live; one that is made so again is found."""
    writer, path = something_of_everything(), tmp_path / "ledger.db"
    used = replace(builders.reserve(builders.SCOUT, 50, USD=1), workflow_id="wf-1")
    writer.write(builders.cap("acme", 90, CapKind.WORKFLOW), used, builders.commit(50))
    writer.write(builders.fund(1), later=30 * builders.DAY)
    url = write_sqlite(path, writer)
    clean = verify(url)
    with closing(sqlite3.connect(path)) as database:
        told = database.execute("SELECT count(*) FROM entries WHERE kind = 'CountersEnded'").fetchone()
    of_workflows = "kind = 'Counter' AND body LIKE '%wf-1%'"
    assert execute_sql(path, f"UPDATE standing SET live = 1 WHERE NOT live AND {of_workflows}")

    report = verify(url)

    assert (clean.verdict, told) == (Verdict.CLEAN, (1,))
    assert {finding.place for finding in report.findings} == {"standing.live"}


@pytest.mark.postgres
def test_verify__postgresql(postgres_url):
    """The same journal verifies on PostgreSQL, and there a changed counter, claim, escalation and grant are found."""
    migrate(postgres_url)
    append(postgres_url, governed_by_all())
    clean = verify(postgres_url)
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        for kind in ("Counter", "Claim", "Escalation", "Grant"):
            key, body = connection.execute(text(BODIES.format(kind))).first() or ("", "")
            row = {"body": meddled(kind, body), "kind": kind, "key": key}
            connection.execute(text("UPDATE standing SET body = :body WHERE kind = :kind AND key = :key"), row)
    engine.dispose()

    altered = verify(postgres_url)

    assert (clean.verdict, clean.of("acme").rows["standing"]) == (Verdict.CLEAN, 40)
    assert [finding.place for finding in altered.findings] == ["standing.body"] * 4
