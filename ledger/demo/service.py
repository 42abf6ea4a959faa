"""The real service, as a process of its own: started on a scratch database, found by what it prints, and ended."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
LOG_CHARACTERS: Final = 2000
COMMAND: Final = (sys.executable, "-m", "ledger.cli.main")

_PREFIX: Final = "TALLYSTICK_"
_LISTENING: Final = re.compile(r"^listening\s+(\S+)", re.MULTILINE)

# The keeper's input is a pipe whose other end only the demo holds. When the demo ends, however it ends, the input ends,
# and the service is told to stop.
_KEEPER: Final = 'trap "" INT TERM HUP; read -r nothing; kill -s TERM "$1" 2> /dev/null'


class ServiceFailed(Exception):
    """The service did not start, or a command of it failed; the message has the end of what it said."""


class Service:
    """`tallystick serve` on a database of its own, at any free port of loopback.

    Attributes:
        database_url: Where the books are kept.
        address: Where it listens, once it is started.
    """

    def __init__(self, folder: Path, database_url: str) -> None:
        self.database_url = database_url
        self.address = ""
        self._log = folder / "service.log"
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

    def start(self) -> None:
        """The service takes calls.

        Raises:
            ServiceFailed: It ended, or said nothing in time.
        """
        environment = settings(self.database_url) | {"TALLYSTICK_LISTEN": "127.0.0.1:0"}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "serve"],
                env=environment,
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
        while not (found := _LISTENING.search(self._said())):
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise ServiceFailed(f"the service did not start: {self._said()[-LOG_CHARACTERS:]}")
            time.sleep(0.02)
        self.address = found.group(1)

    def stop(self) -> None:
        """The service has drained and ended."""
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

    def _said(self) -> str:
        return self._log.read_text(errors="replace")


def settings(database_url: str) -> dict[str, str]:
    """This process's environment without the user's own settings, and with the demo's database."""
    return own_environment(os.environ) | {"TALLYSTICK_DATABASE_URL": database_url}


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without settings of Tallystick: the demo asks nobody's ledger but its own."""
    return {name: value for name, value in environment.items() if not name.startswith(_PREFIX)}


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
