import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from ledger import embedded
from ledger.embedded import PROGRAMS_VARIABLE, EmbeddedPostgres, EmbeddedPostgresError, find_programs
from tests.postgres import needs_embedded_postgres, scratch_folder
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.postgres, pytest.mark.process, needs_embedded_postgres]


def _query(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement through psycopg alone."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _gone(pid: int, seconds: float = PATIENCE_S) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_start__serves_durably_and_never_on_tcp():
    """A durable server keeps PostgreSQL's safe settings, counts bytes in C order and has no TCP port."""
    with scratch_folder() as folder, EmbeddedPostgres(folder, durable=True) as server:
        shown = _query(
            server.url(),
            "SELECT name, setting FROM pg_settings WHERE name IN "
            "('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding') ORDER BY name",
        )

        assert shown == [
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("listen_addresses", ""),
            ("server_encoding", "UTF8"),
            ("synchronous_commit", "on"),
        ]
        assert _query(server.url(), "SELECT datcollate FROM pg_database WHERE datname = 'postgres'") == [("C",)]


def test_kill__recovers_what_was_committed_at_the_same_address():
    """After kill -9 and another start the address is the same and nothing committed is missing."""
    with scratch_folder() as folder, EmbeddedPostgres(folder, durable=True) as server:
        server.create_database("books")
        url = server.url("books")
        _query(url, "CREATE TABLE entries AS SELECT 1 AS position")

        server.kill()
        with pytest.raises(psycopg.OperationalError):
            _query(url, "SELECT 1")
        server.start()

        assert server.url("books") == url
        assert _query(url, "SELECT position FROM entries") == [(1,)]


def test_restart__under_an_open_connection():
    """An orderly restart cuts connections and answers again."""
    with scratch_folder() as folder, EmbeddedPostgres(folder, durable=False) as server:
        url = server.url().replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url) as connection:
            server.restart()

            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        assert _query(url, "SELECT 1") == [(1,)]


def test_create_database__from_a_template():
    """A database made from a template has its tables, and dropping one leaves the other alone."""
    with scratch_folder() as folder, EmbeddedPostgres(folder, durable=False) as server:
        server.create_database("migrated")
        _query(server.url("migrated"), "CREATE TABLE entries AS SELECT 7 AS position")

        server.create_database("copy", template="migrated")
        server.drop_database("migrated")

        assert _query(server.url("copy"), "SELECT position FROM entries") == [(7,)]


def test_stop__leaves_no_process_and_no_socket():
    """After an orderly stop neither the process nor its socket's folder exists."""
    with scratch_folder() as folder:
        server = EmbeddedPostgres(folder, durable=False)
        server.start()
        pid = server.pid
        sockets = server._sockets()

        server.stop()

        assert pid is not None
        assert _gone(pid)
        assert not sockets.exists()
        assert server.pid is None


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_server__ends_with_the_process_that_started_it(end: signal.Signals):
    """However the starting process ends, no server is left behind."""
    program = (
        "import sys, time, pathlib; from ledger.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False); server.start()\n"
        "print(server.pid, server._sockets(), flush=True); time.sleep(600)"
    )
    with (
        scratch_folder() as folder,
        subprocess.Popen([sys.executable, "-c", program, folder], stdout=subprocess.PIPE, text=True) as starter,
    ):
        assert starter.stdout is not None
        pid, sockets = starter.stdout.readline().split()

        starter.send_signal(end)
        starter.wait()

        assert _gone(int(pid))
        until(lambda: not Path(sockets).exists())


def test_start__says_what_is_wrong(monkeypatch: pytest.MonkeyPatch):
    """A server that cannot start says so with PostgreSQL's own words, and leaves nothing running."""
    monkeypatch.setitem(embedded.SETTINGS, "max_connections", "none")
    with scratch_folder() as folder:
        server = EmbeddedPostgres(folder, durable=False)

        with pytest.raises(EmbeddedPostgresError, match="max_connections"):
            server.start()

        assert server.pid is None


def test_find_programs__setting_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The setting names the folder; a folder without the programs is an error that names the setting."""
    (tmp_path / "postgres").touch()
    (tmp_path / "initdb").touch()

    monkeypatch.setenv(PROGRAMS_VARIABLE, str(tmp_path))
    found = find_programs()
    (tmp_path / "initdb").unlink()

    assert found == tmp_path
    with pytest.raises(EmbeddedPostgresError, match=PROGRAMS_VARIABLE):
        find_programs()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")
def test_start__where_namespaces_are_forbidden(monkeypatch: pytest.MonkeyPatch):
    """Root without user namespaces runs the server as nobody, or is told why not."""
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "unshare" else which(name))
    with scratch_folder() as folder:
        try:
            with EmbeddedPostgres(folder, durable=False) as server:
                assert _query(server.url(), "SELECT 1") == [(1,)]
                assert (folder / "data").stat().st_uid == embedded.NOBODY
        except EmbeddedPostgresError as refused:
            assert "may not enter" in str(refused)  # noqa: PT017 - either outcome is right, depending on the machine
