import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ledger import verifying
from ledger.verify.background import Status
from ledger.verifying import Options, VerifierEnded, VerifierProcess
from tests.verify.governance import governed_by_all
from tests.verify.journal import append, execute_sql, something_of_everything, write_sqlite
from tests.waiting import until, until_async

pytestmark = pytest.mark.process
looks_into_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

PROGRAM = """
import asyncio, sys
from ledger.verify.background import Status
from ledger.verifying import Options, VerifierProcess
asyncio.run(VerifierProcess(Options(sys.argv[1], seconds=0.01, share=1.0)).run())
"""


@pytest.fixture
def path(tmp_path):
    """A database file with one organization."""
    write_sqlite(tmp_path / "ledger.db", governed_by_all())
    return tmp_path / "ledger.db"


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in found.read_text().split()] if found.exists() else []


@contextlib.asynccontextmanager
async def running(verifier):
    """It runs in a task, and is cancelled in the end."""
    task = asyncio.create_task(verifier.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_run__keeps_up(path):
    """It follows a journal as it grows, and what differs is heard of here."""
    verifier = VerifierProcess(Options(f"sqlite:///{path}", seconds=0.01, share=1.0))
    async with running(verifier):
        await until_async(lambda: verifier.status.positions == {"acme": 110})
        await asyncio.to_thread(append, f"sqlite:///{path}", something_of_everything("late"))
        await until_async(lambda: verifier.status.positions.get("late") == 39)
        clean = verifier.status
        execute_sql(path, "UPDATE balances SET available = available + 1 WHERE partition_id = 4")
        await until_async(lambda: verifier.status.drift > 0)

    assert (clean.drift, clean.error) == (0, "")
    assert verifier.status.drifts.keys() == {"acme", "late"}


async def test_run__begun_anew(path, monkeypatch):
    """Drift that was found stays drift until a process that was begun anew has ended a round of its own."""
    verifier = VerifierProcess(Options(f"sqlite:///{path}", seconds=0.01))
    said = [Status({"acme": 9}, {"acme": 9}, 1, {"acme": 1}, 5), Status({"acme": 3}, {"acme": 9})]
    lines = "".join(json.dumps(asdict(one)) + "\n" for one in said)
    monkeypatch.setattr(verifying, "COMMAND", (sys.executable, "-c", f"print({lines!r}, end='')"))

    with pytest.raises(VerifierEnded):
        await verifier.run()

    assert replace(verifier.status, error="") == Status({"acme": 3}, {"acme": 9}, 1, {"acme": 1}, 5)


async def test_run__ended_by_itself(path, monkeypatch):
    """A process that ends is an error with its status, and what it knew is still known."""
    monkeypatch.setattr(verifying, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    verifier = VerifierProcess(Options(f"sqlite:///{path}", seconds=0.01))

    with pytest.raises(VerifierEnded, match="status 3"):
        await verifier.run()

    assert "status 3" in verifier.status.error


@looks_into_proc
async def test_run__does_not_listen(path, monkeypatch):
    """A process that does not end when it should is killed."""
    monkeypatch.setattr(verifying, "_END_S", 0.01)
    monkeypatch.setattr(verifying, "COMMAND", (sys.executable, "-c", "import time; print('{}'); time.sleep(1000)"))
    verifier = VerifierProcess(Options(f"sqlite:///{path}", seconds=0.01))
    before = set(children(os.getpid()))
    async with running(verifier):
        await until_async(lambda: len(set(children(os.getpid())) - before) == 1)

    await until_async(lambda: not set(children(os.getpid())) - before)


@looks_into_proc
def test_main__its_parent_is_killed(path):
    """No verifier is left behind by a service that was killed; signals to the whole group it does not hear."""
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM, f"sqlite:///{path}"])
    until(lambda: children(parent.pid))
    (child,) = children(parent.pid)
    until(lambda: _ignores(child, signal.SIGTERM))
    os.kill(child, signal.SIGTERM)
    os.kill(child, signal.SIGINT)
    heard = not _is_there(child)

    parent.kill()
    parent.wait()

    until(lambda: not _is_there(child))
    assert not heard


def _is_there(pid: int) -> bool:
    """Whether a process is there; one that has ended and was not waited for is not."""
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _ignores(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    ignored = next(line for line in status.splitlines() if line.startswith("SigIgn"))
    return bool(int(ignored.split()[1], 16) >> (number - 1) & 1)
