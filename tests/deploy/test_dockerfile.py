import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ledger.cli.main import run as tallystick
from ledger.launch import COMMAND, Program, own_environment
from tests.deploy.checkers import DEPLOY, needs, run
from tests.repository.project import ROOT

DOCKERFILE = DEPLOY / "Dockerfile"


def _instructions(text):
    """Each instruction and its words, in order; a line that is continued is one."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(re.split(r"\s+", line.strip(), maxsplit=1)) for line in joined.splitlines()]


STAGES = [stage.splitlines() for stage in re.split(r"(?m)^(?=FROM )", DOCKERFILE.read_text())[1:]]
BUILD, FINAL = [_instructions("\n".join(stage)) for stage in STAGES]


def _environment():
    """What the image sets, without the path."""
    (told,) = [words for name, words in FINAL if name == "ENV"]
    return {name: value for name, _, value in (pair.partition("=") for pair in told.split()) if name != "PATH"}


def _command(name):
    """The words of an instruction that is written as a list."""
    (words,) = [words for one, words in FINAL if one == name]
    return json.loads(words[words.index("[") :])


@needs("hadolint")
def test_dockerfile__lint():
    """The linter of Dockerfiles has nothing to say."""
    done = run("hadolint", DOCKERFILE)

    assert (done.returncode, done.stdout) == (0, "")


@needs("hadolint")
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("USER 10001:10001", "USER root", "DL3002"),
        ("FROM python:3.13-slim-bookworm\n", "FROM python\n", "DL3006"),
        ("ENTRYPOINT", "ENTRYPIONT", "unexpected"),
    ],
)
def test_dockerfile__lint_notices(tmp_path, old, new, rule):
    """A user that is root, a base that is not pinned and a misspelt instruction are found."""
    planted = tmp_path / "Dockerfile"
    planted.write_text(DOCKERFILE.read_text().replace(old, new))

    done = run("hadolint", planted)

    assert done.returncode == 1
    assert rule in done.stdout + done.stderr


def test_dockerfile__bases():
    """Both stages stand on one base, of a version, by its short name; only the build has a compiler's leavings."""
    bases = [words.split()[0] for name, words in [*BUILD, *FINAL] if name == "FROM"]

    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+[\w.-]+", bases[0])


def test_dockerfile__user_is_a_number():
    """Kubernetes can see that it is not root only where the user is a number."""
    assert [words for name, words in FINAL if name == "USER"] == ["10001:10001"]


def test_dockerfile__no_default_database(monkeypatch, capsys):
    """Started without a database it ends at once, and says what to set: every command that works on one does."""
    for name in [name for name in os.environ if name.startswith("TALLYSTICK_")]:
        monkeypatch.delenv(name)
    for name, value in _environment().items():
        monkeypatch.setenv(name, value)
    (program,) = _command("ENTRYPOINT")
    assert program == "tallystick"

    for words in (_command("CMD"), ["migrate"], ["verify"], ["backup", "x"], ["quarantine", "show"]):
        assert tallystick(words) == 2
        assert capsys.readouterr().err.startswith("tallystick: TALLYSTICK_DATABASE_URL is not set")


@pytest.mark.process
def test_dockerfile__serves_and_is_healthy(tmp_path):
    """Given a database it serves where its own health check asks, and the check says yes, and no where nobody is."""
    (check,) = [words for name, words in FINAL if name == "HEALTHCHECK"]
    _, *words = json.loads(check[check.index("[") :])
    environment = own_environment(os.environ) | _environment() | {"TALLYSTICK_DATABASE_URL": "memory:"}
    environment["TALLYSTICK_LISTEN"] = "127.0.0.1:0"

    with Program("image", tmp_path / "log", [*COMMAND, *_command("CMD")], environment) as service:
        ready = tallystick([*words, "--address", service.address])
    gone = tallystick([*words, "--address", service.address])

    assert (ready, gone) == (0, 3)
    assert json.loads(service.said().splitlines()[-1])["event"] == "stopped"


@pytest.fixture
def copied(tmp_path):
    """A folder with what the build is given, and nothing else."""
    for name, words in BUILD:
        if name == "COPY":
            *sources, _ = words.split()
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, tmp_path)
    return tmp_path


def test_dockerfile__what_is_copied_is_not_ignored():
    """What the build copies is let in by name, and nothing else is: no environment, no database of this machine."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    let_in = {line[1:] for line in lines if line.startswith("!")}
    sources = {Path(one).name for name, words in BUILD if name == "COPY" for one in words.split()[:-1]}

    assert lines[0] == "*"
    assert sources == let_in


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_dockerfile__builds(copied):
    """From what is copied both distributions can be built, with everything that the service reads at run time."""
    (install,) = [words for name, words in BUILD if name == "RUN"]
    folders = re.findall(r"(?<=\s)'?(\./client|\.)(?:\[[a-z,]+\])?'?(?=\s|$)", install.partition("pip install")[2])
    assert folders == ["./client", "."]

    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", "wheels", *folders],
        cwd=copied,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 and "hatchling" in done.stderr and not os.environ.get("CI"):
        pytest.skip("the build backend cannot be had")
    assert done.returncode == 0, done.stderr

    names = {name for wheel in (copied / "wheels").iterdir() for name in zipfile.ZipFile(wheel).namelist()}
    wanted = {
        path.relative_to(folder).as_posix()
        for folder in (ROOT, ROOT / "client")
        for path in (folder / {ROOT: "ledger"}.get(folder, "tallystick")).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= names
