"""Progress of work on entries: a bar on a terminal, lines elsewhere, on standard error; nothing where not wanted."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ledger.cli.output import write_lines

Progress = Callable[[str, int, int], None]
"""Told what is worked on, how many of its entries were done, and how many there are."""

_EVERY = 50_000
"""Without a terminal progress is a line for so many entries."""


@contextmanager
def watched(*, shown: bool) -> Iterator[Progress]:
    """What is told is shown while the work goes on."""
    if not shown:
        yield _silent
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            tasks: dict[str, Any] = {}

            def tick(name: str, done: int, goal: int) -> None:
                if name not in tasks:
                    tasks[name] = bars.add_task(name, total=goal)
                bars.update(tasks[name], completed=done, total=max(goal, done))

            yield tick
    else:
        last: dict[str, int] = {}

        def say(name: str, done: int, goal: int) -> None:
            if done // _EVERY > last.get(name, 0):
                last[name] = done // _EVERY
                write_lines(f"{name}: {done} of {goal} entries", stream=sys.stderr)

        yield say


def called(progress: Progress, word: str) -> Progress:
    """The same, of one of several works on an organization: `acme, verified`."""
    return lambda name, done, goal: progress(f"{name}, {word}", done, goal)


def _silent(_name: str, _done: int, _goal: int) -> None:
    """Nobody watches."""
