"""`make bench`: from an empty folder to a table, a chart and `build/bench.json`."""

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import grpc

from ledger.bench import report
from ledger.bench.books import WindowWrong
from ledger.bench.cases import CASES, Case
from ledger.bench.ground import Ground, NotDurable
from ledger.bench.h2load import Generator, LoadFailed
from ledger.bench.ratios import RATIOS, Ratio
from ledger.bench.rounds import Run, run
from ledger.bench.windows import Figures, Range
from ledger.embedded import EmbeddedPostgresError
from ledger.launch import ServiceFailed, no_settings, scratch_folder, terminated_like_interrupted

OUT: Final = Path("build")

OK: Final = 0
FAILED: Final = 3
INTERRUPTED: Final = 130


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
    except (EmbeddedPostgresError, LoadFailed, NotDurable, ServiceFailed, WindowWrong) as problem:
        return _complain(str(problem), FAILED)
    except grpc.RpcError as error:
        return _complain(f"the service failed: {error}", FAILED)


def chosen(only: Sequence[str]) -> tuple[list[Case], list[Ratio]]:
    """The cases and ratios whose names or keys have one of these words in them, and the cases that they need."""
    ratios = [ratio for ratio in RATIOS if not only or any(word in ratio.key for word in only)]
    names = {name for ratio in ratios for name in ratio.cases()}
    names |= {name for name in CASES if not only or any(word in name for word in only)}
    return [case for case in CASES.values() if case.name in names], ratios


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter windows, smaller books")
    parser.add_argument(
        "--only", action="append", default=[], help="keys of ratios or names of cases, or parts of them"
    )
    parser.add_argument("--rounds", type=int, help="how often each case is measured")
    parser.add_argument("--seconds", type=float, help="how long a window is measured")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder for bench.json and bench.png")
    return parser


def _measure(asked: argparse.Namespace, folder: Path) -> int:
    only = [word for words in asked.only for word in words.split(",")]
    cases, ratios = chosen(only)
    if not cases:
        raise LoadFailed(f"nothing is called {', '.join(only)}; the cases are: {'; '.join(CASES)}")
    rounds = asked.rounds or (3 if asked.quick else 5)
    seconds = asked.seconds or (1.5 if asked.quick else 3.0)
    place = Range(folder, Generator(folder), seconds, seconds / 3)
    screen = report.console()

    def tell(number: int, name: str, figures: Figures) -> None:
        screen.print(report.line(number, rounds, name, figures), markup=False, soft_wrap=True)

    with contextlib.closing(Ground(folder)) as ground:
        result = run(ground, place, cases, rounds, tell)
    settings = {"quick": asked.quick, "rounds": rounds, "window_seconds": seconds, "only": only}
    told = report.document(result, settings, ground.durability, [ratio.key for ratio in ratios])
    _show(screen, result, told)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "bench.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return OK


def _show(screen: Any, result: Run, told: dict[str, Any]) -> None:  # noqa: ANN401  (rich's)
    screen.print()
    screen.print(report.cases_table(result))
    screen.print()
    screen.print(report.ratios_table(told["ratios"]))
    screen.print()
    for name, said in told["durability"].items():
        screen.print(f"{name}: {', '.join(f'{key} {value}' for key, value in said.items())}", markup=False)
    screen.print(f"generator: {told['generator']}", markup=False, soft_wrap=True)


def _complain(what: str, code: int) -> int:
    print(f"make bench: {what}", file=sys.stderr)
    return code
