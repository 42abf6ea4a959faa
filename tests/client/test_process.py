"""The SDK at the end of processes, after forks, and over one event loop after another."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.waiting import until

USD = 10**9
PRELUDE = """
import asyncio, os, signal, sys, time
import tallystick
client = tallystick.Client({address!r}, retry_for=0.3)
scout = client.agent("acme/scout")
"""

pytestmark = pytest.mark.process


@pytest.fixture
def run(service):
    """Runs a script that has a client, to its end; the text that it prints and its exit code."""

    def run(script: str, **environment: str) -> subprocess.CompletedProcess:
        source = PRELUDE.format(address=service.address) + textwrap.dedent(script)
        env = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
        return subprocess.run(
            [sys.executable, "-c", source],
            env=env | {"PYTHONWARNINGS": "ignore::DeprecationWarning"} | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_import__without_grpc():
    """Importing the package, and making clients, does not import gRPC."""
    script = "import tallystick, sys; tallystick.Client(); tallystick.AsyncClient(); print('grpc' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "False\n"


def test_exit__delivers(service, run):
    """A settlement that nobody waited for is delivered when the process ends."""
    done = run(
        """
        async def main():
            loop_client = tallystick.AsyncClient(client.address)
            hold = loop_client.agent("acme/scout").reserve("0.25 USD")
            await hold.__aenter__()
            hold.commit("0.12 USD")
        asyncio.run(main())
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)


def test_exit__interrupted(service, run):
    """A cancelled and closed event loop takes nothing with it."""
    done = run(
        """
        async def work(agent):
            async with agent.reserve("0.25 USD") as hold:
                hold.settle_part("0.05 USD")
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(60)
        agent = tallystick.AsyncClient(client.address).agent("acme/scout")
        asyncio.run(work(agent))
        """
    )

    assert done.returncode != 0
    assert "KeyboardInterrupt" in done.stderr
    assert service.usd() == (15 * USD - 50_000_000, 0, 50_000_000)


def test_exit__undeliverable(service, run):
    """What the ledger has not taken at the end of the process is in the log, whole."""
    service.fail["Commit"] = 10**6

    done = run(
        """
        with scout.reserve("0.25 USD") as hold:
            hold.commit("0.12 USD")
        print(hold.reservation_id, len(client.undelivered))
        """
    )

    reservation_id, count = done.stdout.split()
    assert count == "1"
    assert "the ledger has not taken a settlement" in done.stderr
    assert reservation_id in done.stderr
    assert "parts: 120000000" in done.stderr


def test_exit__refused(service, run):
    """A settlement that a rule refused, and that nobody took back, is in the log at the end."""
    done = run(
        """
        with scout.reserve("0.01 USD") as hold:
            try:
                hold.commit("12 USD")
            except tallystick.ActualImplausible:
                hold.release()
        """
    )

    assert done.returncode == 0
    assert "refused" in done.stderr
    assert "parts: 12000000000" in done.stderr


def test_close__raises(service, run):
    """close() hands back what the ledger has not taken."""
    service.fail["Commit"] = 10**6

    done = run(
        """
        with scout.reserve("0.25 USD") as hold:
            hold.commit("0.12 USD")
        try:
            client.close(timeout=0.5)
        except tallystick.Undelivered as error:
            print([one.reservation_id == hold.reservation_id for one in error.settlements])
        """
    )

    assert done.stdout == "[True]\n"


