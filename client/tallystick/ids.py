"""Request ids: UUIDv7, made anew for each call or derived from a workflow's step."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM_MASK = ((1 << 12) - 1) << 64 | ((1 << 62) - 1)


def uuid7() -> str:
    """A new UUIDv7: 48 bits of Unix milliseconds, 74 random bits."""
    return _uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def step_request_id(first_start: datetime, *names: str) -> str:
    """The request id of a workflow's step: the same for every run of the step, so that it takes effect once.

    Args:
        first_start: When the step (or its workflow) was first started, with a time zone; kept by the workflow engine
            over retries. Ids older than the ledger keeps them (30 days at least) are refused.
        names: What tells this step from all others that began then, for example workflow, run, step and tool.

    Raises:
        ValueError: Where `first_start` has no time zone, or no name is given.
    """
    if first_start.tzinfo is None:
        raise ValueError("first_start needs a time zone, or two machines would derive different ids")
    if not names:
        raise ValueError("a step needs at least one name, or all steps that began together would share an id")
    digest = hashlib.sha256(b"tallystick step\0")
    for name in names:
        text = name.encode()
        digest.update(len(text).to_bytes(8, "big") + text)
    return _uuid7((first_start - _EPOCH) // timedelta(milliseconds=1), digest.digest())


def follow_up_request_id(request_id: str, *names: str) -> str:
    """The request id of a call that another one gives rise to: the same for every repeat of that one.

    Args:
        request_id: The other call's, a UUIDv7; its time is taken over.
        names: What tells this call from others that the same one gives rise to.
    """
    digest = hashlib.sha256(b"tallystick follow-up\0")
    for name in (request_id, *names):
        text = name.encode()
        digest.update(len(text).to_bytes(8, "big") + text)
    return _uuid7(int(request_id[:8] + request_id[9:13], 16), digest.digest())


def _uuid7(unix_ms: int, random: bytes) -> str:
    bits = unix_ms << 80 | _VERSION_AND_VARIANT | (int.from_bytes(random[:10], "big") & _RANDOM_MASK)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
