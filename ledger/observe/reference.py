"""The reference page of metrics, written from the program: `python -m ledger.observe.reference`."""

import sys
from collections.abc import Mapping
from typing import Final

from ledger.observe.metrics import AMOUNTS, BESIDE, TOGETHER, WORK, Metric, Over

_HEAD: Final = """\
<!-- Written by `python -m ledger.observe.reference`. -->

# Metrics

What `/metrics` of a service tells, in Prometheus's text format. Which partitions appear, how to scrape, and what it
costs: [watching with Prometheus](../operating/metrics.md).

Amounts are in the natural size of the unit in the label `unit`: 1.5 of `USD` is a dollar and a half. They are of the
partition and everything below it, save `tallystick_own_available`. A value is a 64-bit float, exact to the smallest
part below 2^52 of them: of `USD` to the nano-dollar below 4.5 million dollars, to the micro-dollar below 4.5 billion.

Several processes serve one database. The column *instances* says how a rule takes them together:
"""

_OVER: Final[Mapping[Over, str]] = {
    Over.MAX: "all say the same, each as of the position that it has seen: the maximum over instances, never the sum.",
    Over.SUM: "each says what it did or has itself: the sum over instances, of `rate()` or `increase()` for counters.",
    Over.EACH: "each says something about itself alone: no sum and no maximum, instance by instance.",
}

_OF_AMOUNTS: Final = """\
Of organizations and their partitions. All of one organization are as of one position of its journal,
`tallystick_position`, which no process ever shows lower than before, unless a backup was restored. A process whose last
snapshot is older than two minutes, and than four intervals, leaves them out."""

_OF_WORK: Final = """\
Its counters begin at zero with it. Beside these there are Prometheus's usual `process_…` of memory, processor time and
open files."""

_PARTS: Final[Mapping[str, tuple[str, Mapping[str, Metric]]]] = {
    "Amounts": (_OF_AMOUNTS, AMOUNTS),
    "All organizations together": (
        "Of the snapshots that the amounts come from. How many there are of anything is left out with them.",
        TOGETHER,
    ),
    "Beside the calls": ("Of the background verifier, and of webhooks, where the process has any.", BESIDE),
    "The process": (_OF_WORK, WORK),
}

LABELS: Final[Mapping[str, str]] = {
    "organization": "An organization's name.",
    "partition": "A partition's path. Never one that configuration does not choose.",
    "unit": "A unit of the organization; of a cap that counts reservations, `reservations`.",
    "tool": "A tool of the catalogue, `other`, or empty for none; of a cap, the pattern of tools it counts.",
    "cap": "The cap's id.",
    "kind": "Of a partition `organization`, `team` or `agent`; of a cap its kind and period, such as `window_day`.",
    "mode": "Of a cap `enforced`, or `shadow` where it refuses nothing.",
    "watched": "`true` where the partition is marked as watched.",
    "state": "Of a partition `open`, or `closing` where it is closed and has reservations that are not resolved.",
    "rpc": "A method of the service, such as `Reserve`.",
    "outcome": "`answered`, `refused`, `malformed`, `gone` (the caller), `throttled`, `faulted` or `failed` (a bug).",
    "reason": "Of a refusal, as in [reasons](reasons.md).",
    "pool": "`appending` or `reading`. SQLite has threads instead: one that writes, some that read.",
    "found": "`true` where the batch whose COMMIT was lost was in the journal.",
    "sqlstate_class": "The first two characters of the database's code, such as `57`; `none` where it gave none.",
    "webhook": "A webhook's name in its file.",
    "version": "Of the program.",
    "backend": "`postgresql`, `sqlite` or `memory`.",
}
"""What each label says."""


def reference() -> str:
    """The page."""
    lines = [_HEAD, *(f"- `{over}`: {_OVER[over]}" for over in Over)]
    for title, (says, metrics) in _PARTS.items():
        lines += ["", f"## {title}", "", says, ""]
        lines += ["| Metric | Type | In | Labels | Instances | Says |", "| --- | --- | --- | --- | --- | --- |"]
        lines += [_row(name, one) for name, one in metrics.items()]
    lines += ["", "## Labels", "", "| Label | Says |", "| --- | --- |"]
    lines += [f"| `{name}` | {says} |" for name, says in LABELS.items()]
    return "\n".join(lines) + "\n"


def _row(name: str, one: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in one.labels)
    return f"| `{name}` | {one.kind} | {one.unit} | {labels} | `{one.over}` | {one.says} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
