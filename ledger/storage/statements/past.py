"""What is asked of the journal's past. Whatever lies at or before a committed position never changes."""

from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, BindParameter, Select, bindparam, func, literal_column, select

from ledger.core.journal import Role
from ledger.storage.schema import balances, entries, heads, partitions, postings
from ledger.storage.statements.dialects import DialectName, compiled

_WHOSE: Final[BindParameter[str]] = bindparam("organization")
_AFTER: Final = bindparam("after", type_=BigInteger())
_UPTO: Final = bindparam("upto", type_=BigInteger())

Which = Literal["first", "last"]


class PastReads:
    """What is read of an organization's past. Each takes `organization`, and what its comment says."""

    def __init__(self, dialect: DialectName) -> None:
        """Compile everything."""
        self.head = compiled(select(heads).where(heads.c.organization == _WHOSE), dialect)
        self.balances = compiled(select(balances).where(balances.c.organization == _WHOSE), dialect)
        # upto
        self.created = compiled(
            select(partitions.c.partition_id, partitions.c.path).where(
                partitions.c.organization == _WHOSE, partitions.c.partition_id <= _UPTO
            ),
            dialect,
        )
        # upto
        self.time = compiled(
            select(entries.c.at_us).where(entries.c.organization == _WHOSE, entries.c.position == _UPTO), dialect
        )
        # after, upto
        self.posted: dict[Which, str] = {
            which: compiled(_posted(dialect, which), dialect) for which in ("first", "last")
        }


@cache
def past_reads(dialect: DialectName) -> PastReads:
    """Those of a dialect, compiled once."""
    return PastReads(dialect)


def _posted(dialect: DialectName, which: Which) -> Select[Any]:
    """Of each account the first or last posting in a range of positions; what came from outside is left out."""
    account = (postings.c.partition_id, postings.c.unit, postings.c.role)
    version = postings.c.version
    there = (
        postings.c.organization == _WHOSE,
        postings.c.position > _AFTER,
        postings.c.position <= _UPTO,
        postings.c.role != literal_column(str(Role.ISSUED.value)),
    )
    found = select(*account, postings.c.amount, postings.c.balance).where(*there)
    if dialect == "sqlite":
        # It takes what is not aggregated from the row that has the least or the greatest, three times as fast.
        chosen = func.min(version) if which == "first" else func.max(version)
        return found.add_columns(chosen).group_by(*account)
    order = version if which == "first" else version.desc()
    place = func.row_number().over(partition_by=account, order_by=order).label("place")
    ranked = found.add_columns(version, place).subquery("ranked")
    wanted = [ranked.c[column] for column in ("partition_id", "unit", "role", "amount", "balance", "version")]
    return select(*wanted).where(ranked.c.place == literal_column("1"))
