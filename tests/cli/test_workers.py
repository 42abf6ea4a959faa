import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

import pytest

import tallystick
from ledger.cli import workers
from ledger.cli.problems import Complaint, ExitCode
from ledger.config import Settings, SettingsError
from ledger.rpc.server import CannotListen
from ledger.storage.migrate import migrate
from tests.repository.project import ROOT
from tests.rpc.world import SCOUT, Failed, Wire, found_acme, usd

SERVE = (sys.executable, "-m", "ledger.cli.main", "serve", "--workers", "2", "--listen", "127.0.0.1:0")
PATIENCE = 30.0


def prepared(url: str) -> None:
    """The database has the tables."""
    migrate(url)


def environment(database: str) -> dict[str, str]:
    """Nothing of whoever runs the tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
    return own | {
        "TALLYSTICK_DATABASE_URL": database,
        "TALLYSTICK_UNSAFE_DURABILITY": "true",
        "TALLYSTICK_LOG_FORMAT": "json",
        "TALLYSTICK_DRAIN_SECONDS": "600",
    }


def test_settings_of__once_for_the_database():
    """The first worker verifies and makes checkpoints; what the others are told is the same but for that."""
    given = Settings(checkpoint_file="kept.jsonl", checkpoint_key_file="key", verify_seconds=7, metrics_listen="off")

    first, second = (workers.settings_of(given, number) for number in (1, 2))

    assert first == given
    assert (second.verify_seconds, second.checkpoint_file) == (0, "")
    assert second == given.model_copy(update={"verify_seconds": 0.0, "checkpoint_file": ""})


class Served:
    """`tallystick serve --workers 2`, and all that its processes log: the log ends when the last of them has."""

    def __init__(self, database: str) -> None:
        self.parent = subprocess.Popen(
            SERVE, env=environment(database), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.logged: list[dict[str, Any]] = []
        self._reading = threading.Thread(target=self._read)
        self.lines: list[str] = []

    def _read(self) -> None:
        assert self.parent.stderr is not None
        for line in self.parent.stderr:
            self.logged.append(json.loads(line) if line.startswith("{") else {"event": line})

    def __enter__(self) -> Self:
        self._reading.start()
        assert self.parent.stdout is not None
        for line in self.parent.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("listening"):
                self._await_pids()
                return self
        raise AssertionError(self.logged)

    def _await_pids(self) -> None:
        """The log is another pipe than the first lines, and may be read later."""
        give_up = time.monotonic() + PATIENCE
        while len(self.pids) < 2:
            assert time.monotonic() < give_up, self.logged
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        self.parent.kill()
        self.parent.wait()
        self._reading.join(PATIENCE)
        for stream in (self.parent.stdout, self.parent.stderr):
            assert stream is not None
            stream.close()

    @property
    def address(self) -> str:
        return self.lines[-1].split()[1]

    @property
    def pids(self) -> list[int]:
        """Each place's worker, as the log has it last."""
        started = [line for line in self.logged if line["event"] == "worker_started"]
        return list({line["worker"]: line["pid"] for line in started}.values())

    async def says(self, event: str, times: int) -> list[dict[str, Any]]:
        """Lines of this event, once there are so many."""
        give_up = time.monotonic() + PATIENCE
        while len(found := [line for line in self.logged if line["event"] == event]) < times:
            assert time.monotonic() < give_up, self.logged
            await asyncio.sleep(0.02)
        return found

    async def ended(self) -> int:
        """The parent's exit code; no process is left."""
        code = await asyncio.to_thread(self.parent.wait, PATIENCE)
        await asyncio.to_thread(self._reading.join, PATIENCE)
        assert not self._reading.is_alive(), "somebody is left who may log"
        return code


@pytest.fixture
def database(postgres_template):
    """A migrated database."""
    return postgres_template(prepared)


