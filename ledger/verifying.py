"""The background verifier in a process of its own: it takes of a processor's time, but none of the event loop's.

A thread would: while one thread of a Python process computes, the others wait. The process is told what to do by one
line of its input, says what it knows by lines of its output, logs as the service does, and ends when its input ends,
which is when the service has.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Final

from ledger.observe import logs
from ledger.verify.background import BackgroundVerifier, Status

COMMAND: Final = (sys.executable, "-m", "ledger.verifying")

_NICENESS: Final = 10
"""Where processors are short, the service goes first."""
_END_S: Final = 2.0
_LINE_BYTES_MAX: Final = 64 * 1024 * 1024
"""A line names every organization twice."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the process is told.

    Attributes:
        address: Database URL.
        seconds: The pause before each round.
        share: Of one processor, how much following may take.
        full_seconds: How long after one verification from the start comes the next; 0 for never.
        log_level: The least that is logged.
        log_format: In which form.
    """

    address: str
    seconds: float = 60.0
    share: float = 0.1
    full_seconds: float = 0.0
    log_level: logs.Level = "info"
    log_format: logs.Format = "console"


class VerifierEnded(Exception):
    """The process has ended by itself."""


class VerifierProcess:
    """Has a database's journals verified as they grow.

    Attributes:
        status: What the verifier knows, as it said last.
    """

    def __init__(self, options: Options) -> None:
        """Nothing is verified yet."""
        self.status = Status()
        self._options = options

    async def run(self) -> None:
        """After the first pause there is a verifier, until this is cancelled.

        Raises:
            VerifierEnded: It has ended by itself.
        """
        await asyncio.sleep(self._options.seconds)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe, limit=_LINE_BYTES_MAX)
        try:
            assert process.stdin is not None and process.stdout is not None, "both are pipes"  # noqa: PT018
            process.stdin.write(json.dumps(asdict(self._options)).encode() + b"\n")
            async for line in process.stdout:
                self._hear(Status(**json.loads(line)))
            ended = VerifierEnded(f"the background verifier's process has ended with status {await process.wait()}")
            self.status = replace(self.status, error=str(ended))
            raise ended
        finally:
            await _end(process)

    def _hear(self, news: Status) -> None:
        """What a process that was begun anew has not found yet, the one before it found, and it may still be so."""
        if not news.checked_at:
            known = self.status
            news = replace(news, drift=known.drift, drifts=known.drifts, checked_at=known.checked_at)
        self.status = news


async def _end(process: asyncio.subprocess.Process) -> None:
    """It has ended: by itself, as it should when its input ends, or killed."""
    assert process.stdin is not None, "it is a pipe"
    process.stdin.close()
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


def main() -> None:
    """Verify as told by the one line of input, until the input ends."""
    told = Options(**json.loads(sys.stdin.readline()))
    logs.configure(told.log_level, told.log_format)
    for number in (signal.SIGINT, signal.SIGTERM):  # a group is told together, and the service may need a while
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICENESS)
    verifier = BackgroundVerifier(
        told.address, seconds=told.seconds, share=told.share, full_seconds=told.full_seconds, tell=_say
    )
    threading.Thread(target=_at_the_end, args=[verifier.stop], name="input", daemon=True).start()
    with contextlib.suppress(BrokenPipeError):  # nobody listens any more
        verifier.work()


def _at_the_end(stop: Callable[[], None]) -> None:
    sys.stdin.read()
    stop()


def _say(status: Status) -> None:
    sys.stdout.write(json.dumps(asdict(status)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
