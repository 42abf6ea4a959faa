"""Checkpointing: where each journal stands is signed and put elsewhere, again and again while the service runs."""

import asyncio
import fcntl
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO, Final, Protocol

import structlog

from ledger.core.faults import StorageUnavailable
from ledger.core.queries import OrganizationFound
from ledger.storage.store import Head
from ledger.verify.checkpoints import Checkpoint
from ledger.verify.keys import SigningKey

log = structlog.get_logger("tallystick.checkpoints")

_LISTED: Final = 500
STDOUT: Final = "-"


class Heads(Protocol):
    """Whoever knows where journals stand, as last committed."""

    async def head(self, organization: str) -> Head:
        """One organization's head."""


class Organizations(Protocol):
    """Whoever knows which organizations there are."""

    async def organizations(self, after: str, limit: int) -> list[OrganizationFound]:
        """Those whose names sort after one, in order, at most so many."""


class CheckpointFile:
    """Where checkpoints are added: a file that only its owner can read, or standard output."""

    def __init__(self, name: str) -> None:
        """Name it; nothing is opened."""
        self._name = name

    def add(self, lines: Sequence[str]) -> None:
        """The lines stand at the end, and are on the disk.

        Raises:
            OSError: They could not be written.
        """
        text = "".join(f"{line}\n" for line in lines)
        if self._name == STDOUT:
            sys.stdout.write(text)
            sys.stdout.flush()
            return
        with os.fdopen(os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_cut_off(file):
                text = f"\n{text}"
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())


def _is_cut_off(file: BinaryIO) -> bool:
    """Whether the last line was not written to its end: the disk was full, or the machine fell."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def checkpoint(organization: str, head: Head, key: SigningKey, at: int) -> Checkpoint:
    """A signed sentence on where a journal stands.

    Args:
        organization: Whose journal.
        head: As last committed; it has entries.
        key: Signs.
        at: Now, microseconds since 1970.
    """
    return Checkpoint(organization, head.incarnation, head.position, at, head.chain.hex()).signed(key)


class Checkpointer:
    """Signs each journal's head when it has moved since the last time.

    Attributes:
        failed: How many rounds in a row have failed.
    """

    def __init__(
        self,
        heads: Heads,
        organizations: Organizations,
        key: SigningKey,
        file: CheckpointFile,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """Nothing was signed yet, so that the first round signs all."""
        self.failed = 0
        self._heads = heads
        self._organizations = organizations
        self._key = key
        self._file = file
        self._now = now
        self._signed: dict[str, int] = {}

    async def run(self, seconds: float) -> None:
        """A round, a pause, and so on, until it is cancelled. What fails is told, and tried again in the next round."""
        while True:
            try:
                await self.once()
            except (StorageUnavailable, OSError) as problem:
                self.failed += 1
                log.warning("checkpoint_failed", cause=str(problem), rounds=self.failed)
            else:
                self.failed = 0
            await asyncio.sleep(seconds)

    async def once(self) -> int:
        """Where each journal stands now is signed and written; how many have moved.

        Raises:
            StorageUnavailable: The database cannot be asked.
            OSError: The file cannot be written.
        """
        lines: list[str] = []
        signed: dict[str, int] = {}
        after = ""
        while found := await self._organizations.organizations(after, _LISTED):
            for one in found:
                name = one.organization.name
                if self._signed.get(name) == one.position:
                    continue
                head = await self._heads.head(name)
                signed[name] = head.position
                lines.append(checkpoint(name, head, self._key, self._now()).line())
            after = found[-1].organization.name
        if lines:
            await asyncio.to_thread(self._file.add, lines)
            self._signed |= signed
        return len(lines)
