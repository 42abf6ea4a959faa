import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.repository.project import CLIENT, ROOT, SERVER, modules, pyproject


class Planted(NamedTuple):
    """A module that should not be, or that may be."""

    contract: str
    module: str
    text: str


VIOLATIONS = [
    Planted("tower", "ledger/storage/planted.py", "import ledger.sequencer"),
    Planted("tower", "ledger/planted.py", '"""On no floor."""'),
    Planted("core-is-pure", "ledger/core/planted.py", "import time"),
    Planted("core-is-pure", "ledger/core/planted.py", "from sqlalchemy import select"),
    Planted("storage-below-decisions", "ledger/storage/planted.py", "from ledger.core import commands"),
    Planted("sequencer-knows-the-port", "ledger/sequencer/planted.py", "from sqlalchemy import select"),
    Planted("rpc-never-the-store", "ledger/rpc/planted.py", "import ledger.storage"),
    Planted("service-knows-the-wire", "ledger/rpc/planted.py", "import tallystick"),
    Planted("sdk-alone", "client/tallystick/planted.py", "import ledger.core"),
    Planted("sdk-alone", "client/tallystick/planted.py", "import pydantic"),
]

ALLOWED = [
    Planted("service-knows-the-wire", "ledger/rpc/planted.py", "from tallystick.v1 import types_pb2"),
    Planted("service-knows-the-wire", "ledger/cli/planted.py", "import tallystick"),
    Planted("sdk-alone", "client/tallystick/testing.py", "import ledger.core"),
]


def _lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the copy in a folder, not on the installed packages."""
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'client'}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources of both packages, to be spoiled."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.csv")
    shutil.copytree(SERVER, tmp_path / "ledger", ignore=unwanted)
    shutil.copytree(CLIENT, tmp_path / "client" / "tallystick", ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts__hold():
    """The project's own imports keep every contract."""
    done = _lint(ROOT)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("planted", VIOLATIONS, ids=lambda planted: f"{planted.contract}: {planted.text}")
def test_contracts__notice_a_violation(copy: Path, planted: Planted):
    """A planted import against a contract breaks exactly that contract, and the report names it."""
    (copy / planted.module).write_text(planted.text + "\n")

    done = _lint(copy, "--contract", planted.contract)

    assert done.returncode == 1
    assert "planted" in done.stdout
    assert "0 kept, 1 broken" in done.stdout


@pytest.mark.parametrize("planted", ALLOWED, ids=lambda planted: f"{planted.contract}: {planted.text}")
def test_contracts__leave_the_doors_open(copy: Path, planted: Planted):
    """An import that a contract exempts by name is kept."""
    (copy / planted.module).write_text(planted.text + "\n")

    done = _lint(copy, "--contract", planted.contract)

    assert done.returncode == 0, done.stdout


def test_contracts__each_is_tried():
    """Every contract has a planted violation, so that none is there for show."""
    contracts = {contract["id"] for contract in pyproject()["tool"]["importlinter"]["contracts"]}

    assert contracts == {planted.contract for planted in VIOLATIONS}


def _imports(tree: ast.AST) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def _impurities(source: str) -> list[str]:
    """What in a module of the core is neither the standard library, nor whole numbers, nor handed in."""
    tree = ast.parse(source)
    problems = [f"imports {name}" for name in sorted(_imports(tree) - sys.stdlib_module_names - {"ledger"})]
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="now" | "today" | "utcnow" | "uuid1" | "uuid4" as name):
                problems.append(f"line {node.lineno}: {name} reads the world")
            case ast.Name(id="float" | "open" | "input" | "print" | "id" | "hash" as name) if isinstance(
                node.ctx, ast.Load
            ):
                problems.append(f"line {node.lineno}: {name}")
            case ast.Constant(value=float()):
                problems.append(f"line {node.lineno}: {node.value!r} is a float")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                problems.append(f"line {node.lineno}: / makes a float; use // or divmod")
    return problems


@pytest.mark.parametrize("module", modules(SERVER / "core"), ids=str)
def test_core__is_pure(module: Path):
    """The core is the standard library, whole numbers, and what it is handed."""
    assert _impurities((ROOT / module).read_text()) == []


@pytest.mark.parametrize(
    "source",
    ["import numpy", "x = datetime.now(UTC)", "x = 0.1", "x = y / 2", "x = float(y)", "def f():\n    import requests"],
)
def test_core__impurity_is_noticed(source: str):
    """Each kind of impurity is found when planted."""
    assert len(_impurities(source)) == 1
