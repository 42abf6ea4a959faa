"""Exports to verify, and ways to meddle with them."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.archive.exporting import Exported, export, made
from ledger.verify.lines import line
from ledger.verify.snapshot import open_snapshot

Lines = list[list[Any]]


def export_to(path: Path, url: str, *organizations: str) -> list[Exported]:
    """An export of a database."""
    with open_snapshot(url) as snapshot, made(path) as write:
        return export(snapshot, organizations, write, lambda *_: None)


def meddled(path: Path, meddle: Callable[[Lines], None]) -> Path:
    """An export whose lines were changed by somebody who knows the format: counts and digests are right again."""
    lines = [json.loads(text) for text in path.read_bytes().splitlines()]
    meddle(lines)
    path.write_bytes(remade(lines))
    return path


def remade(lines: Lines) -> bytes:
    """Lines, with the last of each part as it has to be for those before it."""
    said, hashed, counts = b"", hashlib.sha256(), dict[str, int]()
    for values in lines:
        if values[0] == "organization":
            hashed, counts = hashlib.sha256(), {}
        if values[0] == "end":
            values[4] = {word: counts.get(word, 0) for word in values[4]}
            values[5] = hashed.hexdigest()
        text = line(values)
        hashed.update(text)
        counts[values[0]] = counts.get(values[0], 0) + 1
        said += text
    return said


def of(lines: Lines, word: str) -> Lines:
    """The lines that begin with a word."""
    return [values for values in lines if values[0] == word]
