"""One window of load, driven by h2load with a body of its own for each request.

h2load is a C program of Debian's `nghttp2-client`; it costs a fraction of what a Python server does. What it lacks,
bodies that differ and an eye for gRPC's status, `bodies.c` adds, compiled here and preloaded into it.
"""

import math
import os
import resource
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.bench.messages import Records

HEADERS: Final = ("content-type: application/grpc", "te: trailers", "grpc-timeout: 5S")
"""The deadline is what the SDK gives its calls."""
OTHER_STATUS: Final = 17
"""Stands for any status that gRPC does not have."""

_COUNTERS: Final = 19
_END_SECONDS: Final = 30.0
_PROBLEM_CHARACTERS: Final = 2000
_STREAMS: Final = {1: (1, 1), 16: (4, 4), 64: (8, 8), 256: (16, 16)}


class LoadFailed(Exception):
    """There is no load generator, or it did not do what it was told; the message says what would help."""


@dataclass(frozen=True, slots=True)
class Load:
    """How hard to press.

    Attributes:
        connections: How many.
        streams: Calls in flight on each.
        seconds: How long is measured.
        warm_up_seconds: How long before that is not.
        rate: Calls a second altogether, evenly spread, however long the answers take; as fast as they come where
            absent.
    """

    connections: int
    streams: int
    seconds: float
    warm_up_seconds: float
    rate: float | None = None

    @property
    def in_flight(self) -> int:
        """Calls in flight at most."""
        return self.connections * self.streams


