"""How long a scrape takes of a service that keeps ten thousand partitions, and what its snapshots cost.

A service of its own on SQLite, which looks anew twice a second, as nobody would have it. Something is written between
any two scrapes, so that each snapshot has something to read. Time runs from before the connection is made until the
whole page is there.
"""

import http.client
import re
import statistics
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ledger.bench.books import Books, WindowWrong
from ledger.bench.messages import agent_path, reserve
from ledger.bench.windows import Figures
from ledger.launch import Service
from tallystick.v1 import batch_pb2

AGENTS: Final = 10_000
RICH: Final = 1_000
"""So many have a purse, which is more than metrics have room to show."""

SCRAPES: Final = 30
"""In each window."""

_PURSE: Final = 10**12
_BETWEEN_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = "0.5"
_WAIT_SECONDS: Final = 60.0
_TIMEOUT_SECONDS: Final = 30.0
_MILLISECONDS: Final = 1000
_KILOBYTE: Final = 1000


def measure(folder: Path, organization: str, agents: int = AGENTS) -> Figures:
    """Scrapes one after the other.

    Raises:
        WindowWrong: The metrics do not come to show the organization.
    """
    database = folder / f"scrapes-{organization}.db"
    settings = {"metrics_seconds": _LOOK_SECONDS, "metrics_depth": "9", "log_level": "warning"}
    try:
        with (
            Service(folder, f"sqlite:///{database}", name="scrapes", **settings) as service,
            Books(service.address) as books,
        ):
            books.make(organization, agents, _PURSE, rich=RICH)
            before = _shown(service.metrics_url, organization, books.position(organization))
            took, page = [], before
            for number in range(SCRAPES):
                asked = reserve(agent_path(organization, number % RICH))
                asked.request_id = ""
                books.execute(organization, [batch_pb2.BatchItem(reserve=asked)])
                time.sleep(_BETWEEN_SECONDS)
                began = time.perf_counter()
                page = _page(service.metrics_url)
                took.append(_MILLISECONDS * (time.perf_counter() - began))
    finally:
        for path in folder.glob(f"{database.name}*"):
            path.unlink(missing_ok=True)
    spent = [_value(one, "tallystick_snapshot_processor_seconds_total") for one in (before, page)]
    made = [_value(one, "tallystick_snapshots_total") for one in (before, page)]
    return {
        "scrape_ms": statistics.median(took),
        "slowest_ms": max(took),
        "snapshot_cpu_ms": _MILLISECONDS * (spent[1] - spent[0]) / (made[1] - made[0]),
        "page_kilobytes": len(page) / _KILOBYTE,
        "series": sum(1 for line in page.splitlines() if line and not line.startswith("#")),
    }


def _shown(url: str, organization: str, position: int) -> str:
    """The page of a snapshot that has everything up to a position."""
    give_up = time.monotonic() + _WAIT_SECONDS
    wanted = f'tallystick_position{{organization="{organization}"}}'
    while _value(page := _page(url), wanted) < position:
        if time.monotonic() > give_up:
            raise WindowWrong(f"the metrics do not show {organization} at position {position}")
        time.sleep(_BETWEEN_SECONDS)
    return page


def _page(url: str) -> str:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", where.path)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise WindowWrong(f"{url} answered {answer.status}")
        return answer.read().decode()
    except (OSError, http.client.HTTPException) as problem:
        raise WindowWrong(f"{url} cannot be asked: {problem}") from problem
    finally:
        connection.close()


def _value(page: str, series: str) -> float:
    """Of the series, named as it stands on the page; 0 where it does not."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", page, re.MULTILINE)
    return float(found.group(1)) if found else 0.0
