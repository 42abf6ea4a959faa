import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.demo import main
from ledger.launch import ServiceFailed
from tests.postgres import needs_embedded_postgres

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(240)]

FIELDS = [
    "calls",
    "granted",
    "refused",
    "replayed",
    "expired",
    "committed_late",
    "overspend_nanodollars",
    "overdrawn_nanodollars",
    "naive_overspend_nanodollars",
    "cap_overspend_nanodollars",
    "escalations_asked",
    "escalations_approved",
    "escalations_denied",
    "escalations_expired",
    "escalations_moved_nanodollars",
    "escalations_p50_ms",
    "journal_entries",
    "verified",
    "metrics_agree",
    "operations_per_second",
    "reserve_p50_ms",
    "reserve_p99_ms",
    "backend",
]


@pytest.fixture
def environment(tmp_path):
    """Settings, a proxy that goes nowhere, and a scratch folder: none of them may matter, or remain."""
    return os.environ | {
        "TMPDIR": str(tmp_path),
        "TALLYSTICK_DATABASE_URL": "sqlite:////nowhere/ledger.db",
        "TALLYSTICK_ADDRESS": "ledger.example:7420",
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "grpc_proxy"), "http://127.0.0.1:9"),
    }


def _demo(*options):
    return [sys.executable, "-m", "ledger.cli.main", "demo", *options]


def _check(done):
    """What every run must show."""
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert list(told) == FIELDS
    assert told["calls"] == 300 == told["granted"] + sum(told["refused"].values())
    assert told["overspend_nanodollars"] == 0 < told["naive_overspend_nanodollars"]
    assert told["cap_overspend_nanodollars"] == 0
    assert min(told["refused"][reason] for reason in ("BUDGET_EXHAUSTED", "CAP_REACHED", "PARTITION_PAUSED")) > 0
    ended = [told[f"escalations_{end}"] for end in ("approved", "denied", "expired")]
    assert told["escalations_asked"] == sum(ended)
    assert min(ended) > 0
    assert told["escalations_moved_nanodollars"] > 0
    assert told["verified"] is True
    assert told["metrics_agree"] is True
    assert "metrics agree: " in done.stdout
    assert min(told[name] for name in ("replayed", "expired", "committed_late", "journal_entries")) > 0
    assert told["overdrawn_nanodollars"] >= 0
    assert 0 < told["reserve_p50_ms"] <= told["reserve_p99_ms"]
    return told


def test_demo__sqlite(environment, tmp_path):
    """A short run on SQLite shows all that a whole one shows, and leaves nothing behind."""
    done = subprocess.run(
        _demo("--calls", "300"), env=environment, capture_output=True, text=True, check=False, timeout=200
    )

    told = _check(done)
    assert told["backend"] == "sqlite"
    assert "acme" in done.stdout
    assert "verify: CLEAN" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
@needs_embedded_postgres
def test_demo__postgresql(environment, tmp_path):
    """The same on a PostgreSQL that the demo brings itself."""
    done = subprocess.run(
        _demo("--calls", "300", "--database", "postgresql"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )

    assert _check(done)["backend"] == "postgresql"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_demo__interrupted(environment, tmp_path, how):
    """Ctrl-C, and being told to end, leave no process and no folder behind."""
    demo = subprocess.Popen(
        _demo(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("Tallystick"):
            break

    assert len(_left_behind(tmp_path)) > 3
    # A terminal sends Ctrl-C to all processes of the group, other senders to one.
    (os.killpg if how is signal.SIGINT else os.kill)(demo.pid, how)
    _, said = demo.communicate(timeout=60)

    assert demo.returncode == 130
    assert "interrupted" in said
    assert list(tmp_path.iterdir()) == []
    give_up = time.monotonic() + 30  # what has seen the demo end needs a moment to end itself
    while _left_behind(tmp_path) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert _left_behind(tmp_path) == []


def _left_behind(folder):
    """Processes that were started by the demo: its scratch folder is in their environment."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"TMPDIR={folder}".encode() in environment.read_bytes().split(b"\0"):
                found.append(environment.parent.name)
    return found


def test_run__keep(monkeypatch, tmp_path, capsys):
    """With `keep` the scratch folder stays, and its place is said."""
    monkeypatch.setattr(main, "_run", lambda *_: 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert main.run(calls=100, keep=True) == 0

    (folder,) = tmp_path.iterdir()
    assert capsys.readouterr().err == f"kept: {folder}\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"database": "oracle"}, "choose sqlite or postgresql"),
        ({"calls": 99}, "100 to 8819 calls, not 99"),
        ({"calls": 10_000}, "100 to 8819 calls, not 10000"),
        ({"processes": 0}, "cannot come from 0 processes"),
    ],
)
def test_run__misused(given, said, capsys):
    """What cannot be asked is one sentence and exit code 2."""
    assert main.run(**given) == main.MISUSED == 2
    assert said in capsys.readouterr().err


def test_run__failed(monkeypatch, capsys):
    """A fault on the way is one sentence and an exit code of its own."""

    def fail(*_):
        raise ServiceFailed("no room on the disk")

    monkeypatch.setattr(main, "_run", fail)

    assert main.run(calls=100) == main.FAILED == 3
    assert capsys.readouterr().err == "tallystick demo: the demo could not go on: no room on the disk\n"


@pytest.mark.parametrize(
    ("verified", "findings", "code"), [(True, (), 0), (False, (), 1), (True, ("spent_total shows 1",), 1)]
)
def test_run__unverified_or_in_disagreement(monkeypatch, capsys, verified, findings, code):
    """Exit code 1 where the books cannot be verified, or the metrics differ from them, and the last line says it."""
    from ledger.demo.audit import Audit
    from ledger.demo.plan import make_plan
    from ledger.demo.replay import Result
    from ledger.demo.scraped import Agreement
    from ledger.demo.tally import tally

    plan = make_plan(100, 1)
    counted = replace(tally([], plan.budgets), granted=100)
    journal = Audit(opened=100)
    agreement = Agreement(1, 2, findings)
    monkeypatch.setattr(main, "Service", lambda *_, **__: _NoService())
    monkeypatch.setattr(main, "verify", lambda _: (verified, "verify: said"))
    monkeypatch.setattr(
        main, "_replay", lambda *_: Result(plan, counted, counted, journal, (), 1, 1, 1.0, metrics=agreement)
    )

    assert main.run(calls=100) == code
    said = capsys.readouterr().out
    told = json.loads(said.splitlines()[-1])
    assert (told["verified"], told["metrics_agree"]) == (verified, not findings)
    assert ("WRONG: spent_total shows 1" in said) == bool(findings)


class _NoService:
    address = "127.0.0.1:9"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None
