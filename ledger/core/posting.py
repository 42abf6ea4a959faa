"""Posting: how a change becomes an entry, with position, balances, and what a closed partition passes on."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ledger.core.amounts import in_range
from ledger.core.escalations import Grant
from ledger.core.granting import giving_back
from ledger.core.journal import Entry, Leg, Posting, Role
from ledger.core.outcomes import Change, Reason, Rejected
from ledger.core.partitions import Balance, Partition

if TYPE_CHECKING:
    from ledger.core.book import Book

_NOTHING: Final = Balance()
_SPENT: Final = Balance._fields.index("spent")

Account = tuple[int, str]
"""A partition's id and a unit."""

Accounts = dict[Account, list[int]]
"""The accounts that an entry moves, as they become, in the order of `Balance`."""


def post(balances: Mapping[Account, Balance], accounts: Accounts, leg: Leg) -> Posting:
    """A leg has moved its account, beginning from the balances where no earlier leg did; with what it left there."""
    pid, unit, role, amount = leg
    whose = (pid, unit)
    account = accounts.get(whose)
    if account is None:
        account = accounts[whose] = list(balances.get(whose, _NOTHING))
    place = 2 * role - 2
    account[place] = balance = account[place] + amount
    account[place + 1] = version = account[place + 1] + 1
    return Posting(pid, unit, role, amount, balance, version)


def entry_of(
    book: "Book",
    change: Change,
    now: int,
    principal: str = "",
    request_id: str = "",
    fingerprint: bytes = b"",
    item: int = 0,
) -> tuple[Entry, Accounts] | Rejected:
    """A change has the next position, and its legs have their balances; the book is as it was.

    Returns:
        The entry, and how it leaves the accounts that it moves. Or AMOUNT_OUT_OF_RANGE, where a balance or a
        subtree's sum would leave the range.

    Source: R1, R3, R4, R35, R72.
    """
    accounts: Accounts = {}
    postings = [post(book.balances, accounts, leg) for leg in change.legs]
    if book.standing[Grant]:
        postings += [post(book.balances, accounts, leg) for leg in giving_back(book, change.event, change.legs)]  # R72
    for pid, unit in tuple(accounts):
        if book.partitions[pid].closed:
            legs = _balancing(book, book.partitions[pid], unit, accounts)
            postings += [post(book.balances, accounts, leg) for leg in legs]
    for (pid, unit), becomes in accounts.items():
        fits = in_range(min(becomes)) and in_range(max(becomes))
        more = becomes[_SPENT] - book.balance(pid, unit).spent
        # R1: what subtrees have available and reserved is bounded by what was issued and spent, and no subtree has
        # spent more than the whole: no other sum can leave.
        if fits and more > 0:
            fits = in_range(book.subtree(book.lineage[pid][-1], unit).spent + more)
        if not fits:
            return Rejected(Reason.AMOUNT_OUT_OF_RANGE, book.path(pid), unit)
    event: Any = change.event
    position = book.position + 1
    posted, windows, counts = tuple(postings), change.windows, change.counts
    return Entry(position, now, principal, request_id, fingerprint, item, event, posted, windows, counts), accounts


def _balancing(book: "Book", partition: Partition, unit: str, accounts: Accounts) -> Iterator[Leg]:
    """R35: what a closed partition has left goes up; the root defunds what is above zero."""
    pid, left = partition.partition_id, accounts[partition.partition_id, unit][0]
    root = book.lineage[pid][-1]
    above = book.nearest_open(partition)
    if pid != root and left:
        heir = above.partition_id if above else root
        yield (pid, unit, Role.AVAILABLE, -left)
        yield (heir, unit, Role.AVAILABLE, left)
    if above is None:
        rest = accounts[root, unit][0] if (root, unit) in accounts else 0
        if rest > 0:
            yield (root, unit, Role.AVAILABLE, -rest)
            yield (root, unit, Role.ISSUED, rest)
