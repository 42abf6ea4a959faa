import pytest

from tests.docs.blocks import ROOT, links, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links__lead_somewhere(page):
    """Whoever follows a link finds a page."""
    missing = [target for target in links(page) if not (page.parent / target).exists()]

    assert missing == []
