"""Page tokens: where a list goes on. Opaque, and good only for the list, filter and incarnation they were made for."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from ledger.core.amounts import PARTS_MAX
from ledger.core.paths import well_formed
from ledger.rpc.problems import PageTokenInvalid

_VERSION: Final = 1
_HASH_BYTES: Final = 12
_ANY_INCARNATION: Final = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins.

    Attributes:
        after: The key of the last item before it: a position, a path, which a name is too, or the key of some work.
        incarnation: Of the journal that the pages before were read from; 0 where a list has none.
    """

    after: int | str
    incarnation: int = _ANY_INCARNATION

    def check(self, incarnation: int) -> None:
        """Raise PageTokenInvalid where the journal is in another incarnation now."""
        if self.incarnation not in {_ANY_INCARNATION, incarnation}:
            raise PageTokenInvalid


def token(request: Any, after: int | str, incarnation: int = _ANY_INCARNATION) -> str:  # noqa: ANN401  (any list request)
    """A token for the page after a key, bound to the list and filter of a request."""
    facts = json.dumps([_VERSION, _filter(request), incarnation, after], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(facts.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def place(request: Any, kind: type[int] | type[str], *, paths: bool = True) -> Place | None:  # noqa: ANN401
    """Where the page of a request, any list request, begins; None for the first page.

    Args:
        request: With its token.
        kind: Of what the list is ordered by.
        paths: Whether that is paths or names, where it is text.

    Raises:
        PageTokenInvalid: The token is not of this list and filter.
    """
    given = request.page_token
    if not given:
        return None
    try:
        facts = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise PageTokenInvalid from None
    match facts:
        case [version, str(bound), int(incarnation), after] if version == _VERSION and bound == _filter(request):
            if type(after) is kind and _fits(after, paths=paths):
                return Place(after, incarnation)
    raise PageTokenInvalid


def _fits(after: Any, *, paths: bool) -> bool:  # noqa: ANN401  (of a token that anybody may have written)
    return not paths or well_formed(after) if isinstance(after, str) else 0 <= after <= PARTS_MAX


def _filter(request: Any) -> str:  # noqa: ANN401  (any list request)
    """Everything about a list but where and how much of it to read."""
    bare = type(request)()
    bare.CopyFrom(request)
    for field in ("page_size", "page_token", "min_position"):
        if field in bare.DESCRIPTOR.fields_by_name:
            bare.ClearField(field)
    bound = f"{bare.DESCRIPTOR.full_name}\0".encode() + bare.SerializeToString(deterministic=True)
    return hashlib.sha256(bound).hexdigest()[: 2 * _HASH_BYTES]
