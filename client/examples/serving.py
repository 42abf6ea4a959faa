"""A real service for one example: started on books of its own, which are verified when the example is over."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# `tallystick`, as installed beside the Python that runs the example.
TALLYSTICK = (sys.executable, "-m", "ledger.cli.main")
PATIENCE_S = 60


@contextmanager
def serving() -> Iterator[str]:
    """The address of a `tallystick serve` of one's own, at a free port of loopback.

    Its books are a SQLite file in a scratch folder. At the end of the block the service has ended, `tallystick verify`
    has recomputed the books, and the folder is gone.
    """
    with tempfile.TemporaryDirectory(prefix="tallystick-example-") as folder:
        database = f"sqlite:///{folder}/ledger.db"
        with _service(database, Path(folder) / "service.log") as address:
            yield address
        _verify(database)


@contextmanager
def _service(database: str, log: Path) -> Iterator[str]:
    with log.open("w") as said:
        service = subprocess.Popen(
            [*TALLYSTICK, "serve", "--json", "--listen", "127.0.0.1:0", "--database", database],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the example, which then ends the service
        )
    with service:
        try:
            assert service.stdout is not None
            started = service.stdout.readline()
            if not started:
                sys.exit(f"the service did not start: {log.read_text()}")
            yield json.loads(started)["listening"]
        finally:
            service.terminate()
            service.wait(PATIENCE_S)


def _verify(database: str) -> None:
    """Exits with what `tallystick verify` says, unless that is CLEAN."""
    done = subprocess.run(
        [*TALLYSTICK, "verify", "--json", "--quiet", "--database", database],
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"tallystick verify: {done.stdout}")
    (organization,) = json.loads(done.stdout)["organizations"]
    entries = organization["rows"]["entries"]
    print(f"\ntallystick verify: {organization['verdict']}, {entries} journal entries recomputed")


def _environment() -> dict[str, str]:
    """The environment without what another service was told."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
