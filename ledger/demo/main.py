"""`tallystick demo`: from an empty folder to a verdict, and nothing left behind."""

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from ledger.demo import report
from ledger.demo.coordinator import CoordinatorFailed
from ledger.demo.plan import CALLS_MIN, Plan, make_plan
from ledger.demo.processes import ProcessFailed
from ledger.demo.replay import Replay, ReplayFailed, Result
from ledger.demo.scraped import ScrapeFailed, compare, scrape
from ledger.demo.traffic import recorded_calls
from ledger.embedded import EmbeddedPostgres, EmbeddedPostgresError
from ledger.launch import (
    Service,
    ServiceFailed,
    migrate,
    no_settings,
    scratch_folder,
    terminated_like_interrupted,
    verify,
)
from tallystick import TallystickError

Database = Literal["sqlite", "postgresql"]

SEED: Final = 2023
PROCESSES: Final = 2
SLOTS: Final = 96
METRICS_SECONDS: Final = "1"
"""How often the service looks anew at what its metrics show, so that nobody waits long for the last time."""

OK: Final = 0
WRONG: Final = 1
MISUSED: Final = 2
FAILED: Final = 3
INTERRUPTED: Final = 130


def run(
    database: str = "sqlite",
    calls: int | None = None,
    *,
    seed: int = SEED,
    processes: int = PROCESSES,
    slots: int = SLOTS,
    keep: bool = False,
) -> int:
    """The demo has run, and what it started has ended.

    Args:
        database: `sqlite`, or `postgresql`: a server of its own, which it brings.
        calls: How many calls of the trace to replay; all of them where absent.
        seed: What the plan is drawn from.
        processes: How many client processes.
        slots: How many calls are in flight altogether.
        keep: Whether the scratch folder stays.

    Returns:
        The exit code: 0 where nothing was overspent, the books were verified and the metrics agree with them, 1 where
        not, 2 for arguments that cannot be, 3 where something failed, 130 after Ctrl-C.
    """
    if database not in {"sqlite", "postgresql"}:
        return _complain(f"there is no demo on {database!r}: choose sqlite or postgresql", MISUSED)
    most = len(recorded_calls())
    wanted = most if calls is None else calls
    if not CALLS_MIN <= wanted <= most:
        return _complain(f"the demo replays {CALLS_MIN} to {most} calls, not {wanted}", MISUSED)
    if not 1 <= processes <= slots:
        return _complain(f"{slots} calls in flight cannot come from {processes} processes", MISUSED)
    try:
        with terminated_like_interrupted(), scratch_folder("tallystick-demo-", keep=keep) as folder:
            return _run(database, make_plan(wanted, seed), folder, processes, slots)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing is left running", INTERRUPTED)
    except (
        CoordinatorFailed,
        EmbeddedPostgresError,
        ProcessFailed,
        ReplayFailed,
        ScrapeFailed,
        ServiceFailed,
        TallystickError,
    ) as problem:
        return _complain(f"the demo could not go on: {problem}", FAILED)


def _run(database: str, plan: Plan, folder: Path, processes: int, slots: int) -> int:
    screen = report.Screen()
    teams = len({agent.team for agent in plan.agents})
    screen.say(f"{len(plan.agents)} agents in {teams} teams make {len(plan.calls):,} recorded calls")
    screen.say(f"{slots} at once, from {processes} processes; the books are kept in {_NAMES[database]}")
    with _database(database, folder) as url:
        with no_settings(), Service(folder, url, metrics_seconds=METRICS_SECONDS) as service:
            result = _replay(screen, plan, service, folder, processes, slots)
        verified, said = verify(url)
    report.show(screen, result, said)
    told: dict[str, Any] = report.figures(result, verified=verified, backend=database)
    print(report.last_line(told), flush=True)
    return WRONG if result.findings or not verified else OK


_NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _replay(screen: report.Screen, plan: Plan, service: Service, folder: Path, processes: int, slots: int) -> Result:
    with contextlib.closing(Replay(plan, service.address, folder, processes, slots)) as replay:
        with screen.part("naive counter", len(plan.calls)) as listener:
            naive = replay.naive(listener)
        with screen.part("Tallystick", len(plan.calls)) as listener:
            living, dead, seconds = replay.ledger(listener)
        result = replay.read(living, dead, seconds, naive)
    return replace(result, metrics=compare(scrape(service.metrics_url, result.audit.entries), result.audit))


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database with the schema that the service wants."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ledger.db'}"
        return
    # Where PostgreSQL runs as another user, that user has to reach its folder.
    folder.chmod(0o711)
    with EmbeddedPostgres(folder / "postgresql", durable=True) as server:
        server.create_database("tallystick")
        url = server.url("tallystick")
        migrate(url)
        yield url


def _complain(what: str, code: int) -> int:
    print(f"tallystick demo: {what}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(run())