@pytest.mark.process
@pytest.mark.postgres
async def test_supervise__killed_one_after_the_other(database):
    """First lines once, with both processes; whoever is killed is replaced, and callers lose nothing."""
    with Served(database) as served:
        first = served.pids
        async with Wire(served.address) as wire:
            await found_acme(wire)
        over = False
        spent = 0

        async def spend() -> None:
            nonlocal spent
            while not over:
                async with agent.reserve("0.001 USD") as hold:
                    hold.commit("0.001 USD")
                spent += 1

        async with tallystick.AsyncClient(served.address, retry_for=60) as client, asyncio.TaskGroup() as group:
            agent = client.agent(SCOUT)
            for _ in range(4):
                group.create_task(spend())
            for place in range(2):
                before = spent
                os.kill(served.pids[place], signal.SIGKILL)
                await served.says("worker_started", 3 + place)
                while spent < before + 20:  # noqa: ASYNC110  (callers go on)
                    await asyncio.sleep(0.02)
            over = True
        async with Wire(served.address) as wire:
            own = (await wire.call("GetPartition", partition=SCOUT)).partition.own
        served.parent.send_signal(signal.SIGTERM)
        assert await served.ended() == 0

    assert [(one.spent, one.reserved) for one in own if one.unit == "USD"] == [(spent * 10**6, 0)]
    assert not set(first) & set(served.pids)
    ended = [line for line in served.logged if line["event"] == "worker_ended"]
    assert [line["how"] for line in ended] == [f"a worker, process {pid}, was killed by SIGKILL" for pid in first]
    stopped = [line for line in served.logged if line["event"] == "stopped"]
    assert {line.get("pid") for line in stopped} == {*served.pids, None}
    assert re.fullmatch(
        rf"tallystick 0\.1\.0, process {served.parent.pid}\n"
        rf"workers    2, processes {first[0]}, {first[1]}\n"
        r"database   postgresql.*\n"
        r"schema     \d+\n"
        r"pools      4 appending, 4 reading in each worker\n"
        r"metrics    http://127\.0\.0\.1:\d+/metrics, and one for each other worker\n"
        r"listening  127\.0\.0\.1:\d+",
        "\n".join(served.lines),
    )


@pytest.mark.process
@pytest.mark.postgres
async def test_supervise__drains_and_is_told_twice(database):
    """SIGTERM, also to the whole group, drains every worker; a second one to the parent ends them at once."""
    with Served(database) as served:
        async with Wire(served.address) as wire:
            await found_acme(wire)
            held = await wire.call("Reserve", partition=SCOUT, amounts=[usd(1)])
            waiting = asyncio.create_task(wire.stay())
            await wire.call("GetOrganization", organization="acme")
            for pid in (*served.pids, served.parent.pid):
                os.kill(pid, signal.SIGTERM)
            await served.says("draining", 2)

            refused = await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)])
            await wire.call("Commit", organization="acme", reservation_id=held.reservation_id)
            assert refused.reason == "SHUTTING_DOWN"
            assert served.parent.poll() is None

            served.parent.send_signal(signal.SIGINT)
            assert await served.ended() == 0
            with pytest.raises(Failed):
                await waiting


@pytest.mark.process
@pytest.mark.postgres
async def test_supervise__parent_killed(database):
    """Workers drain and end when their parent has ended, however it did."""
    with Served(database) as served:
        served.parent.kill()

        assert await served.ended() == -signal.SIGKILL

    assert len([line for line in served.logged if line["event"] == "stopped"]) == 2


@pytest.mark.process
@pytest.mark.postgres
def test_supervise__nothing_to_serve(postgres_url):
    """What keeps every worker from serving is said once, with the exit code as without workers; nobody is left."""
    done = subprocess.run(
        [*SERVE, "--json"], env=environment(postgres_url), cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (ExitCode.FAULT, "")
    assert json.loads(done.stderr)["error"]["reason"] == "SCHEMA_OUTDATED"


async def test_supervise__port_taken(address):
    """The port of somebody else is the same error as without workers."""
    with pytest.raises(CannotListen, match="another process listens"):
        await workers.supervise(Settings(database_url="postgresql://x", listen=address, workers=2), print)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"database_url": ""}, "2 workers need a database that they share: name a PostgreSQL"),
        ({"database_url": "sqlite:///x.db"}, "2 workers need a database that they share: name a PostgreSQL"),
        ({"database_url": "memory:"}, "2 workers need a database that they share: name a PostgreSQL"),
        ({"database_url": "postgresql://x", "listen": "unix:/x"}, "2 workers cannot share the socket unix:/x"),
    ],
)
def test_check_shared__refused(settings, said):
    """What several processes cannot serve is refused, and what to do is said."""
    with pytest.raises(SettingsError, match=f"^{said}"):
        workers.check_shared(Settings(workers=2, **settings))


