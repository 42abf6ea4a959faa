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
        after: The key of the last item before it: a position, or a path, which a name is too.
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
    facts = json.dumps([_VERSION, _filter(request), incarnation, after], separators=(",", ":"))
    return base64.urlsafe_b64encode(facts.encode()).decode().rstrip("=")


def place(request: Any, kind: type[int] | type[str]) -> Place | None:  # noqa: ANN401  (any list request)
    """Where the page of a request begins; None for the first page.

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
            if type(after) is kind and (well_formed(after) if isinstance(after, str) else 0 <= after <= PARTS_MAX):
                return Place(after, incarnation)
    raise PageTokenInvalid


def _filter(request: Any) -> str:  # noqa: ANN401  (any list request)
    """Everything about a list but where and how much of it to read."""
    bare = type(request)()
    bare.CopyFrom(request)
    for field in ("page_size", "page_token", "min_position"):
        if field in bare.DESCRIPTOR.fields_by_name:
            bare.ClearField(field)
    bound = f"{bare.DESCRIPTOR.full_name}\0".encode() + bare.SerializeToString(deterministic=True)
    return hashlib.sha256(bound).hexdigest()[: 2 * _HASH_BYTES]
