"""Where things lie in the repository, for the tests that look at it as a whole."""

import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SERVER: Final = ROOT / "ledger"
CLIENT: Final = ROOT / "client" / "tallystick"
WIRE: Final = CLIENT / "v1"


def pyproject(folder: Path = ROOT) -> dict[str, Any]:
    """The project file of a folder."""
    return tomllib.loads((folder / "pyproject.toml").read_text())


def modules(folder: Path) -> list[Path]:
    """Hand-written modules below a folder, as paths from the root."""
    return [path.relative_to(ROOT) for path in sorted(folder.rglob("*.py")) if WIRE not in path.parents]


def tracked_files() -> list[Path]:
    """Every file that belongs to the repository, and those about to."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: which files belong to the project cannot be told")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]
