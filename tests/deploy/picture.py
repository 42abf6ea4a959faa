"""The dashboard as a picture, for the docs: its panels with their queries and legends, drawn by matplotlib.

It is no screenshot: Grafana draws it better. What it shows is real all the same: the demo runs, a Prometheus scrapes
its ledger, and every panel is what that Prometheus answers.

    python -m tests.deploy.picture docs/images/dashboard.png
"""

import math
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.deploy.dashboards import DASHBOARD, with_values
from tests.deploy.monitoring import Prometheus, alertmanager, hooks, prometheus

INK: Final = "#d8d9da"
PAPER: Final = "#111217"
PANEL: Final = "#181b1f"
CELL: Final = (0.86, 0.34)
"""Inches of a unit of Grafana's grid."""
SERIES_MAX: Final = 8
"""How many series a panel shows, those that are largest at the end."""

DEMO: Final = {"organization": "acme", "partition": "acme|acme/[^/]+", "unit": "USD"}
"""What is chosen: the organization of the demo, and its teams."""


def draw(source: Prometheus, values: dict[str, str], since: float, file: Path) -> None:
    """The dashboard is in a file, from some time until now.

    Args:
        source: Is asked.
        values: What each variable is.
        since: Seconds since 1970.
        file: A PNG.
    """
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    until = time.time()
    height = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in DASHBOARD["panels"])
    figure = plt.figure(figsize=(24 * CELL[0], height * CELL[1]), facecolor=PAPER, dpi=72)
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        left, top = place["x"] / 24, 1 - place["y"] / height
        if panel["type"] == "row":
            figure.text(left + 0.006, top - 0.7 / height, panel["title"], color=INK, fontsize=15, va="center")
            continue
        gap_x, gap_y = 0.1 / 24, 0.1 / height
        box = (
            left + gap_x,
            top - place["h"] / height + gap_y,
            place["w"] / 24 - 2 * gap_x,
            place["h"] / height - 2 * gap_y,
        )
        figure.add_artist(mpl.patches.Rectangle(box[:2], *box[2:], facecolor=PANEL, zorder=-1))
        figure.text(
            box[0] + 0.004, top - 0.5 / height, panel["title"], color=INK, fontsize=11, va="center", weight="bold"
        )
        wide = 1.3 / 24 if panel["type"] == "timeseries" else 0.2 / 24
        inner = (box[0] + wide, box[1] + 1.7 / height, box[2] - wide - 0.2 / 24, box[3] - 2.7 / height)
        axes = figure.add_axes(inner, facecolor=PANEL)
        if panel["type"] == "timeseries":
            _lines(axes, _ranges(source, panel, values, since, until), _form(panel))
        elif panel["type"] == "bargauge":
            _bars(axes, _now(source, panel, values), panel)
        else:
            _number(axes, _now(source, panel, values), panel)
    figure.savefig(file, facecolor=PAPER, pil_kwargs={"optimize": True})
    plt.close(figure)


def _ranges(source: Prometheus, panel: Any, values: dict[str, str], since: float, until: float) -> list[Any]:
    found = []
    for target in panel["targets"]:
        expression = with_values(target["expr"], values)
        for one in source.query_range(expression, since, until, max(0.25, (until - since) / 300)):
            points = [(float(at) - since, float(value)) for at, value in one["values"] if math.isfinite(float(value))]
            if points:
                found.append((_legend(target["legendFormat"], one["metric"], values), points))
    return sorted(found, key=lambda one: -one[1][-1][1])


def _now(source: Prometheus, panel: Any, values: dict[str, str]) -> list[tuple[str, float]]:
    return [
        (_legend(target["legendFormat"], one["metric"], values), float(one["value"][1]))
        for target in panel["targets"]
        for one in source.query(with_values(target["expr"], values))
    ]


def _legend(form: str, labels: dict[str, str], values: dict[str, str]) -> str:
    filled = re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found.group(1), ""), with_values(form, values))
    return " ".join(filled.split())


