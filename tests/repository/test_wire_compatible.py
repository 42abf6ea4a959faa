from collections.abc import Callable

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

from tests.repository.wire import BASELINE, broken, files_today, promises


def test_wire__keeps_what_was_promised():
    """No name is gone, no number means something else, no type has changed since the baseline."""
    assert broken(BASELINE.read_text().splitlines(), promises(files_today())) == []


def _sample() -> FileDescriptorProto:
    file = FileDescriptorProto(package="p")
    message = file.message_type.add(name="M")
    message.field.add(name="a", number=1, type=FieldDescriptorProto.TYPE_INT64)
    message.field.add(name="b", number=2, type=FieldDescriptorProto.TYPE_STRING)
    file.enum_type.add(name="E").value.add(name="E_X", number=0)
    file.service.add(name="S").method.add(name="Do", input_type=".p.M", output_type=".p.M")
    return file


def _remove(file: FileDescriptorProto) -> None:
    del file.message_type[0].field[1]


def _rename(file: FileDescriptorProto) -> None:
    file.message_type[0].field[1].name = "c"


def _renumber(file: FileDescriptorProto) -> None:
    file.message_type[0].field[1].number = 3


def _retype(file: FileDescriptorProto) -> None:
    file.message_type[0].field[0].type = FieldDescriptorProto.TYPE_STRING


def _repeat(file: FileDescriptorProto) -> None:
    file.message_type[0].field[0].label = FieldDescriptorProto.LABEL_REPEATED


def _drop_value(file: FileDescriptorProto) -> None:
    file.enum_type[0].value[0].name = "E_Y"


def _stream(file: FileDescriptorProto) -> None:
    file.service[0].method[0].server_streaming = True


@pytest.mark.parametrize("change", [_remove, _rename, _renumber, _retype, _repeat, _drop_value, _stream])
def test_wire__breaking_change_is_noticed(change: Callable[[FileDescriptorProto], None]):
    """Each kind of breaking change loses a promise."""
    file = _sample()
    change(file)

    assert len(broken(promises([_sample()]), promises([file]))) == 1


def test_wire__addition_is_welcome():
    """A new field, value or method breaks nothing."""
    file = _sample()
    file.message_type[0].field.add(name="c", number=3, type=FieldDescriptorProto.TYPE_BOOL)
    file.enum_type[0].value.add(name="E_Z", number=1)
    file.service[0].method.add(name="More", input_type=".p.M", output_type=".p.M")

    assert broken(promises([_sample()]), promises([file])) == []
