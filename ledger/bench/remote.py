"""A service that runs somewhere: what can be seen of its speed from outside, in an organization of its own there."""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.bench import machine
from ledger.bench.books import Books
from ledger.bench.ground import Ground, Target
from ledger.bench.h2load import Generator
from ledger.bench.messages import AGENTS
from ledger.bench.report import case_document
from ledger.bench.rounds import Run
from ledger.bench.windows import Figures, Press, Range, Work

PRESSES: Final = (
    Press(Work.RESERVE, 1),
    Press(Work.RESERVE, 16),
    Press(Work.RESERVE, 64),
    Press(Work.RESERVE, 256),
    Press(Work.PAIR, 1),
    Press(Work.PAIR, 64),
    Press(Work.BATCH, 16),
)
CEILING: Final[Mapping[Work, float]] = {Work.RESERVE: 20_000.0, Work.PAIR: 10_000.0, Work.BATCH: 1500.0}
"""More calls a second than one service answers: for so many there are records."""

WARM_UP_SHARE: Final = 0.4

Tell = Callable[[int, str, Figures], None]


class NotDrivable(Exception):
    """The load generator cannot reach such an address."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to do.

    Attributes:
        address: Of the service, `host:port`.
        rounds: How often each window is shot.
        seconds: How long it is.
    """

    address: str
    rounds: int
    seconds: float


def new_organization() -> str:
    """A name that no organization has."""
    return f"bench-{secrets.token_hex(4)}"


def measure(asked: Asked, organization: str, folder: Path, tell: Tell) -> tuple[Run, dict[str, Any]]:
    """The service was pressed; what it came to, and all of it as a document.

    Each window must add up: the journal gained an entry for each call answered OK. From outside nobody can verify a
    journal; `tallystick verify` does, on its database. A service on this machine is measured beside the bare echo.

    Args:
        asked: What to do.
        organization: Is made there, and stays.
        folder: For records and the echo's log.
        tell: Hears of each window.

    Raises:
        NotDrivable: The address is no `host:port`.
        WindowWrong: A window does not add up.
    """
    if asked.address.startswith("unix"):
        raise NotDrivable(f"h2load needs host:port, and {asked.address} is none")
    place = Range(folder, Generator(folder), asked.seconds, asked.seconds * WARM_UP_SHARE, dict(CEILING))
    target = Target("service", asked.address, None)
    run = Run()
    with _echo(asked.address, folder) as echo, Books(asked.address) as books:
        info = books.server()
        books.make(organization)
        for number in range(1, asked.rounds + 1):
            for press in PRESSES:
                if echo is not None and press.work is not Work.PAIR:
                    _took(run, tell, number, _name(press, "echo"), place.echo(echo, press.work, press.in_flight))
                figures = place.on_books([target], press, books, [organization], AGENTS)
                _took(run, tell, number, _name(press, "service"), figures)
    return run, {
        "address": asked.address,
        "organization": organization,
        "server": {"version": info.version, "backend": info.backend, "durability": info.durability},
        "machine": machine.facts(),
        "settings": {"rounds": asked.rounds, "window_seconds": asked.seconds},
        "cases": {name: case_document(rounds) for name, rounds in run.rounds.items()},
    }


def _took(run: Run, tell: Tell, number: int, name: str, figures: Figures) -> None:
    run.rounds.setdefault(name, []).append(figures)
    tell(number, name, figures)


def _name(press: Press, server: str) -> str:
    return f"{press.work}, {press.in_flight} in flight, {server}"


@contextmanager
def _echo(address: str, folder: Path) -> Iterator[Target | None]:
    """The echo of this machine, where the service is on it too."""
    if address.rpartition(":")[0] not in {"127.0.0.1", "localhost", "[::1]"}:
        yield None
        return
    with contextlib.closing(Ground(folder)) as ground:
        yield ground.echo()
