import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import pytest

from ledger import service, serving
from ledger.config import Settings, SettingsError
from ledger.rpc.identity import UnsafeListen
from ledger.storage.problems import StoreInUse
from ledger.verify import Verdict, verify
from ledger.verify.checkpoints import Checkpoints
from ledger.verify.keys import make_key
from tests.repository.project import ROOT
from tests.rpc.world import SCOUT, Failed, Wire, found_acme, usd
from tests.waiting import PATIENCE_S, until_async

PROGRAM = """
from ledger import serving
from ledger.config import Settings
serving.run(Settings.load())
"""


STUCK = """
import asyncio, threading
from ledger import serving
from ledger.config import Settings

serving._END_SECONDS = 0.2

def announce(line):
    print(line, flush=True)
    if line.startswith("listening"):
        asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)

serving.run(Settings.load(), announce)
"""
"""Has a thread that does not end, for which the end of the event loop waits."""


class Process:
    """`serve` as a process of its own, on a SQLite file and any free port."""

    def __init__(self, folder: Path, program: str = PROGRAM, **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
        environment |= {
            "TALLYSTICK_DATABASE_URL": f"sqlite:///{folder}/ledger.db",
            "TALLYSTICK_LISTEN": "127.0.0.1:0",
            **{f"TALLYSTICK_{name.upper()}": value for name, value in settings.items()},
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("listening"):
                return self
        raise AssertionError(self.process.communicate()[1])

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def address(self) -> str:
        return self.lines[-1].split()[1]


@pytest.mark.process
async def test_serve__first_lines_and_end(tmp_path):
    """It says what it runs on, serves, keeps what it acknowledged, and ends with 0 on SIGTERM."""
    with Process(tmp_path, drain_seconds="600") as serving:
        async with Wire(serving.address) as wire:
            await found_acme(wire)
        serving.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(serving.process.wait, PATIENCE_S) == 0

    said = "\n".join(serving.lines)
    assert re.fullmatch(
        rf"tallystick 0\.1\.0, process {serving.process.pid}\n"
        rf"database   sqlite:///{tmp_path}/ledger\.db \(.*synchronous.*\)\n"
        r"schema     \d+\n"
        r"pools      4 appending, 4 reading\n"
        r"metrics    http://127\.0\.0\.1:\d+/metrics\n"
        r"listening  127\.0\.0\.1:\d+",
        said,
    )
    with Process(tmp_path) as again:
        async with Wire(again.address) as wire:
            assert (await wire.call("GetOrganization", organization="acme")).position == 9


@pytest.mark.process
async def test_serve__drains_and_is_told_twice(tmp_path):
    """After SIGTERM holds are still settled and new ones are not taken; a second SIGTERM ends it at once."""
    with Process(tmp_path, drain_seconds="600") as serving:
        async with Wire(serving.address) as wire:
            await found_acme(wire)
            held = await wire.call("Reserve", partition=SCOUT, amounts=[usd(1)])
            waiting = asyncio.create_task(wire.stay())
            await wire.call("GetOrganization", organization="acme")
            serving.process.send_signal(signal.SIGTERM)
            await wire.not_ready()

            refused = await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)])
            await wire.call("Commit", organization="acme", reservation_id=held.reservation_id)
            assert refused.reason == "SHUTTING_DOWN"
            assert serving.process.poll() is None

            serving.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(serving.process.wait, PATIENCE_S) == 0
            with pytest.raises(Failed):
                await waiting


async def test_serve__a_second_writer_is_refused(tmp_path):
    """A second process on the same SQLite file does not start, and says why."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/ledger.db", listen="127.0.0.1:0")
    async with serving.opened(settings):
        with pytest.raises(StoreInUse):
            await serving.serve(settings, lambda _: None)


async def test_serve__beyond_loopback():
    """It does not listen beyond loopback unless told to, and says so before it opens anything."""
    with pytest.raises(UnsafeListen):
        await serving.serve(Settings(database_url="sqlite:////nowhere/x.db", listen="0.0.0.0:0"))


async def test_opened__the_users_own_folder(tmp_path, monkeypatch):
    """With no database named it is a file in a folder that only the user can enter."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = Settings()

    async with serving.opened(settings) as store:
        assert store.backend == "sqlite"

    file = Path(settings.database.removeprefix("sqlite:///"))
    assert file.is_relative_to(tmp_path)
    assert os.path.exists(file)  # noqa: ASYNC240, PTH110  (a moment)
    assert os.stat(file.parent).st_mode & 0o777 == 0o700  # noqa: PTH116  (a moment)


