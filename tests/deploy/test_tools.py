import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.monitoring import ROOT

SCRIPT = ROOT / ".ci" / "tools"


@pytest.fixture
def bare(tmp_path):
    """A folder of programs with nothing that could install anything."""
    for name in ("sh", "dirname", "id"):
        _link(tmp_path / name, name)
    return tmp_path


def test_tools__says_what_is_missing(bare):
    """Where nothing can be installed, what is missing is named, by the names of packages, and nothing fails."""
    done = subprocess.run([SCRIPT], env={"PATH": str(bare)}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.split(":")[1].split() == [
        "nghttp2-client",
        "gcc",
        "libc6-dev",
        "prometheus",
        "prometheus-alertmanager.",
    ]


def test_tools__has_nothing_to_do(bare):
    """Where all is there, under either name of Alertmanager, nothing is installed."""
    for name in ("h2load", "cc", "promtool", "alertmanager"):
        _link(bare / name, "true")

    done = subprocess.run([SCRIPT], env={"PATH": str(bare)}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_tools__comes_before_the_tests():
    """What continuous integration runs installs first, and then insists on what it installed."""
    lines = (ROOT / ".ci" / "run").read_text().splitlines()

    assert lines.index("make tools") < lines.index('export CI="${CI:-1}"')
    assert any(line.startswith("make test ") for line in lines)


def _link(path: Path, program: str) -> None:
    found = shutil.which(program)
    assert found is not None
    path.symlink_to(found)
