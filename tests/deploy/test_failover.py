"""What docs/operating/failover.md says, on a primary and a standby that are real."""

import subprocess
import threading

import psycopg
import pytest
from sqlalchemy.engine import make_url

import tallystick
from ledger import launch
from ledger.cli.main import run
from ledger.embedded import USER, EmbeddedPostgres, command_prefix, find_programs
from tests.postgres import needs_embedded_postgres, scratch_folder
from tests.waiting import until

pytestmark = [
    pytest.mark.process,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    needs_embedded_postgres,
]


class Pair:
    """A primary with the ledger's tables, and a standby that streams from it."""

    def __init__(self, folder):
        self.folder = folder
        self.primary = EmbeddedPostgres(folder / "primary", durable=False)
        self.standby = EmbeddedPostgres(folder / "standby", durable=False)

    def __enter__(self):
        self.primary.start()
        self.primary.create_database("ledger")
        launch.migrate(self.primary.url("ledger"))
        self._copy()
        self.standby.start()
        return self

    def __exit__(self, *_):
        self.standby.stop()
        self.primary.stop()

    def _copy(self):
        programs = find_programs()
        self.standby.folder.mkdir()
        data = self.standby.folder / "data"
        copy = ["-D", str(data), "-h", _sockets(self.primary), "-U", USER, "-R", "-X", "stream", "-c", "fast"]
        prefix = command_prefix(programs, [self.standby.folder])
        subprocess.run([*prefix, str(programs / "pg_basebackup"), *copy], check=True, capture_output=True)
        data.chmod(0o700)

    @property
    def url(self):
        """Both, and whichever of them takes writes is meant."""
        hosts = f"{_sockets(self.primary)},{_sockets(self.standby)}"
        return f"postgresql://{USER}@/ledger?host={hosts}&target_session_attrs=read-write"

    def service(self):
        """One that uses the database that takes writes. The disks may lose what they have; the standby must not."""
        return launch.Service(self.folder, self.url, unsafe_durability="true", synchronous_commit="on")


def _sockets(server):
    return str(make_url(server.url()).query["host"])


def _where(server, database="postgres"):
    return server.url(database).replace("postgresql+psycopg", "postgresql")


def _ask(server, question, database="postgres"):
    with psycopg.connect(_where(server, database), autocommit=True) as connection:
        return connection.execute(question).fetchall()


@pytest.fixture
def pair():
    """Both, in a folder that goes with them."""
    with scratch_folder() as folder, Pair(folder) as pair:
        yield pair


@pytest.fixture
def client(pair):
    """Of a service on the pair, with an agent that has budget."""
    with pair.service() as service, tallystick.Client(service.address, timeout=5, retry_for=60) as client:
        client.create_organization("acme", units={"USD": 9})
        client.fund("acme", "1000 USD")
        client.create_partition("acme/scout")
        client.allocate("acme/scout", "1000 USD")
        yield client


def _reserve(client):
    return client.reserve("acme/scout", "0.01 USD", ttl=600)


def test_failover__to_a_synchronous_standby(pair, client):
    """Callers wait and go on, and what was acknowledged before the primary died is on the standby, once."""
    with psycopg.connect(_where(pair.primary), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
    until(lambda: _ask(pair.primary, "SELECT sync_state FROM pg_stat_replication") == [("sync",)])
    acknowledged, ended = [], threading.Event()

    def spend():
        while not ended.is_set():
            acknowledged.append(_reserve(client))

    spending = threading.Thread(target=spend)
    spending.start()
    until(lambda: len(acknowledged) > 20)
    pair.primary.kill()
    _ask(pair.standby, "SELECT pg_promote()")
    before = len(acknowledged)
    until(lambda: len(acknowledged) > before + 20)
    ended.set()
    spending.join()

    assert _ask(pair.standby, "SELECT count(*) FROM reservations", "ledger") == [(len(acknowledged),)]
    assert launch.verify(pair.standby.url("ledger"))[0]


def test_failover__that_lost_the_tail(pair, client, capsys, monkeypatch):
    """A process that knows of more than the standby stops writing; somebody looks, decides, and it goes on."""
    _reserve(client)
    until(lambda: _ask(pair.standby, "SELECT count(*) FROM reservations", "ledger") == [(1,)])
    pair.standby.kill()
    for _ in range(5):
        _reserve(client)
    pair.primary.kill()
    pair.standby.start()
    _ask(pair.standby, "SELECT pg_promote()")

    with pytest.raises((tallystick.LedgerFailed, tallystick.OrganizationQuarantined)):
        _reserve(client)
    with pytest.raises(tallystick.OrganizationQuarantined):
        _reserve(client)

    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", pair.standby.url("ledger"))
    monkeypatch.setenv("TALLYSTICK_UNSAFE_DURABILITY", "true")
    assert run(["quarantine", "show"]) == 0
    assert "this process knows of 10" in capsys.readouterr().out
    assert run(["verify", "acme", "--quiet"]) == 0
    assert "QUARANTINED" in capsys.readouterr().out
    assert run(["quarantine", "lift", "acme", "--reason", "the standby counts"]) == 0
    _reserve(client)
