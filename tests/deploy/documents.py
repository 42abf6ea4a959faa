"""The YAML of deploy/, read."""

from pathlib import Path
from typing import Any

import yaml

from ledger.config import OTHERS, PREFIX, Settings

KNOWN = {PREFIX + name.upper() for name in Settings.model_fields} | OTHERS.keys()
"""Variables that may be set for the service."""


def read(path: Path) -> list[Any]:
    """The documents of a file."""
    return [document for document in yaml.safe_load_all(path.read_text()) if document is not None]


def seconds(told: str) -> int:
    """Of a length of time in seconds, `20s`."""
    assert told.endswith("s")
    return int(told[:-1])
