import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import Self

import pytest

from ledger.cli import top as module
from ledger.launch import Service, own_environment
from tallystick import Client, LedgerUnavailable
from tests.waiting import PATIENCE_S


def test_top__once(ask, acme):
    """One picture: the tree with what is left, and who waits."""
    ask("escalations", "request", f"{acme}/research/scout", "2 USD")

    lines = ask("top", acme, "--once", "--unit", "USD", "--ascii").out.splitlines()

    assert lines[0] == "USD"
    assert [line.split()[0] for line in lines[2:5]] == [acme, "research", "scout"]
    assert [line.split()[-1] for line in lines[2:5]] == ["1", "1", "1"]
    assert "burn rate of the last 60 min" in lines[-1]


def test_top__unknown_unit(ask, acme):
    """A unit that the organization does not have is refused by its name."""
    error = ask("top", acme, "--once", "--unit", "EUR", "--json", code=1).error

    assert error["reason"] == "UNIT_UNKNOWN"
    assert error["message"] == f"{acme} declares no unit EUR; there are USD, tokens"


def test_top__json(ask, acme):
    """A program gets the budgets."""
    found = ask("top", acme, "--once", "--json", "--window", "5m").document

    assert found["window"] == 300
    assert next(one["partition"] for one in found["partitions"]) == acme


def test_top__svg(ask, acme, tmp_path):
    """The picture as a drawing."""
    file = tmp_path / "top.svg"

    ask("top", acme, "--once", "--svg", str(file))

    assert file.read_text().startswith("<svg")
    assert "scout" in file.read_text()
    assert "url(http" not in file.read_text()
    assert "say --once too" in ask("top", acme, "--svg", str(file), code=2).err
    assert "cannot be written" in ask("top", acme, "--once", "--svg", str(tmp_path / "no" / "x.svg"), code=3).err


def test_top__which_organization(ask, acme):
    """Where there are several organizations one is named; one that does not exist is refused."""
    ask("org", "create", f"{acme}-other")

    assert "name an organization; there are" in ask("top", "--once", code=2).err
    assert ask("top", "nobody", "--once", "--json", code=1).error["reason"] == "ORGANIZATION_NOT_FOUND"


def test_top__goes_on_without_an_answer(ask, acme, monkeypatch, capsys):
    """Whoever looks on is not sent away when nobody answers: it looks again until somebody does, or Ctrl-C."""
    told = Client.budget
    calls = []

    def sometimes(self, *args, **kwargs):
        calls.append(args)
        if len(calls) in {2, 3}:
            raise LedgerUnavailable("down for a moment")
        if len(calls) > 4:
            raise KeyboardInterrupt
        return told(self, *args, **kwargs)

    monkeypatch.setattr(Client, "budget", sometimes)
    monkeypatch.setattr(module, "_rest", lambda _: "")

    ran = ask("top", acme, "--json", "--every", "1")

    assert [json.loads(line)["partitions"][0]["partition"] for line in ran.out.splitlines()] == [acme, acme]


@pytest.mark.process
@pytest.mark.timeout(300)
def test_top__live(tmp_path):
    """On a terminal the picture stays, through a restart of the service, until somebody presses q."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Service(tmp_path, url) as service, Client(service.address) as client:
        client.create_organization("acme", units={"USD": 9})
        client.fund("acme", "5 USD")
        port = service.address.rpartition(":")[2]
        with _Screen("top", "--every", "0.05", "--address", service.address) as screen:
            screen.waits_for("position 2;")
            service.stop()
            screen.waits_for("no answer")
            with Service(tmp_path, url, name="again", listen=f"127.0.0.1:{port}"):
                client.fund("acme", "7 USD")
                screen.waits_for("position 3;")
                screen.press("q")
                assert screen.ended() == 0


@pytest.mark.process
@pytest.mark.timeout(300)
def test_top__interrupted(tmp_path):
    """Ctrl-C ends it in order."""
    with Service(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}") as service, Client(service.address) as client:
        client.create_organization("acme", units={"USD": 9})
        with _Screen("top", "--every", "0.05", "--address", service.address) as screen:
            screen.waits_for("position 1;")
            screen.interrupt()
            assert screen.ended() == 0


class _Screen:
    """A command on a terminal of its own."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self._text = ""

    def __enter__(self) -> Self:
        self._ours, theirs = pty.openpty()
        environment = own_environment(os.environ) | {"TERM": "xterm", "LINES": "40", "COLUMNS": "140"}
        command = [sys.executable, "-m", "ledger.cli.main", *self._words]
        self._process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def waits_for(self, text: str) -> None:
        """The screen shows this, from now on."""
        self._text = ""
        end = time.monotonic() + PATIENCE_S
        while text not in self._text:
            assert time.monotonic() < end, self._text[-2000:]
            self._read(1.0)

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if ready:
            try:
                self._text += os.read(self._ours, 65536).decode(errors="replace")
            except OSError:  # the other end is closed
                time.sleep(0.01)

    def press(self, key: str) -> None:
        """Somebody presses a key."""
        os.write(self._ours, key.encode())

    def interrupt(self) -> None:
        """Somebody presses Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        end = time.monotonic() + PATIENCE_S
        while self._process.poll() is None:
            assert time.monotonic() < end, self._text[-2000:]
            self._read(0.1)
        return int(self._process.returncode)
