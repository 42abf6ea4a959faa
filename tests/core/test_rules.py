"""docs/rules.md against the code and the tests that cite it."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.repository.project import ROOT

RULES: Final = ROOT / "docs" / "rules.md"
NUMBER: Final = re.compile(r"\bR(\d+)\b")
DECLARED: Final = re.compile(r"^\*\*R(\d+)\. (.+?)\*\*", re.MULTILINE)


def _numbers() -> list[int]:
    return [int(number) for number, _ in DECLARED.findall(RULES.read_text(encoding="utf-8"))]


@cache
def _cited(folder: Path) -> dict[int, set[str]]:
    """Which files below a folder cite which rule."""
    found: dict[int, set[str]] = {}
    for path in folder.rglob("*.py"):
        if path != Path(__file__):
            for number in NUMBER.findall(path.read_text(encoding="utf-8")):
                found.setdefault(int(number), set()).add(path.relative_to(ROOT).as_posix())
    return found


def _named(files: Iterable[str], name: str) -> bool:
    return any(file.endswith(f"/{name}") for file in files)


def test_rules__numbered_without_a_gap():
    """Rules are R1, R2 … in order, and none is missing."""
    assert _numbers() == list(range(1, len(_numbers()) + 1))


@pytest.mark.parametrize("number", _numbers())
def test_rules__cited(number):
    """Each rule is cited by the code that enforces it and by a test that proves it."""
    assert _cited(ROOT / "ledger").get(number), f"no source file cites R{number}"
    assert _cited(ROOT / "tests").get(number), f"no test cites R{number}"


def test_rules__none_invented():
    """Nobody cites a rule that does not exist."""
    cited = {**_cited(ROOT / "ledger"), **_cited(ROOT / "tests")}

    assert set(cited) - set(_numbers()) == set()


def test_rules__where_they_are_enforced():
    """The files that a rule names as its place cite it, so that whoever has read the rule finds its code."""
    text = RULES.read_text(encoding="utf-8")
    core = {path.name for path in (ROOT / "ledger" / "core").glob("*.py")}
    wrong = []
    for rule in re.split(r"\n(?=\*\*R\d+\. )", text)[1:]:
        paragraph = rule.split("\n\n")[0]
        number = int(paragraph.removeprefix("**R").partition(".")[0])
        places = set(re.findall(r"`(\w+\.py)`", paragraph.rpartition("(")[2])) & core
        citing = _cited(ROOT / "ledger").get(number, set())
        wrong += [f"R{number}: {place}" for place in places if not _named(citing, place)]

    assert wrong == []
