import re
from typing import Final

import pytest

from tests.repository.project import ROOT, tracked_files

# Written so that no pattern matches itself.
UNWANTED: Final[dict[str, str]] = {
    "a package registry's host": r"pypi\.(?:org|io)|pythonhosted\.|npmjs\.",
    "where one machine's pip looks": r"\b(?:index-url|extra-index|trusted-host|find-links)\b",
    "somebody's home or work folder": r"/home/[a-z]|/Users/[a-zA-Z]|(?<![\w.])/(?:root|work)/",
    "a document that is not part of the project": r"\b(?:DESIGN|STYLE|PROOF|TRAPS)\.md\b",
    "a left-over of a merge": r"^(?:<{7}|>{7}) ",
}

EXEMPT: Final[dict[str, str]] = {
    "tests/repository/test_text.py": "has the patterns",
    ".gitignore": "lists names of files that are not here",
}


def _findings(text: str) -> list[str]:
    """What a text should not say, with the line."""
    return [
        f"line {number}: {what}: {found.group()}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in UNWANTED.items()
        if (found := re.search(pattern, line))
    ]


def test_text__speaks_of_the_project_only():
    """No file names a registry's host, somebody's folders, or anything that a clone does not have."""
    findings = []
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if name in EXEMPT or path.suffix in {".csv", ".binpb"}:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        findings += [f"{name}, {finding}" for finding in _findings(text)]

    assert findings == []


@pytest.mark.parametrize(
    "line",
    [
        "pip install --index-url " + "https://files.example/simple",
        "see https://" + "pypi" + ".org/project/x",
        "PYTHON=" + "/home" + "/ann/bin/python",
        "cd /" + "work/main",
        "as " + "STYLE" + ".md says",
        "<" * 7 + " HEAD",
    ],
)
def test_text__finding(line: str):
    """Each unwanted kind of text is found when planted."""
    assert len(_findings(line)) == 1


def test_text__is_well_formed():
    """Text files end with one newline and have no tabs or blanks at line ends, where no tool looks after that."""
    suffixes = {".md", ".proto", ".toml", ".txt", ".yaml", ".yml"}
    problems = []
    for path in tracked_files():
        if path.suffix not in suffixes:
            continue
        text = path.read_text(encoding="utf-8")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            problems.append(f"{path.relative_to(ROOT)}: its end is not one newline")
        problems += [
            f"{path.relative_to(ROOT)}, line {number}: blanks at its end"
            for number, line in enumerate(text.splitlines(), 1)
            if line != line.rstrip()
        ]

    assert problems == []
