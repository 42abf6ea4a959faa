"""The command line in this process, and a service for it to talk to."""

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from ledger.cli.main import run
from ledger.testing import serving
from tests.verify.journal import something_of_everything, write_sqlite

_numbers = itertools.count(1)


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its one JSON document: the answer, or the error."""
        return json.loads(self.out or self.err)

    @property
    def error(self) -> Any:
        """What was wrong, as a program reads it."""
        return json.loads(self.err)["error"]


class Tallystick(Protocol):
    """The command line: words in, exit code and texts out."""

    def __call__(self, *words: str, code: int | None = 0) -> Ran: ...


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """A service that forgets everything."""
    with serving() as service:
        yield service.address


@pytest.fixture
def tallystick(capsys: pytest.CaptureFixture[str]) -> Tallystick:
    """The command line, in this process. The exit code must be the one named; None for any."""

    def ran(*words: str, code: int | None = 0) -> Ran:
        capsys.readouterr()
        ended = run(words)
        found = Ran(ended, *capsys.readouterr())
        assert code in {None, ended}, found
        return found

    return ran


@pytest.fixture
def ask(tallystick: Tallystick, address: str, monkeypatch: pytest.MonkeyPatch) -> Tallystick:
    """The same, with the service's address in the environment."""
    monkeypatch.setenv("TALLYSTICK_ADDRESS", address)
    return tallystick


@pytest.fixture
def acme(ask: Tallystick) -> str:
    """A new organization with 100 USD and 500 tokens, a team with 60 USD and an agent with 15; its name."""
    name = f"acme-{next(_numbers)}"
    ask("org", "create", name, "--unit", "USD", "--unit", "tokens:0")
    ask("partition", "create", f"{name}/research", "--team")
    ask("partition", "create", f"{name}/research/scout", "--agent")
    ask("fund", name, "100", "USD")
    ask("fund", name, "500tokens")
    ask("allocate", f"{name}/research", "60 USD")
    ask("allocate", f"{name}/research/scout", "15 USD")
    return name


@pytest.fixture
def held(ask: Tallystick, acme: str) -> Callable[..., str]:
    """Opens reservations of the agent; their ids."""

    def hold(amount: str = "12 USD") -> str:
        found: str = ask("reserve", f"{acme}/research/scout", amount, "--json").document["reservation_id"]
        return found

    return hold


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with something of everything, not to be changed."""
    path = tmp_path_factory.mktemp("books") / "ledger.db"
    write_sqlite(path, something_of_everything())
    return path


@pytest.fixture
def database(journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, which is the one that the environment names."""
    path = tmp_path / "ledger.db"
    shutil.copyfile(journal, path)
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", f"sqlite:///{path}")
    return path
