"""What a run came to: tables for people, one document for machines."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger import __version__
from ledger.bench import machine
from ledger.bench.ratios import RATIOS, Measured, Ratio
from ledger.bench.rounds import Run
from ledger.bench.windows import Figures

WIDTH: Final = 150


def document(
    run: Run, settings: Mapping[str, Any], durability: Mapping[str, Any], keys: Iterable[str]
) -> dict[str, Any]:
    """Everything: machine, versions, settings, every round, and the ratios.

    Args:
        run: What was measured.
        settings: How.
        durability: What the databases said of it.
        keys: The ratios that were asked for.
    """
    wanted = set(keys)
    return {
        "version": __version__,
        "started": run.started,
        "seconds": round(run.seconds, 1),
        "machine": machine.facts() | {"load_average_before_rounds": run.noise},
        "settings": dict(settings),
        "durability": dict(durability),
        "generator": run.generator,
        "cases": {name: case_document(rounds) for name, rounds in run.rounds.items()},
        "notes": dict(run.notes),
        "ratios": {
            ratio.key: ratio_document(
                ratio, measured, ratio.by_processor_time(run.rounds), run.notes.get(ratio.over, "")
            )
            for ratio in RATIOS
            if ratio.key in wanted and (measured := ratio.of(run.rounds)) is not None
        },
    }


def case_document(rounds: Sequence[Figures]) -> dict[str, Any]:
    """Every figure of a case, round by round."""
    return {name: Measured([one[name] for one in rounds if name in one]).document() for name in rounds[0]}


def ratio_document(ratio: Ratio, measured: Measured, by_processor: Measured | None, note: str) -> dict[str, Any]:
    """A ratio with what it should be, and whether it is."""
    bounds = {"at_least": ratio.least, "at_most": ratio.most, "aim": ratio.aim}
    return {
        "value": measured.median,
        "met": ratio.met(measured.median),
        **{name: bound for name, bound in bounds.items() if bound is not None},
        **measured.document(),
        **({"by_processor_time": by_processor.median} if by_processor is not None else {}),
        "says": ratio.says,
        **({"note": note} if note else {}),
    }


def console() -> Console:
    """A terminal's own width, or a wide page."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def cases_table(run: Run) -> Table:
    """Medians of every case."""
    table = Table(box=None, pad_edge=False)
    table.add_column("case", no_wrap=True)
    for name in ("per second", "spread", "p50 ms", "p99 ms", "server µs", "database µs", "client µs"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, rounds in run.rounds.items():
        if "p50_ms" in rounds[0]:
            table.add_row(name, *_row(rounds))
    return table


def other_lines(run: Run) -> Iterator[str]:
    """Medians of what is no window of load, in words, and what is to be said of the sizes."""
    for name, rounds in run.rounds.items():
        if "p50_ms" not in rounds[0]:
            figures = (f"{figure} {Measured([one[figure] for one in rounds]).median:,.2f}" for figure in rounds[0])
            yield f"{name}: {', '.join(figures)}"
    yield from dict.fromkeys(run.notes.values())


def _row(rounds: Sequence[Figures]) -> list[str]:
    def shown(name: str, pattern: str) -> str:
        values = [one[name] for one in rounds if name in one]
        return format(Measured(values).median, pattern) if values else ""

    rates = [one["rate"] for one in rounds if "rate" in one]
    return [
        shown("rate", ",.0f"),
        f"{min(rates):,.0f}-{max(rates):,.0f}" if rates else "",
        shown("p50_ms", ".2f"),
        shown("p99_ms", ".2f"),
        shown("server_us", ".0f"),
        shown("database_us", ".0f"),
        shown("client_us" if "client_us" in rounds[0] else "generator_us", ".0f"),
    ]


def ratios_table(ratios: Mapping[str, Mapping[str, Any]]) -> Table:
    """The ratios and what they should be."""
    table = Table(box=None, pad_edge=False)
    for name, justify in (("ratio", "left"), ("median", "right"), ("spread", "right"), ("by CPU", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("should be", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for told in ratios.values():
        table.add_row(
            str(told["says"]),
            f"{told['median']:.2f}",
            f"{told['low']:.2f}-{told['high']:.2f}",
            f"{told['by_processor_time']:.2f}" if "by_processor_time" in told else "",
            _bound(told),
            Text("met" if told["met"] else "MISSED", style="green" if told["met"] else "bold red"),
        )
    return table


def ratios_page(told: Mapping[str, Any]) -> str:
    """The ratios of a report as a table for a page, with what they were measured on."""
    rows = [
        f"| {one['says']} | `{key}` | {_bound(one)} | {one['median']:.2f} ({one['low']:.2f}-{one['high']:.2f}) |"
        for key, one in told["ratios"].items()
    ]
    about, settings = told["machine"], told["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    measured = f"{settings['rounds']} rounds of {settings['window_seconds']:g} s windows"
    return "\n".join(
        [
            "| What | Key | Should be | Median (spread) |",
            "| --- | --- | ---: | ---: |",
            *rows,
            "",
            f"{about['cores_usable']} cores, {about['cpu']}; Python {about['python']}, {versions}; {measured}.",
            "",
        ]
    )


def _bound(told: Mapping[str, Any]) -> str:
    words = [f"≥ {told['at_least']:g}"] if "at_least" in told else []
    words += [f"≤ {told['at_most']:g}"] if "at_most" in told else []
    words += [f"(aim {told['aim']:g})"] if "aim" in told else []
    return " ".join(words)


def line(number: int, rounds: int, name: str, figures: Figures) -> str:
    """One window, as it is told at once."""
    words = [f"{number}/{rounds}", f"{name:<64}"]
    if "rate" not in figures:
        words += [f"{figure} {value:,.2f}" for figure, value in figures.items()]
    else:
        words.append(f"{figures['rate']:>8,.0f}/s  p50 {figures['p50_ms']:.2f}  p99 {figures['p99_ms']:.2f} ms")
    if "server_us" in figures:
        words.append(f" server {figures['server_us']:.0f} µs, database {figures['database_us']:.0f} µs")
    return "  ".join(words)