@dataclass(frozen=True, slots=True)
class Window:
    """What a window of load came to.

    Attributes:
        seconds: How long was measured.
        answers: Calls answered in that time.
        latencies_us: Of each of these, in microseconds, sorted.
        sent: Requests sent altogether, before and after included.
        statuses: Answers altogether, by gRPC status.
        generator_seconds: Processor time of the generator.
    """

    seconds: float
    answers: int
    latencies_us: Sequence[int]
    sent: int
    statuses: Mapping[int, int]
    generator_seconds: float

    @property
    def rate(self) -> float:
        """Calls answered in a second."""
        return self.answers / self.seconds

    @property
    def answered(self) -> int:
        """Answers altogether, whatever they say."""
        return sum(self.statuses.values())

    def latency_ms(self, share: float) -> float:
        """The latency that this share of the calls did not exceed."""
        return percentile(self.latencies_us, share) / 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of sorted values that this share of them does not exceed."""
    return values[max(0, math.ceil(len(values) * share) - 1)]


def streams_of(in_flight: int) -> tuple[int, int]:
    """Connections and calls in flight on each: as many of the one as of the other, for powers of four."""
    return _STREAMS.get(in_flight) or (in_flight, 1)


class Generator:
    """h2load, made ready in a scratch folder."""

    def __init__(self, folder: Path) -> None:
        """Compile what is preloaded.

        Raises:
            LoadFailed: A program is missing.
        """
        self._folder = folder
        self._program = _program("h2load", "nghttp2-client")
        self._library = folder / "bodies.so"
        compiler = _program("cc", "gcc")
        done = subprocess.run(
            [compiler, "-O2", "-shared", "-fPIC", "-o", self._library, Path(__file__).with_name("bodies.c"), "-ldl"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LoadFailed(f"cc could not compile bodies.c: {done.stderr.strip()[-_PROBLEM_CHARACTERS:]}")

    def version(self) -> str:
        """What h2load calls itself."""
        done = subprocess.run([self._program, "--version"], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def run(
        self,
        address: str,
        methods: Sequence[str],
        records: Records,
        load: Load,
        *,
        again: bool = False,
        own_bodies: bool = True,
    ) -> Window:
        """Press a server for a while.

        Args:
            address: Of the server.
            methods: Full names; more than one are called in turn by each connection, one call at a time.
            records: The bodies, in turn by the same methods.
            load: How hard.
            again: Whether the records start anew when they are used up.
            own_bodies: False sends the first record for ever, with h2load as it comes, and counts no status.

        Raises:
            LoadFailed: The records ended first, the server did not answer, or h2load was not served by the library.
        """
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            log, one, tally = (Path(scratch) / name for name in ("log", "body", "tally"))
            with records.file.open("rb") as file:
                one.write_bytes(file.read(records.sizes[0]))
            tally.write_bytes(bytes(8 * _COUNTERS))
            environment = dict(os.environ)
            if own_bodies:
                environment |= {
                    "LD_PRELOAD": str(self._library),
                    "BODIES_FILE": str(records.file),
                    "BODIES_SIZES": ",".join(map(str, records.sizes)),
                    "BODIES_TALLY": str(tally),
                }
            if again:
                environment["BODIES_AGAIN"] = "1"
            before = _children_seconds()
            said = self._press(self._command(address, methods, load, one, log), environment, load)
            generator_seconds = _children_seconds() - before
            sent, *answers = struct.unpack(f"={_COUNTERS}Q", tally.read_bytes())
            with log.open() as lines:
                # A load at a rate is told how many calls to make, not how long to measure: its warm-up is in the log.
                latencies = read_log(lines, 0 if load.rate is None else load.warm_up_seconds)
        if own_bodies and not sent:
            raise LoadFailed(f"this h2load does not take its bodies from the preloaded library: {said}")
        if not latencies:
            raise LoadFailed(f"nothing was answered: {said}")
        statuses = {status: count for status, count in enumerate(answers) if count}
        return Window(load.seconds, len(latencies), latencies, sent, statuses, generator_seconds)

    def _command(self, address: str, methods: Sequence[str], load: Load, one: Path, log: Path) -> list[str]:
        options = {
            "-c": str(load.connections),
            "-m": str(load.streams),
            "-d": str(one),
            "--log-file": str(log),
        }
        if load.rate is None:
            options |= {"-D": _ms(load.seconds), "--warm-up-time": _ms(load.warm_up_seconds)}
        else:
            # h2load paces each connection by a timer of its own; begun one after the other, they do not fire at once.
            options |= {
                "-n": str(max(load.connections, round(load.rate * (load.seconds + load.warm_up_seconds)))),
                "--rps": f"{load.rate / load.connections:g}",
                "-r": "1",
                "--rate-period": "1ms",
            }
        words = [word for option in options.items() for word in option]
        headers = [word for line in HEADERS for word in ("-H", line)]
        return [self._program, *words, *headers, *(f"http://{address}/{method.lstrip('/')}" for method in methods)]

    @staticmethod
    def _press(command: Sequence[str], environment: Mapping[str, str], load: Load) -> str:
        """Run to the end; what was said."""
        limit = load.seconds + load.warm_up_seconds + _END_SECONDS
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=limit)
        except subprocess.TimeoutExpired:
            raise LoadFailed(f"h2load did not end within {limit:g} seconds") from None
        said = (done.stdout + done.stderr).strip()[-_PROBLEM_CHARACTERS:]
        if done.returncode != 0:
            raise LoadFailed(f"h2load failed: {said}")
        return said


def read_log(lines: Iterable[str], skip_seconds: float = 0) -> list[int]:
    """The latencies of h2load's log, sorted.

    Each line has when a request began, its HTTP status and how long it took, both times in microseconds.

    Args:
        lines: Of the log.
        skip_seconds: Requests that began earlier than this after the first one are left out.

    Raises:
        LoadFailed: A request failed below gRPC.
    """
    rows = []
    for line in lines:
        began, status, latency = line.split()
        if status != "200":
            raise LoadFailed(f"a request ended with the HTTP status {status}")
        rows.append((int(began), int(latency)))
    start = min((began for began, _ in rows), default=0) + skip_seconds * 1e6
    return sorted(latency for began, latency in rows if began >= start)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise LoadFailed(f"the benchmark needs {name}: run `make tools`, or install the package {package}")
    return found


def _children_seconds() -> float:
    """Processor time of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
