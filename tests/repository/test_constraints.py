import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ledger
import tallystick
from tests.repository.project import ROOT, pyproject

FOLDERS = [ROOT, ROOT / "client"]
PIN_FILES = [ROOT / "constraints.txt", ROOT / "protos" / "requirements.txt"]
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[A-Za-z0-9.+!]+)(?: ?; ?[a-z_]+ [=!<>]+ '[^']+')?")


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def _requirements(folder: Path) -> list[Requirement]:
    """Every requirement of a distribution, those of its extras included."""
    project = pyproject(folder)["project"]
    extras = project.get("optional-dependencies", {}).values()
    return [Requirement(line) for line in [*project["dependencies"], *(line for extra in extras for line in extra)]]


@pytest.mark.parametrize("path", PIN_FILES, ids=lambda path: path.name)
def test_constraints__are_plain_pins(path: Path):
    """Each line is name and version: no address, no hash, no editable folder."""
    assert [line for line in _lines(path) if not PIN.fullmatch(line)] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=["server", "client"])
def test_constraints__pin_every_dependency_inside_its_range(folder: Path):
    """Whatever a distribution asks for is pinned, at a version that its range allows."""
    pins = {
        canonicalize_name(match["name"]): match["version"]
        for match in map(PIN.fullmatch, _lines(PIN_FILES[0]))
        if match
    }
    own = {pyproject(each)["project"]["name"] for each in FOLDERS}

    problems = []
    for requirement in _requirements(folder):
        version = pins.get(canonicalize_name(requirement.name))
        if requirement.name in own:
            continue
        if version is None:
            problems.append(f"{requirement.name} is not pinned")
        elif not requirement.specifier.contains(version):
            problems.append(f"{requirement} does not allow {version}")

    assert problems == []


def test_client__stays_light():
    """The SDK lives in other people's environments: three libraries, none with an upper bound."""
    requirements = [Requirement(line) for line in pyproject(ROOT / "client")["project"]["dependencies"]]

    assert {requirement.name for requirement in requirements} == {"googleapis-common-protos", "grpcio", "protobuf"}
    assert [str(requirement) for requirement in requirements if "<" in str(requirement.specifier)] == []


def test_versions__agree():
    """Both distributions and the service's own word for its version say the same."""
    versions = {pyproject(folder)["project"]["version"] for folder in FOLDERS}

    assert versions == {ledger.__version__}
    assert getattr(tallystick, "__version__", ledger.__version__) == ledger.__version__