def test_hold_port__shared_by_those_who_say_so():
    """The port stays bound; who shares it may listen; who does not hear of an error."""
    with workers.hold_port("localhost:0") as held:
        host, port = held.getsockname()[:2]
        with socket.create_server((host, port), family=held.family, reuse_port=True):
            with socket.create_connection((host, port)):
                pass
            with socket.socket(held.family) as other, pytest.raises(OSError, match="in use"):
                other.bind((host, port))

    with pytest.raises(CannotListen, match="there is no such host"):
        workers.hold_port("nowhere.invalid:0")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotListen, match="in use"):
        workers.hold_port(f"127.0.0.1:{taken.getsockname()[1]}")


TAKES_CALLS = 'import json, sys; print(json.dumps({"lines": ["tallystick", "listening"]}), flush=True)\n'
FAILS = 'print(json.dumps({"error": {"exit_code": 2, "reason": "MADE_UP", "message": sys.argv[1]}}))\n'


@pytest.fixture
def crew(monkeypatch):
    """Three workers that run a program of the test, and the place of each that was started."""

    def make(program: str, folder: Path) -> tuple[workers.Workers, Any]:
        note = f"open({str(folder / 'started')!r}, 'a').write(__import__('sys').argv[1])\n"
        monkeypatch.setattr(workers, "COMMAND", (sys.executable, "-c", note + program))
        return workers.Workers(Settings(workers=3, drain_seconds=0)), (folder / "started").read_text

    return make


@pytest.mark.process
async def test_workers__again_and_again(crew, tmp_path, monkeypatch):
    """Workers that end again and again are begun after longer and longer pauses; those that served well, at once."""
    running, started = crew(TAKES_CALLS + "if sys.argv[1] != '2': sys.stdin.read()\n", tmp_path)
    asked: list[int] = []

    def pause(deaths: int) -> float:
        asked.append(deaths)
        if len(asked) == 4:
            monkeypatch.setattr(workers, "_STEADY_SECONDS", -1.0)
        if len(asked) == 6:
            running.end()
            return PATIENCE  # a pause that its end cuts short; after none another would be begun
        return 0.0

    monkeypatch.setattr(workers, "pause_seconds", pause)
    await running.run(lambda _: None)

    assert asked == [0, 1, 2, 3, 0, 0]
    assert sorted(started()) == ["1", *"222222", "3"]


def test_pause_seconds():
    """At once, then twice as long each time, up to a bound."""
    assert [workers.pause_seconds(deaths) for deaths in range(8)] == [0, 1, 2, 4, 8, 16, 30, 30]


@pytest.mark.process
async def test_workers__the_first_cannot_serve(crew, tmp_path):
    """What the first says is the answer, and no other was started."""
    running, started = crew("import json, sys\n" + FAILS, tmp_path)

    with pytest.raises(Complaint, match=r"^1$") as error:
        await running.run(print)

    assert (error.value.problem.code, error.value.problem.reason) == (ExitCode.USAGE, "MADE_UP")
    assert started() == "1"


@pytest.mark.process
@pytest.mark.parametrize("program", ["sys.exit(3)\n", "os.kill(os.getpid(), 9)\n"])
async def test_workers__another_cannot_serve(crew, tmp_path, program):
    """A worker that ends without a word is an error of the start too, and those that serve already end."""
    running, started = crew(
        "import os, sys\nif sys.argv[1] == '2': " + program + TAKES_CALLS + "sys.stdin.read()\n", tmp_path
    )
    said: list[str] = []

    with pytest.raises(Complaint, match=r"^a worker, process \d+, (ended with exit code 3|was killed by SIGKILL)$"):
        await running.run(said.append)

    assert (said, sorted(started())) == ([], ["1", "2", "3"])


@pytest.mark.process
async def test_workers__do_not_end(crew, tmp_path, monkeypatch):
    """A worker that does not end in time is killed."""
    running, _ = crew(
        "import signal; signal.signal(15, signal.SIG_IGN)\n" + TAKES_CALLS + "sys.stdin.read()\n", tmp_path
    )
    monkeypatch.setattr(workers, "_END_SECONDS", 0.0)

    await running.run(lambda line: running.end() if line == "listening" else None)


@pytest.mark.process
async def test_workers__told_while_starting(crew, tmp_path):
    """Told to end before the workers take calls, it ends in order and announces nothing."""
    running, started = crew("input(); input()\n", tmp_path)
    said: list[str] = []
    asyncio.get_running_loop().call_later(0.2, running.end)

    await running.run(said.append)

    assert (said, started()) in [([], "1"), ([], "")]


def test_main__nobody_there():
    """A worker whose parent ended before it said anything ends without a word."""
    done = subprocess.run([*workers.COMMAND, "1"], stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd=ROOT)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
