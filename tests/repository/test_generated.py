import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import protovalidate
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor

from tests.repository.project import ROOT, WIRE

NEWEST_PYTHON = (3, 13)
NO_TOOLCHAIN = 3

PROTOS = sorted(path.stem for path in (ROOT / "protos" / "tallystick" / "v1").glob("*.proto"))


def _check(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the generator's comparison; skip where its toolchain cannot be had, except under CI."""
    if sys.version_info[:2] > NEWEST_PYTHON:
        pytest.skip("the pinned protoc has no wheels for this Python; 3.11 to 3.13 run this test")
    command = [sys.executable, str(root / "protos" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == NO_TOOLCHAIN and not os.environ.get("CI"):
        pytest.skip(done.stderr.strip().splitlines()[-1])
    return done


@pytest.mark.xdist_group("protoc")
@pytest.mark.timeout(300)
def test_generated__is_what_the_protos_say():
    """The committed modules are those that `make protos` would write."""
    done = _check(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.xdist_group("protoc")
@pytest.mark.timeout(300)
def test_generated__staleness_is_noticed(tmp_path: Path):
    """A changed proto, an edited module and a left-over one are named, with the command that repairs them."""
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    shutil.copytree(WIRE, tmp_path / "client" / "tallystick" / "v1")
    (ROOT / "build").mkdir(exist_ok=True)
    (tmp_path / "build").symlink_to(ROOT / "build")
    with (tmp_path / "protos/tallystick/v1/types.proto").open("a") as proto:
        proto.write("\n// Planted.\nmessage Planted {\n  // Planted.\n  int64 number = 1;\n}\n")
    (tmp_path / "client/tallystick/v1/errors_pb2.pyi").write_text("# edited\n")
    (tmp_path / "client/tallystick/v1/old_pb2.py").touch()

    done = _check(tmp_path)

    assert done.returncode == 1
    assert "make protos" in done.stdout
    for line in ("types_pb2.py: differs", "errors_pb2.pyi: differs", "old_pb2.py: left over"):
        assert line in done.stdout


def test_generated__needs_no_other_package():
    """Importing the wire brings in no package named `buf` and no validator: the SDK stays light."""
    imports = "; ".join(f"import tallystick.v1.{name}_pb2" for name in PROTOS)
    program = f"import sys; {imports}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not {"buf", "protovalidate", "grpc", "grpc_tools"} & set(done.stdout.split())


def _messages(descriptor: Descriptor) -> list[Descriptor]:
    return [descriptor, *(inner for nested in descriptor.nested_types for inner in _messages(nested))]


@pytest.mark.parametrize("name", PROTOS)
def test_generated__rules_are_read_by_the_validator(name: str):
    """Every message's field rules survive generation and compile, whatever they say of an empty message."""
    file = importlib.import_module(f"tallystick.v1.{name}_pb2").DESCRIPTOR
    validator = protovalidate.Validator()

    for top in file.message_types_by_name.values():
        for descriptor in _messages(top):
            if not descriptor.GetOptions().map_entry:
                validator.collect_violations(message_factory.GetMessageClass(descriptor)())


def test_generated__a_rule_is_enforced():
    """A rule written in a proto is found broken by the validator, though the module does not import its declaration."""
    from tallystick.v1 import types_pb2

    violations = protovalidate.Validator().collect_violations(types_pb2.Unit(name="USD", scale=13))

    assert [violation.proto.rule_id for violation in violations] == ["int32.gte_lte"]
