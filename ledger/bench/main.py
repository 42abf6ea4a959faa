"""`make bench`: from an empty folder to tables, a chart and `build/bench.json`."""

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import grpc

from ledger.bench import chart, large, report
from ledger.bench.books import WindowWrong
from ledger.bench.cases import CASES, DATABASES, IN_FLIGHT, reserve
from ledger.bench.ground import ECHO, Ground, NotDurable
from ledger.bench.h2load import Generator, LoadFailed
from ledger.bench.ratios import RATIOS, Ratio
from ledger.bench.rounds import Plan, Run, run
from ledger.bench.sdk import CallerFailed
from ledger.bench.windows import Figures, Range
from ledger.embedded import EmbeddedPostgresError
from ledger.launch import ServiceFailed, no_settings, scratch_folder, terminated_like_interrupted

OUT: Final = Path("build")

WARM_UP_SHARE: Final = 0.4
SELDOM_ROUNDS: Final = 3

OK: Final = 0
FAILED: Final = 3
INTERRUPTED: Final = 130


class NothingChosen(Exception):
    """No case and no ratio has such a name; the message has those that there are."""


def main(words: Sequence[str]) -> int:
    """The benchmark has run; its exit code.

    0 where everything was measured, whatever the ratios came to: a noisy machine is no error. 3 where something failed,
    a window that does not add up included; 130 after Ctrl-C.
    """
    asked = _parser().parse_args(words)
    try:
        with terminated_like_interrupted(), no_settings(), scratch_folder("tallystick-bench-", keep=False) as folder:
            return _measure(asked, folder)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing is left running", INTERRUPTED)
    except (
        CallerFailed,
        EmbeddedPostgresError,
        LoadFailed,
        NotDurable,
        NothingChosen,
        ServiceFailed,
        WindowWrong,
    ) as problem:
        return _complain(str(problem), FAILED)
    except grpc.RpcError as error:
        return _complain(f"the service failed: {error}", FAILED)


def planned(only: Sequence[str], rounds: int, *, quick: bool) -> tuple[Plan, list[Ratio]]:
    """What to measure for these words, and which ratios that gives.

    Args:
        only: Parts of the keys of ratios, or of the names of cases; everything where empty.
        rounds: How often.
        quick: Smaller books, and what belongs neither to a ratio nor to the chart is measured once.

    Raises:
        NothingChosen: Nothing has such a name.
    """
    ratios = [ratio for ratio in RATIOS if not only or any(word in ratio.key for word in only)]
    for_ratios = {name for ratio in ratios for name in ratio.cases()}
    named = {name for name in (*CASES, *large.NAMES) if not only or any(word in name for word in only)}
    names = for_ratios | named
    if not names:
        raise NothingChosen(f"nothing is called {', '.join(only)}; the cases are: {'; '.join((*CASES, *large.NAMES))}")
    cases = [case for case in CASES.values() if case.name in names]
    drawn = {reserve(server, in_flight) for server in (ECHO, *DATABASES) for in_flight in IN_FLIGHT}
    seldom = frozenset[str]() if only else frozenset(CASES.keys() - for_ratios - drawn)
    sizes = large.QUICK if quick else large.Sizes()
    on_large = frozenset(names & set(large.NAMES))
    return Plan(cases, seldom, 1 if quick else SELDOM_ROUNDS, on_large, sizes, rounds), ratios


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter windows, smaller books")
    parser.add_argument(
        "--only", action="append", default=[], help="keys of ratios or names of cases, or parts of them"
    )
    parser.add_argument("--rounds", type=int, help="how often each case is measured")
    parser.add_argument("--seconds", type=float, help="how long a window is measured")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder for bench.json, bench.md and bench.png")
    return parser


def _measure(asked: argparse.Namespace, folder: Path) -> int:
    only = [word for words in asked.only for word in words.split(",")]
    rounds = asked.rounds or (3 if asked.quick else 5)
    seconds = asked.seconds or (1.0 if asked.quick else 3.0)
    plan, ratios = planned(only, rounds, quick=asked.quick)
    place = Range(folder, Generator(folder), seconds, seconds * WARM_UP_SHARE)
    screen = report.console()

    def tell(number: int, name: str, figures: Figures) -> None:
        screen.print(report.line(number, rounds, name, figures), markup=False, soft_wrap=True)

    with contextlib.closing(Ground(folder)) as ground:
        result = run(ground, place, plan, tell)
    settings = {
        "quick": asked.quick,
        "rounds": rounds,
        "window_seconds": seconds,
        "warm_up_seconds": seconds * WARM_UP_SHARE,
        "only": only,
    }
    told = report.document(result, settings, ground.durability, [ratio.key for ratio in ratios])
    _show(screen, result, told)
    asked.out.mkdir(parents=True, exist_ok=True)
    written = [asked.out / "bench.json", asked.out / "bench.md"]
    written[0].write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    written[1].write_text(report.ratios_page(told), encoding="utf-8")
    if chart.draw(told, asked.out / "bench.png"):
        written.append(asked.out / "bench.png")
    screen.print(f"{result.seconds:.0f} seconds; written: {', '.join(map(str, written))}", markup=False)
    return OK


def _show(screen: Any, result: Run, told: dict[str, Any]) -> None:  # noqa: ANN401  (rich's)
    screen.print()
    screen.print(report.cases_table(result))
    screen.print()
    screen.print(report.ratios_table(told["ratios"]))
    screen.print()
    for sentence in report.other_lines(result):
        screen.print(sentence, markup=False, soft_wrap=True)
    for name, said in told["durability"].items():
        words = ", ".join(f"{key} {value}" for key, value in said.items())
        screen.print(f"{name}: {words}", markup=False, soft_wrap=True)
    screen.print(f"generator: {told['generator']}", markup=False, soft_wrap=True)


def _complain(what: str, code: int) -> int:
    print(f"make bench: {what}", file=sys.stderr)
    return code
