"""The programs that look at what is deployed, and where they are missing the reason that a test is skipped for."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

DEPLOY: Final = Path(__file__).resolve().parents[2] / "deploy"

_BESIDE: Final = Path(sys.executable).parent


def needs(program: str) -> pytest.MarkDecorator:
    """For tests that run a program of the extra `deploy`. Under CI its absence is a failure."""
    missing = not (_BESIDE / program).exists() and not os.environ.get("CI")
    return pytest.mark.skipif(missing, reason=f"{program} is missing: pip install -c constraints.txt '.[deploy]'")


def run(program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """What such a program says."""
    return subprocess.run([_BESIDE / program, *words], capture_output=True, text=True, check=False)
