"""What the wire promises, one line a promise, and the record of what was promised before.

    .venv/bin/python -m tests.repository.wire

records today's promises in wire_baseline.txt. That is done when a release is made; in between new lines may appear, and
old ones stay as they are.
"""

import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from tests.repository.project import ROOT

BASELINE: Final = Path(__file__).with_name("wire_baseline.txt")


def files_today() -> list[FileDescriptorProto]:
    """The descriptors of every generated module."""
    files = []
    for path in sorted((ROOT / "protos" / "tallystick" / "v1").glob("*.proto")):
        files.append(FileDescriptorProto())
        importlib.import_module(f"tallystick.v1.{path.stem}_pb2").DESCRIPTOR.CopyToProto(files[-1])
    return files


def promises(files: Iterable[FileDescriptorProto]) -> set[str]:
    """One line for each field, enum value and method: its name, its number, its type."""
    lines: set[str] = set()
    for file in files:
        for message in file.message_type:
            lines |= set(_of_message(f"{file.package}.{message.name}", message))
        for enum in file.enum_type:
            lines |= set(_of_enum(f"{file.package}.{enum.name}", enum))
        for service in file.service:
            lines |= set(_of_service(f"{file.package}.{service.name}", service))
    return lines


def broken(before: Iterable[str], now: Iterable[str]) -> list[str]:
    """The promises that are no longer kept, each with what stands there today."""
    today = {line.split(" = ")[0]: line for line in now}
    return [
        f"was {line}, is {today.get(line.split(' = ')[0], 'gone')}" for line in sorted(before) if line not in set(now)
    ]


def _of_message(name: str, message: DescriptorProto) -> Iterator[str]:
    for field in message.field:
        yield f"field {name}.{field.name} = {field.number} {_type(name, message, field)}"
    for nested in message.nested_type:
        yield from _of_message(f"{name}.{nested.name}", nested)
    for enum in message.enum_type:
        yield from _of_enum(f"{name}.{enum.name}", enum)


def _type(name: str, message: DescriptorProto, field: FieldDescriptorProto) -> str:
    kind = field.type_name.removeprefix(".") or FieldDescriptorProto.Type.Name(field.type)[len("TYPE_") :].lower()
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return f"repeated {kind}"
    if field.proto3_optional:
        return f"optional {kind}"
    if field.HasField("oneof_index"):
        return f"{kind} in {name}.{message.oneof_decl[field.oneof_index].name}"
    return kind


def _of_enum(name: str, enum: EnumDescriptorProto) -> Iterator[str]:
    for value in enum.value:
        yield f"value {name}.{value.name} = {value.number}"


def _of_service(name: str, service: ServiceDescriptorProto) -> Iterator[str]:
    for method in service.method:
        asked = ("stream " if method.client_streaming else "") + method.input_type.removeprefix(".")
        answered = ("stream " if method.server_streaming else "") + method.output_type.removeprefix(".")
        yield f"method {name}.{method.name} = {asked} -> {answered}"


if __name__ == "__main__":
    BASELINE.write_text("".join(f"{line}\n" for line in sorted(promises(files_today()))))
