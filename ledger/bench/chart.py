"""The chart: throughput and latency against concurrency, with the echo as the ceiling."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ledger.bench.cases import DATABASES, IN_FLIGHT, pairs, reserve
from ledger.bench.ground import ECHO

INK: Final = "#24292f"
COLOURS: Final = {ECHO: "#8c959f", "sqlite": "#0969da", "postgresql": "#bc4c00"}
LABELS: Final = {ECHO: "bare echo", "sqlite": "SQLite", "postgresql": "PostgreSQL"}


def lines(
    cases: Mapping[str, Any], figure: str
) -> Iterator[tuple[str, str, Sequence[tuple[int, Mapping[str, float]]]]]:
    """What a panel shows: the server, what is done, and for each number of calls in flight the figure with its spread.

    Args:
        cases: Of the report.
        figure: Which.
    """
    for server in (ECHO, *DATABASES):
        for work, name in (("reserve", reserve), ("reserve + commit", pairs)):
            points = [
                (in_flight, cases[name(server, in_flight)][figure])
                for in_flight in IN_FLIGHT
                if name(server, in_flight) in cases
            ]
            if len(points) > 1:
                yield server, work, points


def draw(told: Mapping[str, Any], file: Path) -> bool:
    """Draw the chart of a report; whether there was something to draw, and something to draw it with."""
    if not any(lines(told["cases"], "rate")):
        return False
    try:
        import matplotlib as mpl

        mpl.use("agg")
        from matplotlib import pyplot as plt
    except ImportError:
        return False
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.2), dpi=130)
    for server, work, points in lines(told["cases"], "rate"):
        _band(left, server, points, work)
    left.set_ylim(bottom=0)
    left.set_ylabel("per second")
    left.set_title("Throughput: reserves, and pairs of reserve + commit")
    for quantile, share in (("p50_ms", "p50"), ("p99_ms", "p99")):
        for server, work, points in lines(told["cases"], quantile):
            if work == "reserve":
                _band(right, server, points, share)
    right.set_yscale("log")
    right.set_ylabel("milliseconds")
    right.set_title("Latency of Reserve: p50, and p99 dashed")
    for axis in (left, right):
        axis.set_xscale("log", base=2)
        axis.set_xticks(IN_FLIGHT, [str(one) for one in IN_FLIGHT])
        axis.set_xlabel("calls in flight")
        axis.grid(visible=True, alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8)
    machine = told["machine"]
    figure.suptitle(
        f"Tallystick {told['version']}: durable, one service process, generator on the same {machine['cores_usable']} "
        f"cores; medians of {told['settings']['rounds']} rounds",
        fontsize=10,
        color=INK,
    )
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)
    return True


def _band(axis: Any, server: str, points: Sequence[tuple[int, Mapping[str, float]]], kind: str) -> None:  # noqa: ANN401
    """A line of medians in a band from the smallest to the largest."""
    places = [in_flight for in_flight, _ in points]
    dashed = kind in {"reserve + commit", "p99"}
    axis.plot(
        places,
        [one["median"] for _, one in points],
        color=COLOURS[server],
        linestyle="--" if dashed else "-",
        marker="o",
        markersize=3.5,
        label=f"{LABELS[server]}, {kind}",
    )
    axis.fill_between(
        places,
        [one["low"] for _, one in points],
        [one["high"] for _, one in points],
        color=COLOURS[server],
        alpha=0.12,
        linewidth=0,
    )