@pytest.mark.process
async def test_serve__checkpoints(tmp_path):
    """A service that is told to signs where its journals stand, and the books agree with what it signed."""
    key = await asyncio.to_thread(make_key, tmp_path / "key")
    kept = tmp_path / "kept.jsonl"
    given = {"checkpoint_file": str(kept), "checkpoint_key_file": str(tmp_path / "key"), "checkpoint_seconds": "0.02"}
    with Process(tmp_path, **given) as serving:
        async with Wire(serving.address) as wire:
            await found_acme(wire)
            await until_async(lambda: any('"position":9,' in line for line in _lines(kept)))

    checkpoints = Checkpoints.read([kept], key.public)
    report = await asyncio.to_thread(verify, f"sqlite:///{tmp_path}/ledger.db", checkpoints=checkpoints)
    assert (report.verdict, report.of("acme").witnessed) == (Verdict.CLEAN, 9)


@pytest.mark.process
async def test_running__verified_in_the_background(tmp_path):
    """Whoever keeps up with the journals sees what is served, and finds nothing."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/x.db", verify_seconds=0.01, verify_share=1)
    verifier = serving.background_verifier(settings)
    assert verifier is not None
    async with (
        serving.opened(settings) as store,
        service.running(store, verifier=verifier) as served,
        Wire(served.address) as wire,
    ):
        await found_acme(wire)
        await until_async(lambda: verifier.status.positions.get("acme") == 9)

    assert (verifier.status.drift, verifier.status.error) == (0, "")


def test_background_verifier__nobody():
    """It can be turned off, and what is kept in memory only is not verified."""
    assert serving.background_verifier(Settings(verify_seconds=0)) is None
    assert serving.background_verifier(Settings(database_url="memory:")) is None


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def test_serve__checkpoints_without_a_key(tmp_path):
    """Checkpoints that nobody can sign are an error at start, not a surprise in an audit."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/x.db", listen="127.0.0.1:0", checkpoint_file="-")

    with pytest.raises(SettingsError, match="CHECKPOINT_KEY_FILE"):
        await serving.serve(settings, lambda _: None)


def test_first_lines__mask_the_password():
    """A database's password is not printed."""

    class Store:
        durability = "synchronous_commit=on"

    fake: Any = service.Service("127.0.0.1:1", Store(), None, None)  # type: ignore[arg-type]
    settings = Settings(database_url="postgresql+psycopg://ada:s3cret@db/ledger")

    lines = serving.first_lines(settings, fake, "0001")

    assert lines[1] == "database   postgresql+psycopg://ada:***@db/ledger (synchronous_commit=on)"
    assert "s3cret" not in "\n".join(lines)


@pytest.mark.process
async def test_run__does_not_end(tmp_path):
    """A process that was told to end and cannot, is ended all the same, and says where it stood."""
    with Process(tmp_path, STUCK, drain_seconds="0") as stuck:
        stuck.process.send_signal(signal.SIGTERM)
        _, said = await asyncio.to_thread(stuck.process.communicate, timeout=PATIENCE_S)

    assert stuck.process.returncode == 1
    assert "Timeout" in said
    assert "threading.py" in said


@pytest.mark.parametrize("choice", ["auto", "asyncio", "uvloop"])
def test_run__event_loops(choice):
    """Uvloop serves where it is asked for; asyncio's own loop where that is."""
    if choice == "uvloop":
        pytest.importorskip("uvloop")
    said: list[str] = []
    settings = Settings(database_url="memory:", listen="127.0.0.1:0", event_loop=choice, drain_seconds=0)

    def end(line: str) -> None:
        said.append(line)
        if line.startswith("listening"):
            said.append(type(asyncio.get_running_loop()).__module__)
            os.kill(os.getpid(), signal.SIGTERM)

    serving.run(settings, end)

    assert said[-1].startswith({"asyncio": "asyncio", "uvloop": "uvloop"}.get(choice, ""))
