from tests.docs.blocks import Block, blocks, links


def test_blocks__in_order(tmp_path):
    """Each fence is found, with its language and its place."""
    page = tmp_path / "page.md"
    page.write_text("# A\n\n```sh\nmake demo\n```\ntext\n```text output\n7.75\n```\n")

    assert blocks(page) == [Block("sh", "make demo\n", 4), Block("text output", "7.75\n", 8)]


def test_links__within_the_repository(tmp_path):
    """Links to elsewhere, and what only looks like one in a block, are left out."""
    page = tmp_path / "page.md"
    page.write_text("[a](x.md) [b](https://example.com) [c](y/z.md#part) [d](#here)\n```\n[e](no.md)\n```\n")

    assert links(page) == ["x.md", "y/z.md"]
