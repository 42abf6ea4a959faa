"""What is scraped: the service's spend counters, held against the journal's own sums.

The sums are the auditor's, from the postings of every entry; the counters are what Prometheus would be told. They must
agree for every partition that is shown, to the smallest part.
"""

import http.client
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from ledger.demo.audit import Audit
from ledger.demo.fleet import ORGANIZATION, UNITS

WAIT_SECONDS: Final = 30.0
"""How long to wait until a snapshot is as of the journal's end; one is made every second."""

_EVERY_SECONDS: Final = 0.2
_REQUEST_SECONDS: Final = 10.0
_POSITION: Final = "tallystick_position"
_COUNTERS: Final = ("tallystick_spent_total", "tallystick_refunded_total")

Place = tuple[str, str, str]
"""Of a counter: its name, the partition and the unit."""


class ScrapeFailed(Exception):
    """The metrics could not be had; the message says why."""


class Scrape(NamedTuple):
    """What the metrics say.

    Attributes:
        position: Of the journal.
        counters: What was spent and refunded of each partition with all below it, in the unit's natural size.
    """

    position: int
    counters: Mapping[Place, float]


class Agreement(NamedTuple):
    """Whether the metrics and the journal agree.

    Attributes:
        position: That the metrics are as of.
        counters: How many were compared.
        findings: Where they do not agree.
    """

    position: int
    counters: int
    findings: tuple[str, ...]


def scrape(url: str, position: int) -> Scrape:
    """The metrics, as of this position or a later one.

    Raises:
        ScrapeFailed: They did not come so far in time, or could not be asked.
    """
    give_up = time.monotonic() + WAIT_SECONDS
    while (found := _read(_page(url))).position < position:
        if time.monotonic() > give_up:
            raise ScrapeFailed(f"the metrics are at position {found.position}, the journal at {position}")
        time.sleep(_EVERY_SECONDS)
    return found


def compare(found: Scrape, journal: Audit) -> Agreement:
    """Every counter against the sum of the journal's postings at and below its partition."""
    findings = []
    if found.position != journal.entries:
        findings.append(f"the metrics are at position {found.position}, the journal was read to {journal.entries}")
    if not any(partition == ORGANIZATION for _, partition, _ in found.counters):
        findings.append("the metrics do not tell of the organization")
    for (name, partition, unit), value in found.counters.items():
        below = [
            posted
            for (path, counted), posted in journal.posted.items()
            if counted == unit and (path == partition or path.startswith(f"{partition}/"))
        ]
        parts = sum(posted[_COUNTERS.index(name)] for posted in below)
        shown = round(Decimal(value).scaleb(UNITS[unit]))
        if shown != parts:
            findings.append(f"{name} of {partition} shows {shown} parts of {unit}, the journal has {parts}")
    return Agreement(found.position, len(found.counters), tuple(findings))


def _page(url: str) -> str:
    """Asked of the service itself: a proxy that the user has is none of its business."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_REQUEST_SECONDS)
    try:
        connection.request("GET", where.path)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise ScrapeFailed(f"{url} answered {answer.status}")
        return answer.read().decode()
    except (OSError, http.client.HTTPException) as problem:
        raise ScrapeFailed(f"{url} cannot be asked: {problem}") from problem
    finally:
        connection.close()


def _read(page: str) -> Scrape:
    position = 0
    counters: dict[Place, float] = {}
    for family in text_string_to_metric_families(page):
        for name, labels, value, *_ in family.samples:
            if labels.get("organization") == ORGANIZATION:
                if name == _POSITION:
                    position = int(value)
                elif name in _COUNTERS:
                    counters[name, labels["partition"], labels["unit"]] = value
    return Scrape(position, counters)
