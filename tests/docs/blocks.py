"""Fenced blocks of a page, for the tests that run them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = tuple(
    ROOT / page
    for page in (
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "client/README.md",
        "client/examples/README.md",
        "deploy/README.md",
    )
)

_FENCE: Final = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"\]\((?!https?:|mailto:|#)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences.

    Attributes:
        info: What stands behind the first: the language, and what the block is.
        text: The lines.
        line: Number of its first line.
    """

    info: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """All fenced blocks, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["info"].strip(), found["text"], text.count("\n", 0, found.start("text")) + 1)
        for found in _FENCE.finditer(text)
    ]


def links(page: Path) -> list[str]:
    """Where the page points to within the repository."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return [found["target"] for found in _LINK.finditer(text)]


def pages() -> list[Path]:
    """Every page for readers."""
    return [
        *PAGES,
        *(page for folder in ("docs", "ledger", "deploy") for page in sorted((ROOT / folder).rglob("*.md"))),
    ]
