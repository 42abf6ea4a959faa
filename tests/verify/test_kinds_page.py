from typing import get_args

from ledger.core.events import Event
from ledger.verify.kinds_page import page
from tests.repository.project import ROOT


def test_page__fresh():
    """The page is what the program says of itself."""
    written = (ROOT / "docs/reference/journal-kinds.md").read_text()

    assert written == page(), "write it anew: python -m ledger.verify.kinds_page > docs/reference/journal-kinds.md"


def test_page__complete():
    """Every kind of entry is there with its fields."""
    said = page()

    for event in get_args(Event):
        assert f"### {event.__name__}, version 1, format 1\n" in said
        assert all(f"| `{name}` |" in said for name in event.__dataclass_fields__)
