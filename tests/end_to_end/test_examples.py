"""The examples, run as a reader runs them: they print what their page shows, and leave nothing behind."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import tallystick
from tests.docs.blocks import ROOT, blocks

pytestmark = pytest.mark.process

EXAMPLES: Final = ROOT / "client" / "examples"
PROGRAMS: Final = sorted(path.name for path in EXAMPLES.glob("*.py") if path.name != "serving.py")
SECONDS: Final = 100
"""Far longer than any of them takes."""

SHOWN: Final = {block.info.removeprefix("text "): block.text for block in blocks(EXAMPLES / "README.md")}


@pytest.fixture
def run(tmp_path):
    """Runs a program in an environment of its own, whose scratch folders are below `tmp_path`: code, output, errors."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}

    def ran(*command: str) -> tuple[int, str, str]:
        program = subprocess.Popen(
            [sys.executable, *command],
            env=environment | {"TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            output, errors = program.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGINT)  # it ends its service
            output, errors = program.communicate(timeout=SECONDS)
        return program.returncode, output, errors

    return ran


def scenes(output: str) -> list[list[str]]:
    """What happened, paragraph by paragraph, without what is another's with each run.

    Those who work at the same time speak in any order, so the lines of a paragraph are sorted.
    """
    same = re.sub(r"\d\d:\d\d:\d\d UTC", "<time>", output)
    same = re.sub(r"\d+ journal entries", "<some> journal entries", same)
    return [sorted(paragraph.splitlines()) for paragraph in same.strip("\n").split("\n\n")]


def left_behind(folder: Path) -> list[str]:
    """Files in the folder, and processes that work there."""
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    files = [str(path) for path in folder.rglob("*")]
    return files + [line for line in listed.splitlines() if str(folder) in line]


@pytest.mark.parametrize("program", PROGRAMS)
def test_examples__tell_their_story(program, run, tmp_path):
    """Each ends well after printing what its page shows, with its books verified, its service and folder gone."""
    code, output, errors = run(str(EXAMPLES / program))

    assert (code, errors) == (0, ""), output
    assert scenes(output) == scenes(SHOWN[program])
    assert scenes(output)[-1] == ["tallystick verify: CLEAN, <some> journal entries recomputed"]
    assert left_behind(tmp_path) == []


def test_examples__page_shows_each():
    """The page has the output of every example, and of no other."""
    assert sorted(SHOWN) == PROGRAMS == ["blackboard.py", "fan_out.py", "pipeline.py"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_examples__use_what_is_public(program):
    """A reader can do all of it: nothing but the names that the SDK gives out, in 150 lines at most."""
    source = (EXAMPLES / program).read_text()
    found = list(ast.walk(ast.parse(source)))
    imported = {alias.name for node in found if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in found if isinstance(node, ast.ImportFrom)}
    used = {
        node.attr
        for node in found
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tallystick"
    }

    assert {name for name in imported if name.partition(".")[0] in {"tallystick", "ledger"}} == {"tallystick"}
    assert used <= set(tallystick.__all__)
    assert len(source.splitlines()) <= 150


def test_serving__example_fails(run, tmp_path):
    """An example that fails shows its own error, and its service is gone all the same."""
    program = f"import sys; sys.path.insert(0, {str(EXAMPLES)!r})\nfrom serving import serving\n"

    code, output, errors = run("-c", f"{program}with serving() as address: raise RuntimeError(address)")

    assert (code, output) == (1, "")
    assert re.search(r"RuntimeError: 127\.0\.0\.1:\d+$", errors.strip())
    assert left_behind(tmp_path) == []


def test_serving__service_does_not_start(run, tmp_path):
    """Whoever cannot start the service reads what it said."""
    program = f"import sys; sys.path.insert(0, {str(EXAMPLES)!r})\nimport serving\n"

    code, output, errors = run(
        "-c",
        f"{program}serving.TALLYSTICK = (sys.executable, '-c', 'exit(\"no room\")')\nserving.serving().__enter__()",
    )

    assert (code, output) == (1, "")
    assert "the service did not start: no room" in errors
    assert left_behind(tmp_path) == []