def _lines(axes: Any, series: Sequence[Any], form: str) -> None:
    if not series:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "No data", color=INK, ha="center", transform=axes.transAxes)
        return
    for name, points in series[:SERIES_MAX]:
        axes.plot(*zip(*points, strict=True), linewidth=1.2, label=name or None)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    axes.grid(visible=True, alpha=0.12)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f} s")
    axes.yaxis.set_major_formatter(lambda value, _: _said(value, form))
    for spine in axes.spines.values():
        spine.set_visible(False)
    if any(name for name, _ in series):
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(-0.08, -0.14),
            ncols=4,
            frameon=False,
            fontsize=7,
            labelcolor=INK,
            borderpad=0,
            labelspacing=0.2,
        )


def _bars(axes: Any, values: Sequence[tuple[str, float]], panel: Any) -> None:
    axes.set_axis_off()
    shown = [(name, value) for name, value in values if math.isfinite(value)][:SERIES_MAX]
    top = panel["fieldConfig"]["defaults"].get("max") or max((value for _, value in shown), default=0.0) or 1.0
    axes.set_xlim(0, 1)
    axes.set_ylim(SERIES_MAX - 0.4, -0.6)
    for place, (name, value) in enumerate(shown):
        axes.barh(place, 0.42, left=0.45, height=0.62, color="#22252b")
        axes.barh(place, 0.42 * max(0.0, min(1.0, value / top)), left=0.45, height=0.62, color=_color(value, panel))
        axes.text(0.44, place, name, color=INK, fontsize=8, ha="right", va="center")
        axes.text(0.88, place, _said(value, _form(panel)), color=INK, fontsize=8, va="center")
    if not shown:
        axes.text(0.5, SERIES_MAX / 2, "No data", color=INK, ha="center")


def _number(axes: Any, values: Sequence[tuple[str, float]], panel: Any) -> None:
    axes.set_axis_off()
    said = [_said(value, _form(panel)) + (f" {name}" if name else "") for name, value in values] or ["No data"]
    color = _color(values[0][1], panel) if values else INK
    axes.text(0.5, 0.45, "\n".join(said), color=color, fontsize=20, ha="center", va="center", transform=axes.transAxes)


def _form(panel: Any) -> str:
    return str(panel["fieldConfig"]["defaults"]["unit"])


def _color(value: float, panel: Any) -> str:
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [{"color": "green", "value": None}])
    reached = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c"}[reached[-1]]


def _said(value: float, form: str) -> str:
    """A value as Grafana would say it, in few characters."""
    if math.isinf(value):
        return "∞"
    if form == "percentunit":
        return f"{value:.0%}"
    if form == "s":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return f"{value * 1000:.3g} ms"
    if form == "bytes":
        return f"{value / 2**20:.0f} MiB"
    return f"{value:.4g}"


def main(file: Path) -> None:
    """The demo has run, and the dashboard as it was at its end is in the file."""
    from ledger.demo.main import PROCESSES, SEED, SLOTS
    from ledger.demo.plan import make_plan
    from ledger.demo.replay import Replay
    from ledger.demo.traffic import recorded_calls
    from ledger.launch import Service, no_settings

    since = time.time()
    with (
        tempfile.TemporaryDirectory() as name,
        no_settings(),
        Service(
            Path(name),
            f"sqlite:///{name}/ledger.db",
            metrics_listen="127.0.0.1:0",
            metrics_seconds="0.25",
            metrics_tools="acme*",
            verify_seconds="1",
        ) as service,
        hooks() as (hook, _),
        alertmanager(Path(name), hook) as alerts,
        prometheus(Path(name), _endpoint(service.said()), alerts, every="250ms") as source,
    ):
        replay = Replay(make_plan(len(recorded_calls()), SEED), service.address, Path(name), PROCESSES, SLOTS)
        try:
            replay.ledger(lambda _: None)
        finally:
            replay.close()
        draw(source, DEMO, since, file)


def _endpoint(said: str) -> str:
    found = re.search(r"http://(\S+)/metrics", said)
    assert found is not None, said
    return found.group(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
