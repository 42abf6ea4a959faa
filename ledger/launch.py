"""The real service, as a process of its own: started on a scratch database, found by what it prints, and ended.

For the demo and the benchmark, which are users of the service like any other.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
LOG_CHARACTERS: Final = 2000
COMMAND: Final = (sys.executable, "-m", "ledger.cli.main")

_PREFIX: Final = "TALLYSTICK_"
_LISTENING: Final = re.compile(r"^listening\s+(\S+)", re.MULTILINE)
_METRICS: Final = re.compile(r"^metrics\s+(http\S+)", re.MULTILINE)

# The keeper's input is a pipe whose other end only the starting process holds. When that ends, however it ends, the
# input ends, and the program is told to stop.
_KEEPER: Final = 'trap "" INT TERM HUP; read -r nothing; kill -s TERM "$1" 2> /dev/null'


class ServiceFailed(Exception):
    """A program did not start, or a command of it failed; the message has the end of what it said."""


class Program:
    """A process that prints where it listens and serves until it is told to stop; it ends with its starter.

    Attributes:
        address: Where it listens, once it is started.
    """

    def __init__(self, name: str, log: Path, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Describe it; nothing is started.

        Args:
            name: For messages.
            log: The file that takes what it says.
            command: The program and its words.
            environment: All that it sees of the environment.
        """
        self.address = ""
        self._name = name
        self._log = log
        self._command = tuple(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of what was started."""
        assert self._process is not None, "it is started"
        return self._process.pid

    def start(self) -> None:
        """The program takes calls.

        Raises:
            ServiceFailed: It ended, or said nothing in time.
        """
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "keeper", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        give_up = time.monotonic() + START_SECONDS
        while not (found := _LISTENING.search(self.said())):
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise ServiceFailed(f"{self._name} did not start: {self.said()[-LOG_CHARACTERS:]}")
            time.sleep(0.02)
        self.address = found.group(1)

    def stop(self) -> None:
        """The program has drained and ended."""
        process, keeper, self._process, self._keeper = self._process, self._keeper, None, None
        if process is not None:
            for how in (signal.SIGTERM, signal.SIGKILL):
                process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
                    break
        if keeper is not None:
            keeper.kill()
            keeper.wait()
            assert keeper.stdin is not None
            keeper.stdin.close()

    def said(self) -> str:
        """All that it has printed."""
        return self._log.read_text(errors="replace")


class Service(Program):
    """`tallystick serve` on a database of its own, at any free port of loopback.

    Attributes:
        database_url: Where the books are kept.
    """

    def __init__(self, folder: Path, database_url: str, *, name: str = "service", **own: str) -> None:
        """Describe it; nothing is started.

        Args:
            folder: Takes the log.
            database_url: Where the books are kept.
            name: Of the log file, where a folder has several.
            own: Other settings, by the names that `ledger.config` gives them.
        """
        self.database_url = database_url
        given = {_PREFIX + setting.upper(): value for setting, value in ({"listen": "127.0.0.1:0"} | own).items()}
        super().__init__("the service", folder / f"{name}.log", [*COMMAND, "serve"], settings(database_url) | given)

    @property
    def metrics_url(self) -> str:
        """Where its metrics are, once it is started; empty where it serves none."""
        found = _METRICS.search(self.said())
        return found.group(1) if found else ""


def settings(database_url: str) -> dict[str, str]:
    """This process's environment without the user's own settings, and with the scratch database."""
    return own_environment(os.environ) | {"TALLYSTICK_DATABASE_URL": database_url}


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without settings of Tallystick: nobody's ledger is asked but the scratch one."""
    return {name: value for name, value in environment.items() if not name.startswith(_PREFIX)}


@contextmanager
def no_settings() -> Iterator[None]:
    """Inside, neither this process nor those it starts see the user's own settings of Tallystick."""
    before = dict(os.environ)
    own = own_environment(before)
    for name in before.keys() - own.keys():
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(before)


@contextmanager
def scratch_folder(prefix: str, *, keep: bool) -> Iterator[Path]:
    """A new folder, gone afterwards unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        if keep:
            sys.stderr.write(f"kept: {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends what runs inside as Ctrl-C does: in order."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def migrate(database_url: str) -> None:
    """The database has the schema that the service wants.

    Raises:
        ServiceFailed: It could not be given one.
    """
    done = _command("migrate", database_url)
    if done.returncode != 0:
        raise ServiceFailed(f"migrate failed: {(done.stdout + done.stderr).strip()[-LOG_CHARACTERS:]}")


def verify(database_url: str) -> tuple[bool, str]:
    """Whether `tallystick verify` recomputes the same books, and what it said, in a sentence."""
    done = _command("verify", database_url, "--json", "--quiet")
    try:
        report = json.loads(done.stdout)
        counted = [f"{one['rows']['entries']:,} entries" for one in report["organizations"]]
        wrong = [str(finding) for finding in report["findings"]]
        said = f"{report['verdict']}, {' and '.join(counted)} recomputed" + "".join(f"; {one}" for one in wrong)
    except (ValueError, KeyError, TypeError):
        return False, f"verify failed: {(done.stdout + done.stderr).strip()[-LOG_CHARACTERS:]}"
    return done.returncode == 0, f"verify: {said}"[:LOG_CHARACTERS]


def _command(name: str, database_url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, name, *options],
        env=settings(database_url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
