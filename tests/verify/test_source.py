import pytest

from ledger.storage import schema
from ledger.verify.exported import Export
from ledger.verify.lines import ABSENT
from ledger.verify.snapshot import open_snapshot
from ledger.verify.source import Source
from tests.verify.exports import export_to


@pytest.fixture
def exported(governed_database, tmp_path):
    """An export of a database."""
    path = tmp_path / "books.jsonl"
    export_to(path, f"sqlite:///{governed_database}")
    return Export(path)


def test_source__database_and_export_agree(governed_database, exported):
    """Both say the same of every table, but for what an export leaves to be worked out."""
    with open_snapshot(f"sqlite:///{governed_database}") as snapshot:
        sources: tuple[Source, Source] = (snapshot, exported)
        assert [source.position("acme") for source in sources] == [45, 45]
        assert [source.cut_off("acme") for source in sources] == ["", ""]
        for table in schema.metadata.tables.values():
            if not exported.has(table):
                continue
            there, exported_rows = (list(source.rows(table, "acme")) for source in sources)
            seen = [
                tuple(one if other is ABSENT else other for one, other in zip(*pair, strict=True))
                for pair in zip(there, exported_rows, strict=True)
            ]
            assert seen == there
        assert [source.has(schema.postings) for source in sources] == [True, False]
