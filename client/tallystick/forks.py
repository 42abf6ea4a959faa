"""Forking: free before the first call, a clear error in the child after it."""

from __future__ import annotations

import os

from tallystick.errors import ForkedAfterUse

_used = False
_forked_after_use = False


def mark_used() -> None:
    """From now on this process has connections and threads that a forked child must not touch."""
    global _used  # noqa: PLW0603  (a fact about the process)
    check()
    _used = True


def forked() -> bool:
    """Whether this process was forked from one that had called."""
    return _forked_after_use


def check() -> None:
    """See to it that this process may call.

    Raises:
        ForkedAfterUse: It was forked from one that had called the ledger.
    """
    if _forked_after_use:
        raise ForkedAfterUse(
            "this process was forked from one that had called the ledger, and connections do not survive a fork: "
            "start workers with the spawn method (multiprocessing.set_start_method('spawn')), or make the first call "
            "after the fork, in your server's post_fork hook"
        )


def _in_child() -> None:
    global _forked_after_use  # noqa: PLW0603  (a fact about the process)
    _forked_after_use = _used or _forked_after_use


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
