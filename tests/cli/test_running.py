import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from ledger.cli import running

TALLYSTICK = (sys.executable, "-m", "ledger.cli.main")


@contextmanager
def served(environment, *options):
    """A server process, and what it said first; ended by SIGTERM, which must end well."""
    with subprocess.Popen(
        [*TALLYSTICK, "serve", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        said = ""
        give_up = time.monotonic() + 30
        while "listening" not in said and time.monotonic() < give_up and process.poll() is None:
            said += process.stdout.readline()
        try:
            yield said
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


@pytest.mark.process
def test_serve__golden_flow(tmp_path):
    """From an empty folder: serve, build a tree, hold and commit, draw it, verify it beside the server and after."""
    environment = os.environ | {"TALLYSTICK_DATABASE_URL": f"sqlite:///{tmp_path}/ledger.db"}

    def tallystick(*words, code=0):
        done = subprocess.run([*TALLYSTICK, *words], capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout or done.stderr

    with served(environment, "--listen", "127.0.0.1:0") as said:
        found = re.search(r"^listening +(\S+)$", said, re.MULTILINE)
        assert found is not None
        environment["TALLYSTICK_ADDRESS"] = found.group(1)
        tallystick("org", "create", "acme")
        tallystick("partition", "create", "acme/scout")
        tallystick("fund", "acme", "100", "USD")
        tallystick("allocate", "acme/scout", "15", "USD")
        held = json.loads(tallystick("reserve", "acme/scout", "12 USD", "--json"))
        refused = tallystick("reserve", "acme/scout", "12 USD", code=1)
        committed = tallystick("commit", "acme", held["reservation_id"], "11.5 USD")
        tree = tallystick("tree", "acme", "--ascii", "--width", "60")
        beside = tallystick("verify")
        in_use = tallystick("serve", "--listen", "127.0.0.1:0", code=3)
    after = json.loads(tallystick("verify", "--json"))
    gone = tallystick("tree", "acme", code=3)

    assert "3 of 12 USD available" in refused
    assert committed.endswith("COMMITTED; 11.5 of 12 USD spent; 3.5 USD available\n")
    assert "11.5         0      88.5" in tree
    assert beside.endswith(f"CLEAN: sqlite:///{tmp_path}/ledger.db\n")
    assert "is being written by another process" in in_use
    assert (after["verdict"], after["organizations"][0]["position"]) == ("CLEAN", 7)  # R82: the refusal is noted
    assert "nobody answers at" in gone


@pytest.mark.process
def test_serve__json(tmp_path):
    """With --json the first lines are one document."""
    environment = os.environ | {"TALLYSTICK_DATABASE_URL": "memory:"}

    with served(environment, "--listen", f"unix:{tmp_path}/socket", "--json") as said:
        document = json.loads(said)

    assert document["listening"] == f"unix:{tmp_path}/socket"
    assert document["database"].startswith("memory:")


def test_serve__bad_input(tallystick, monkeypatch):
    """An address that is none, one that others reach, a database that cannot be: a sentence each, and no server."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "memory:")

    assert tallystick("serve", "--listen", "here", "--json", code=2).error["reason"] == "INVALID_SETTING"
    assert tallystick("serve", "--listen", "0.0.0.0:7420", "--json", code=2).error["reason"] == "UNSAFE_LISTEN"
    assert (
        tallystick("serve", "--database", "mysql://x/y", "--json", code=2).error["reason"] == "DATABASE_ADDRESS_UNKNOWN"
    )


def test_serve__port_taken(tallystick, address, monkeypatch):
    """A second server on one port is an error."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "memory:")

    assert tallystick("serve", "--listen", address, "--json", code=3).error["reason"] == "CANNOT_LISTEN"


def test_demo__handed_on(tallystick, monkeypatch):
    """What is chosen reaches the demo, and its exit code is the command's."""
    asked = []

    def run(*words, **named):
        asked.append((words, named))
        return 1

    monkeypatch.setattr("ledger.demo.main.run", run)

    tallystick("demo", "--database", "postgresql", "--calls", "100", "--keep", code=1)

    assert asked == [(("postgresql", 100), {"keep": True})]


def test_document():
    """The first lines, as a program reads them."""
    lines = ["tallystick 0.1.0, process 7", "database   memory: (none)", "listening  0.0.0.0:1 (insecure)"]

    assert running._document(lines) == {
        "tallystick": "0.1.0, process 7",
        "database": "memory: (none)",
        "listening": "0.0.0.0:1",
    }