def test_outbox_folder__killed(service, run, tmp_path):
    """Killed between a cost and its delivery, a process leaves it in the folder, and the next one delivers it."""
    service.fail["Commit"] = 10**6
    done = run(
        """
        with scout.reserve("0.25 USD") as hold:
            hold.commit("0.12 USD")
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        TALLYSTICK_OUTBOX=str(tmp_path / "outbox"),
    )
    assert done.returncode == -signal.SIGKILL
    assert service.usd()[2] == 0
    service.fail.clear()

    done = run("client.server_info()", TALLYSTICK_OUTBOX=str(tmp_path / "outbox"))

    assert (done.returncode, done.stderr) == (0, "")
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)
    assert list((tmp_path / "outbox").iterdir()) == []


@pytest.fixture
def begin(service, tmp_path):
    """Begins a script that has a client and the outbox of the test's folder; it is killed where it has not ended."""
    begun: list[subprocess.Popen] = []

    def begin(script: str) -> subprocess.Popen:
        source = PRELUDE.format(address=service.address) + textwrap.dedent(script)
        begun.append(
            subprocess.Popen(
                [sys.executable, "-c", source],
                env=os.environ | {"TALLYSTICK_OUTBOX": str(tmp_path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def test_outbox_folder__killed_while_trying(service, run, begin, tmp_path):
    """Killed while the ledger decides, a process leaves the cost in the folder; delivered twice it counts once."""
    with service.holding_up("Commit"):
        process = begin(
            """
            with scout.reserve("0.25 USD") as hold:
                hold.commit("0.12 USD")
            """
        )
        until(lambda: service.count("Commit"))
        process.kill()
        process.wait()
    until(lambda: service.usd()[2])
    assert len(list(tmp_path.glob("owner-*/*.pending.json"))) == 1

    run("client.server_info()", TALLYSTICK_OUTBOX=str(tmp_path))

    assert service.count("Commit") >= 2
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)


def test_outbox_folder__several_processes(service, run, begin, tmp_path):
    """A living process keeps what is its own."""
    service.fail["Commit"] = 10**6
    living = begin(
        """
        with scout.reserve("0.25 USD") as hold:
            hold.commit("0.12 USD")
        print("left", flush=True)
        sys.stdin.read()
        os._exit(9)
        """
    )
    assert living.stdout is not None
    assert living.stdout.readline() == "left\n"

    run("client.server_info()", TALLYSTICK_OUTBOX=str(tmp_path))

    assert len(list(tmp_path.glob("owner-*/*.pending.json"))) == 1
    living.communicate("")
    service.fail.clear()

    run("client.server_info()", TALLYSTICK_OUTBOX=str(tmp_path))

    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)
    assert list(tmp_path.iterdir()) == []


def test_outbox_folder__kept_at_exit(service, run, tmp_path):
    """With a folder, what cannot be delivered at exit waits for the next process."""
    service.fail["Commit"] = 10**6
    done = run(
        """
        with scout.reserve("0.25 USD") as hold:
            hold.commit("0.12 USD")
        client.close(timeout=0.1)
        """,
        TALLYSTICK_OUTBOX=str(tmp_path),
    )
    assert done.returncode == 0
    assert len(list(Path(tmp_path).glob("owner-*/*.pending.json"))) == 1
    service.fail.clear()

    run("client.close()", TALLYSTICK_OUTBOX=str(tmp_path))
    assert service.usd()[2] == 0
    run("client.server_info(); client.close()", TALLYSTICK_OUTBOX=str(tmp_path))
    assert service.usd()[2] == 120_000_000


def test_fork__before_the_first_call(service, run):
    """Forking before the first call just works, in parent and child."""
    done = run(
        """
        child = os.fork()
        with scout.reserve("0.25 USD") as hold:
            hold.commit("0.12 USD")
        if child:
            print(os.waitpid(child, 0)[1])
        """
    )

    assert (done.stdout, done.returncode) == ("0\n", 0)
    assert service.usd() == (15 * USD - 240_000_000, 0, 240_000_000)


def test_fork__after_a_call(service, run):
    """The child of a process that has called is told so at once; the parent goes on."""
    done = run(
        """
        client.server_info()
        def attempt(make):
            try:
                make()
            except tallystick.ForkedAfterUse as error:
                return "spawn" in str(error) and "post_fork" in str(error)
        async def asynchronous():
            await tallystick.AsyncClient(client.address).server_info()
        child = os.fork()
        if child == 0:
            told = [
                attempt(client.server_info),
                attempt(lambda: tallystick.Client(client.address).server_info()),
                attempt(lambda: scout.reserve("1 USD").__enter__()),
                attempt(lambda: asyncio.run(asynchronous())),
            ]
            sys.exit(0 if told == [True] * 4 else 1)
        print(os.waitpid(child, 0)[1])
        client.server_info()
        """
    )

    assert (done.stdout, done.stderr, done.returncode) == ("0\n", "", 0)


def test_fork__inside_a_block(service, run, tmp_path):
    """A child that leaves its parent's block settles nothing, and its end delivers nothing of the parent's."""
    done = run(
        """
        with scout.reserve("0.25 USD") as hold:
            hold.settle_part("0.01 USD")
            child = os.fork()
            if child == 0:
                try:
                    hold.__exit__(None, None, None)
                except tallystick.ForkedAfterUse:
                    sys.exit(7)  # which leaves the block as well
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            hold.commit("0.12 USD")
        """,
        TALLYSTICK_OUTBOX=str(tmp_path),
    )

    assert (done.stdout, done.returncode) == ("7\n", 0)
    assert service.count("Commit") == 1
    assert service.usd()[2] == 120_000_000


def test_loops__one_after_another(service, run):
    """An AsyncClient made at import serves one event loop after another, as notebooks and tests have them."""
    done = run(
        """
        agent = tallystick.AsyncClient(client.address).agent("acme/scout")
        async def cell():
            async with agent.reserve("0.01 USD") as hold:
                await hold.commit("0.01 USD")
        for _ in range(3):
            asyncio.run(cell())
        loop = asyncio.new_event_loop()
        loop.run_until_complete(cell())
        loop.run_until_complete(cell())
        loop.run_until_complete(agent.client.close())
        loop.close()
        """
    )

    assert (done.stderr, done.returncode) == ("", 0)
    assert service.usd()[2] == 5 * USD // 100


def test_proxy__never_for_loopback(service, run):
    """A proxy in the environment is not asked for the way to this machine."""
    nowhere = "http://127.0.0.1:9"

    done = run(
        """
        print(client.server_info().backend)
        print(asyncio.run(tallystick.AsyncClient(client.address).server_info()).backend)
        """,
        http_proxy=nowhere,
        https_proxy=nowhere,
        grpc_proxy=nowhere,
        no_proxy="",
        NO_PROXY="",
    )

    assert done.stdout == "memory\nmemory\n"
