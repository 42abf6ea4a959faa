"""Exceptions that well-known clients raise before any work was done: then a hold is released at once.

Recognised by their shape, without importing anybody's package. Where in doubt the answer is no: a hold that lapses
costs a minute of headroom, a released hold whose tool did run costs the truth.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

REFUSING_STATUS: Final = frozenset({400, 401, 403, 404, 422, 429})
"""HTTP answers by which a service says that it has not done, and not charged, anything."""

_CLIENTS: Final = frozenset(
    {"aiohttp", "anthropic", "botocore", "cohere", "google", "groq", "httpcore", "httpx", "huggingface_hub"}
    | {"litellm", "mistralai", "openai", "requests", "urllib", "urllib3"}
)
# A web framework's exception says what this process answers, not what it was answered.
_SERVERS: Final = frozenset(
    {"django", "fastapi", "flask", "litestar", "quart", "rest_framework", "sanic", "starlette", "tornado", "werkzeug"}
)

ReleaseOn: TypeAlias = type[BaseException] | tuple[type[BaseException], ...] | Callable[[BaseException], bool]
"""Which exceptions mean that no work happened: types, or a function that says so."""


def before_any_work(error: BaseException) -> bool:
    """Whether an exception says that no work was begun.

    Connection refused, name not resolved, or HTTP 400, 401, 403, 404, 422 or 429 of a client such as httpx, requests,
    aiohttp, urllib3, openai or anthropic. Causes are looked at only below a client's own exception: whatever else is
    raised from a refused connection may have tried something before.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link, (ConnectionRefusedError, socket.gaierror)) or _refused_by_system(link):
            return True
        if _http_status(link) in REFUSING_STATUS:
            return True
        if _root(link) not in _CLIENTS:
            return False
        link = link.__cause__ or getattr(link, "os_error", None) or _reason(link) or link.__context__
    return False


def says(release_on: ReleaseOn, error: BaseException) -> bool:
    """Whether the caller's rule takes the exception for one before any work."""
    if isinstance(release_on, (type, tuple)):
        return isinstance(error, release_on)
    return bool(release_on(error))


def _root(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _refused_by_system(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno == errno.ECONNREFUSED


def _reason(error: BaseException) -> BaseException | None:
    """What urllib3's retries, and requests above them, were exhausted by; what urllib could not open."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    return next((one for one in error.args if isinstance(one, BaseException)), None)


def _http_status(error: BaseException) -> int | None:
    root = _root(error)
    if root in _SERVERS:
        return None
    response: Any = getattr(error, "response", None)
    found = [getattr(error, "status_code", None), getattr(response, "status_code", None)]
    if root in _CLIENTS:
        found += [getattr(error, "status", None), getattr(error, "code", None), getattr(response, "status", None)]
        if isinstance(response, Mapping):
            metadata = response.get("ResponseMetadata")
            found.append(metadata.get("HTTPStatusCode") if isinstance(metadata, Mapping) else None)
    return next((one for one in found if isinstance(one, int) and not isinstance(one, bool)), None)
