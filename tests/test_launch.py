import os
import re
import signal
import subprocess
import sys
import time

import pytest

import tallystick
from ledger import launch
from ledger.launch import (
    Service,
    ServiceFailed,
    migrate,
    no_settings,
    own_environment,
    scratch_folder,
    terminated_like_interrupted,
    verify,
)

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def url(tmp_path) -> str:
    """Of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_service__from_start_to_verify(url, tmp_path):
    """The service is found by what it prints, ends when it is told to, and what it wrote can be verified."""
    with Service(tmp_path, url) as running, tallystick.Client(running.address) as client:
        client.create_organization("acme", units={"USD": 9})
        backend = client.server_info().backend
        assert running._process is not None
        pid = running._process.pid

    assert backend == "sqlite"
    assert running.address.startswith("127.0.0.1:")
    assert not _runs(pid)
    assert verify(url) == (True, "verify: CLEAN, 1 entries recomputed")


def test_service__metrics_url(url, tmp_path):
    """A service that serves metrics says where; one that does not says nothing."""
    with Service(tmp_path, url) as running:
        shown = running.metrics_url
    with Service(tmp_path, url, metrics_listen="off") as silent:
        nowhere = silent.metrics_url

    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/metrics", shown)
    assert nowhere == ""


def test_service__ends_with_its_starter(url, tmp_path):
    """Where the starter is killed outright, the service does not outlive it."""
    code = (
        "import sys, time; from pathlib import Path; from ledger.launch import Service;"
        "s = Service(Path(sys.argv[1]), sys.argv[2]); s.start(); print(s._process.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), url], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())

    starter.kill()
    starter.communicate()

    give_up = time.monotonic() + 30
    while _runs(pid) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not _runs(pid)


def test_start__does_not(tmp_path):
    """A service that cannot start is a sentence with its reason, and nothing is left running."""
    with pytest.raises(ServiceFailed, match="did not start"), Service(tmp_path, "mysql://nobody"):
        pass


def test_start__another_program(monkeypatch, url, tmp_path):
    """What never says where it listens is given up."""
    monkeypatch.setattr(launch, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(launch, "START_SECONDS", 0.2)

    with pytest.raises(ServiceFailed), Service(tmp_path, url):
        pass


def test_verify__nothing_there(url):
    """A database that cannot be read is not verified."""
    verified, said = verify(url)

    assert not verified
    assert said.startswith("verify failed")


def test_migrate__not_a_database():
    """A migration that fails says why."""
    with pytest.raises(ServiceFailed, match="migrate failed"):
        migrate("mysql://nobody")


def test_own_environment__no_settings():
    """The user's settings of Tallystick are left out, everything else stays, a proxy too."""
    environment = {"TALLYSTICK_TOKEN": "secret", "HTTP_PROXY": "http://proxy.example", "PATH": "/bin"}

    assert own_environment(environment) == {"HTTP_PROXY": "http://proxy.example", "PATH": "/bin"}


def test_no_settings__and_back(monkeypatch):
    """Inside, the user's settings are gone; afterwards they are as before."""
    monkeypatch.setenv("TALLYSTICK_TOKEN", "secret")

    with no_settings():
        inside = os.environ.get("TALLYSTICK_TOKEN")

    assert (inside, os.environ["TALLYSTICK_TOKEN"]) == (None, "secret")


def test_scratch_folder__kept_or_not(capsys):
    """The folder is gone afterwards, unless it was to be kept: then it is named."""
    with scratch_folder("tallystick-test-", keep=False) as gone:
        (gone / "file").touch()
    with scratch_folder("tallystick-test-", keep=True) as kept:
        pass

    assert not gone.exists()
    assert capsys.readouterr().err == f"kept: {kept}\n"
    kept.rmdir()


def test_terminated_like_interrupted__sigterm():
    """SIGTERM is heard as Ctrl-C is, and afterwards as before."""
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt), terminated_like_interrupted():
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(signal.SIGTERM) is before
