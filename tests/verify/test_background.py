import threading
import time

import pytest
import structlog
from sqlalchemy import create_engine, text

from ledger.storage.migrate import migrate
from ledger.verify.background import BackgroundVerifier, Status
from tests.verify.governance import governed_by_all
from tests.verify.journal import append, execute_sql, something_of_everything, write_sqlite
from tests.waiting import until


@pytest.fixture
def path(tmp_path):
    """A database file with two organizations."""
    write_sqlite(tmp_path / "ledger.db", governed_by_all(), something_of_everything("zeta"))
    return tmp_path / "ledger.db"


@pytest.fixture
def verifier(path):
    """A verifier that makes rounds when it is told to, at full speed."""
    made = BackgroundVerifier(f"sqlite:///{path}", share=1.0, now=lambda: 7)
    yield made
    made.close()


def test_round__positions(verifier):
    """A round follows every journal to its head; nothing differs, nothing is left."""
    before = verifier.status

    verifier.round()

    assert (before, before.lag) == (Status(), 0)
    assert verifier.status == Status({"acme": 110, "zeta": 39}, {"acme": 110, "zeta": 39}, checked_at=7)


def test_status__lag():
    """Of several organizations the one that is furthest behind counts."""
    assert Status({"acme": 3}, {"acme": 10, "zeta": 5}).lag == 7


def test_round__drift(verifier, path):
    """A table that differs is drift, logged once however often it is seen; put right, it is none."""
    verifier.round()
    execute_sql(path, "UPDATE balances SET available = available + 1 WHERE partition_id = 4 AND organization = 'acme'")

    with structlog.testing.capture_logs() as logged:
        verifier.round()
        verifier.round()
    drift = verifier.status.drift
    execute_sql(path, "UPDATE balances SET available = available - 1 WHERE partition_id = 4 AND organization = 'acme'")
    verifier.round()

    assert (drift, verifier.status.drift) == (1, 0)
    (line,) = [one for one in logged if one["event"] == "drift"]
    assert (line["log_level"], line["kind"], line["organization"]) == ("error", "ROW_ALTERED", "acme")


def test_round__tail_cut_off(verifier, path):
    """Books of an earlier moment, put under a service that runs, are drift as long as it runs."""
    verifier.round()
    path.unlink()
    writer = governed_by_all()
    del writer.batches[-2:]
    write_sqlite(path, writer, something_of_everything("zeta"))

    verifier.round()
    verifier.round()

    assert (verifier.status.drift, verifier.status.lag, verifier.status.positions["zeta"]) == (1, 0, 39)
    assert verifier.status.positions["acme"] < 110


def test_round__nothing_but_seals(verifier, path, monkeypatch):
    """Seals without entries are found, and the round ends though it cannot go on."""
    monkeypatch.setattr("ledger.verify.following.SEALS_MAX", 5)
    execute_sql(path, "DELETE FROM entries WHERE organization = 'acme'")

    verifier.round()

    assert verifier.status.drift > 0
    assert (verifier.status.positions["acme"], verifier.status.positions["zeta"]) == (0, 39)


def test_round__the_database_is_away(verifier, path):
    """A round that cannot be made says why; the next goes on where the last one ended."""
    verifier.round()
    path.rename(path.with_suffix(".away"))

    verifier.round()
    away = verifier.status
    path.with_suffix(".away").rename(path)
    verifier.round()

    assert "no database file" in away.error
    assert (away.positions, away.drift) == ({"acme": 110, "zeta": 39}, 0)
    assert verifier.status.error == ""


def test_round__everything_from_the_start(path):
    """What has ended is compared seldom: what was changed of it is found then, and is drift until the next time."""
    now = [0]
    verifier = BackgroundVerifier(f"sqlite:///{path}", share=1.0, full_seconds=60, now=lambda: now[0])
    verifier.round()
    execute_sql(path, "UPDATE reservations SET tool = 'other' WHERE state = 'RELEASED' AND organization = 'zeta'")
    execute_sql(path, "DELETE FROM request_ids WHERE organization = 'zeta' AND first_position = 7")
    verifier.round()
    before = verifier.status

    now[0] = 60_000_000
    verifier.round()
    verifier.close()

    assert (before.drift, before.full_at) == (0, 0)
    assert (verifier.status.drift, verifier.status.full_at) == (2, 60_000_000)


def test_round__share(path, monkeypatch):
    """A tenth of a processor is nine parts of rest for each part of work."""
    verifier = BackgroundVerifier(f"sqlite:///{path}", share=0.1)
    rested: list[float] = []
    clock = [0.0]

    def worked():
        clock[0] += 0.5
        return clock[0]

    monkeypatch.setattr(time, "thread_time", worked)
    monkeypatch.setattr(verifier._stop, "wait", rested.append)
    verifier.round()
    verifier.close()

    assert len(rested) > 5
    assert set(rested) == {0.5 * 0.9 / 0.1}


def test_work__until_it_is_told_to_stop(path):
    """It keeps up while the journal grows, and ends when it is told to, in the middle of a pause."""
    verifier = BackgroundVerifier(f"sqlite:///{path}", seconds=0.01, share=1.0)
    working = threading.Thread(target=verifier.work)
    working.start()
    until(lambda: verifier.status.positions == {"acme": 110, "zeta": 39})
    append(f"sqlite:///{path}", something_of_everything("late"))
    until(lambda: verifier.status.positions.get("late") == 39)

    verifier.stop()
    working.join(60)

    assert not working.is_alive()
    assert verifier.status.drift == 0


def test_work__stopped_in_the_middle(path):
    """Told to stop while it rests it ends at once, whatever is left to verify."""
    verifier = BackgroundVerifier(f"sqlite:///{path}", share=0.000_001)
    working = threading.Thread(target=verifier.work)
    working.start()
    until(lambda: bool(verifier.status.heads))

    verifier.stop()
    working.join(60)

    assert not working.is_alive()
    assert verifier.status.positions != {"acme": 110, "zeta": 39}


def test_round__tells(path):
    """Each status is told as it comes to be, the last one with everything."""
    told: list[Status] = []
    verifier = BackgroundVerifier(f"sqlite:///{path}", share=1.0, now=lambda: 7, tell=told.append)

    verifier.round()
    verifier.close()

    assert told[0].heads == {"acme": 110, "zeta": 39}
    assert (told[0].checked_at, told[-1].checked_at) == (0, 7)
    assert told[-1] == verifier.status


@pytest.mark.postgres
def test_round__postgresql(postgres_url):
    """The same on PostgreSQL, batch after batch, and a changed row is found there too."""
    migrate(postgres_url)
    writer = governed_by_all()
    rest = writer.batches[30:]
    writer.batches[:] = writer.batches[:30]
    append(postgres_url, writer)
    verifier = BackgroundVerifier(postgres_url, share=1.0)
    verifier.round()
    halfway = verifier.status
    writer.batches[:] = rest
    append(postgres_url, writer)
    verifier.round()
    clean = verifier.status
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE standing SET live = false WHERE kind = 'Cap' AND live"))
    engine.dispose()
    verifier.round()
    verifier.close()

    assert (halfway.drift, clean.drift, clean.positions, clean.lag) == (0, 0, {"acme": 110}, 0)
    assert halfway.positions["acme"] < 110
    assert verifier.status.drift > 0
