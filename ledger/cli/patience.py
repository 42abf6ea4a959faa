"""Patience: whoever waits for longer than a moment is told that the work goes on, on standard error."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from ledger.cli.output import write_lines

AFTER_S: Final = 1.0


@contextmanager
def patience(what: str, *, wanted: bool = True) -> Iterator[None]:
    """While the block lasts longer than a second, say what is waited for: a spinner on a terminal, elsewhere a line.

    Args:
        what: For example `counting up the journal`.
        wanted: Whether anybody would read it.
    """
    if not wanted:
        yield
        return
    waiting = _Waiting(what)
    timer = threading.Timer(AFTER_S, waiting.begin)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        waiting.end()


class _Waiting:
    """Says so once, unless the wait is over before."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._over = False
        self._spinner: Any = None

    def begin(self) -> None:
        with self._lock:
            if self._over:
                return
            if not sys.stderr.isatty():
                write_lines(f"{self._what} …", stream=sys.stderr)
                return
            from rich.console import Console

            self._spinner = Console(stderr=True).status(self._what)
            self._spinner.start()

    def end(self) -> None:
        with self._lock:
            self._over = True
            if self._spinner is not None:
                self._spinner.stop()
