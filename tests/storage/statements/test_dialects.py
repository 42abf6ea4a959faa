from sqlalchemy import bindparam, select

from ledger.storage.schema import heads
from ledger.storage.statements.dialects import compiled


def test_compiled__as_each_driver_takes_parameters():
    """The same statement has its parameters by name in both dialects, each as its driver writes them."""
    statement = select(heads.c.position).where(heads.c.organization == bindparam("organization"))

    assert compiled(statement, "sqlite").endswith("= :organization")
    assert "= %(organization)s" in compiled(statement, "postgresql")
