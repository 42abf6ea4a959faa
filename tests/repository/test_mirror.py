import ast
from pathlib import Path
from typing import Final

from tests.repository.project import CLIENT, ROOT, SERVER, modules

EXCEPTIONS: Final[dict[str, str]] = {}
"""Modules without a test file of their own, each with the reason or the place where it is tested."""

TESTED_TOGETHER: Final = ("ledger/storage/migrations/",)
"""Folders whose files are tested together: a fresh schema equals all migrations."""


def mirror(module: Path) -> Path:
    """Where the tests of a module belong: ledger/core/x.py → tests/core/test_x.py."""
    inside = module.relative_to("ledger") if module.parts[0] == "ledger" else Path("client", *module.parts[2:])
    return Path("tests") / inside.with_name(f"test_{inside.name}")


def _only_declares(source: str) -> bool:
    """Whether a module has no function: what it declares is tested by whatever uses it."""
    return not any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(ast.parse(source)))


def _tested_by_name() -> list[Path]:
    """Modules that should have a test file; a package's own file only gathers names."""
    return [
        path
        for path in [*modules(SERVER), *modules(CLIENT)]
        if path.name not in {"__init__.py", "__main__.py"}
        and not path.as_posix().startswith(TESTED_TOGETHER)
        and not _only_declares((ROOT / path).read_text())
    ]


def test_mirror__each_module_has_its_tests():
    """Whoever looks for the tests of a module finds them under its name."""
    missing = [
        f"{module} -> {mirror(module)}"
        for module in _tested_by_name()
        if module.as_posix() not in EXCEPTIONS and not (ROOT / mirror(module)).exists()
    ]

    assert not missing, "\n".join(missing)


def test_mirror__exceptions_are_needed():
    """An exception names a module that exists and has no test file; otherwise it is dropped."""
    needless = [name for name in EXCEPTIONS if not (ROOT / name).exists() or (ROOT / mirror(Path(name))).exists()]

    assert needless == []


def test_mirror__folders():
    """The folders correspond: the service's to tests/, the SDK's to tests/client/."""
    assert mirror(Path("ledger/core/amounts.py")) == Path("tests/core/test_amounts.py")
    assert mirror(Path("ledger/service.py")) == Path("tests/test_service.py")
    assert mirror(Path("client/tallystick/hold.py")) == Path("tests/client/test_hold.py")
