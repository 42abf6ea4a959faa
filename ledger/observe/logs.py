"""Logs: one line for each event, as JSON or for people, to standard error.

Every call is one line at debug. The first refusal of a kind in each minute is at info, because rules are expected to
say no and a caller that does not listen must not fill the log; a fault is a warning, because somebody has to look at
the world; a bug is an error, with everything that is known about it.
"""

import logging
import math
import sys
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Final, Literal, TextIO

import structlog

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "console"]

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_TRACEBACKS: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Local variables hold what people wrote and, one day, tokens: they stay out of logs."""


_OCCASION_SECONDS: Final = 60.0
_OCCASIONS_MAX: Final = 20_000
"""Kinds remembered, more than a fleet has agents that are refused in one minute: some 4 MB."""


class _Stream:
    """Where lines go. A stream that is closed or full loses the line: no call fails because it cannot be logged."""

    def __init__(self, stream: TextIO | None) -> None:
        """Standard error, whatever it is when a line comes, where there is no stream."""
        self._stream = stream

    def write(self, text: str) -> None:
        """A line, or a part of one."""
        with suppress(OSError, ValueError):
            (self._stream or sys.stderr).write(text)

    def flush(self) -> None:
        """What was written is on its way."""
        with suppress(OSError, ValueError):
            (self._stream or sys.stderr).flush()

    def isatty(self) -> bool:
        """Whether a person looks."""
        return (self._stream or sys.stderr).isatty()


def configure(level: Level = "info", form: Format = "console", stream: TextIO | None = None) -> None:
    """Everything logged from now on has this form, and libraries' own lines have it too, from warnings on.

    Args:
        level: The least that is written.
        form: JSON for machines, aligned words for people.
        stream: Where to; standard error otherwise.
    """
    to: Any = _Stream(stream)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(_TRACEBACKS), structlog.processors.JSONRenderer()]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=to.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(to),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(to)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(LEVELS[level], logging.WARNING))


class Occasions:
    """Lets the first of a kind in each minute through, and says how many of it were held back since the last one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing was seen yet. `clock` is in seconds."""
        self._clock = clock
        self._seen: dict[object, tuple[float, int]] = {}

    def held_back(self, kind: Hashable) -> int | None:
        """How many since the last that was let through; None where this one is held back too."""
        now = self._clock()
        since, count = self._seen.get(kind, (-math.inf, 0))
        if now - since < _OCCASION_SECONDS:
            self._seen[kind] = (since, count + 1)
            return None
        self._seen.pop(kind, None)  # the newest stand last, the oldest is forgotten where there are too many
        self._seen[kind] = (now, 0)
        if len(self._seen) > _OCCASIONS_MAX:
            del self._seen[next(iter(self._seen))]
        return count


class CallLog:
    """One line for each call. What is below the level costs nothing."""

    def __init__(self, level: Level = "info") -> None:
        self._refusals = Occasions()
        self._log: Any = structlog.get_logger("tallystick.calls")
        self._debug = LEVELS[level] <= LEVELS["debug"]
        self._info = LEVELS[level] <= LEVELS["info"]

    def answered(self, method: str, message: object, seconds: float) -> None:
        """A call that was answered."""
        if self._debug:
            self._log.debug("answered", **_facts(method, message, seconds), code="OK")

    def cancelled(self, method: str, message: object, seconds: float) -> None:
        """A call whose caller is gone."""
        if self._info:
            self._log.info("caller_gone", **_facts(method, message, seconds))

    def refused(self, method: str, message: object, seconds: float, code: str, reason: str, sentence: str) -> None:
        """A call that a rule, or the form, said no to; one line a minute for each method, partition and reason."""
        if not self._info:
            return
        held_back = self._refusals.held_back((method, _place(message), reason))
        if held_back is not None:
            facts = _facts(method, message, seconds)
            self._log.info("refused", **facts, code=code, reason=reason, why=sentence, since_last=held_back)
        elif self._debug:
            self._log.debug("refused", **_facts(method, message, seconds), code=code, reason=reason, why=sentence)

    def faulted(
        self, method: str, message: object, seconds: float, code: str, reason: str, fault: BaseException
    ) -> None:
        """A call that the world failed."""
        cause = _chain(fault)
        self._log.warning("faulted", **_facts(method, message, seconds), code=code, reason=reason, cause=cause)

    def failed(self, method: str, message: object, seconds: float, code: str, bug: BaseException) -> None:
        """A call that we failed."""
        self._log.error("failed", **_facts(method, message, seconds), code=code, reason="INTERNAL", exc_info=bug)

    def item(self, place: int, reason: str, sentence: str, error: BaseException) -> None:
        """An item of a batch that had no effect."""
        if reason == "INTERNAL":
            self._log.error("failed", method="BatchExecute", item=place, reason=reason, exc_info=error)
        elif self._debug:
            self._log.debug("refused", method="BatchExecute", item=place, reason=reason, why=sentence)


def _facts(method: str, message: object, seconds: float) -> dict[str, object]:
    """What every line of a call says: which it was and how long it took, never free text."""
    facts: dict[str, object] = {"method": method, "ms": round(seconds * 1000, 2)}
    if organization := _place(message).partition("/")[0]:
        facts["organization"] = organization
    if request_id := getattr(message, "request_id", ""):
        facts["request_id"] = request_id
    return facts


def _place(message: object) -> str:
    """The partition, or else the scope or the organization, that a message is about."""
    fields = ("partition", "scope", "organization")
    place: str = next((named for field in fields if (named := getattr(message, field, ""))), "")
    return place


def _chain(error: BaseException) -> str:
    """An error and what caused it, in one line."""
    said = []
    cause: BaseException | None = error
    while cause is not None:
        said.append(f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__)
        cause = cause.__cause__
    return " <- ".join(said)
