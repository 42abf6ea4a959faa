"""Form: raw bytes become a message that obeys the rules of its proto, or a malformed request that names the field.

The rules are evaluated by protovalidate, but for messages that obey them at a glance. What cannot even be decoded is
looked through by hand, only then, to say which field it is. A mutation with fields that this release does not know is
refused, because their meaning would be lost silently.
"""

from typing import Any, Final, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from protovalidate import Validator

from ledger.rpc.problems import VIOLATIONS_MAX, InvalidRequest, Violation
from ledger.rpc.wellformed import surely
from ledger.rpc.wording import in_words

MessageT = TypeVar("MessageT", bound=Message)

FIELD_CHARACTERS_MAX: Final = 200
_WHOLE: Final = "request"
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_DEPTH_MAX: Final = 20


class Form:
    """Reads requests. One for a process: it keeps the compiled rules."""

    def __init__(self, request_bytes_max: int) -> None:
        self._request_bytes_max = request_bytes_max
        self._validator = Validator()

    def decode(self, message_type: type[MessageT], data: bytes) -> MessageT:
        """The message that the bytes are, whatever it says.

        Raises:
            InvalidRequest: They are too many, or none of that type.
        """
        if len(data) > self._request_bytes_max:
            raise InvalidRequest(Violation(_WHOLE, f"must have at most {self._request_bytes_max} bytes"))
        try:
            return message_type.FromString(data)
        except DecodeError:
            descriptor: Any = message_type.DESCRIPTOR
            raise InvalidRequest(undecodable(descriptor, data)) from None

    def check(self, message: Message, data: bytes, *, strict: bool) -> None:
        """A decoded message obeys the rules of its proto; fields that are not known are dropped where that is allowed.

        Raises:
            InvalidRequest: It does not.
        """
        if strict:
            size = message.ByteSize()
            message.DiscardUnknownFields()
            if message.ByteSize() != size:
                raise InvalidRequest(*unknown(type(message).FromString(data)))
        if not surely(message) and (broken := self._validator.collect_violations(message)):
            descriptor: Any = message.DESCRIPTOR
            raise InvalidRequest(
                *(
                    Violation(_path(one.proto.field), in_words(one, one.field_value, descriptor))
                    for one in broken[:VIOLATIONS_MAX]
                )
            )


def _path(field: object) -> str:
    """A violation's field path as people write it: `amounts[0].parts`, `labels["team"]`."""
    parts: list[str] = []
    for element in getattr(field, "elements", None) or ():
        parts.append(f".{element.field_name}" if parts else element.field_name)
        subscript = element.subscript
        if subscript is not None:
            key = subscript.value
            parts.append(f'["{key}"]' if isinstance(key, str) else f"[{key}]")
    return "".join(parts)[:FIELD_CHARACTERS_MAX] or _WHOLE


def unknown(message: Message, prefix: str = "") -> list[Violation]:
    """The fields of a message, and of those inside it, that this release does not know."""
    found: list[Violation] = []
    extras: Any = UnknownFieldSet(message)  # a sequence, which its types do not say
    for extra in extras:
        known = message.DESCRIPTOR.fields_by_number.get(extra.field_number)
        if known is not None:
            found.append(Violation(prefix + known.name, "has another type than this"))
        else:
            found.append(Violation(f"{prefix}{extra.field_number}", "is a field that this release does not know"))
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            continue
        several = value if _repeated(field) else (value,)
        for place, inner in enumerate(several):
            name = f"{field.name}[{place}]" if _repeated(field) else field.name
            found += unknown(inner, f"{prefix}{name}.")
    return found[:VIOLATIONS_MAX]


def undecodable(descriptor: Descriptor, data: bytes) -> Violation:
    """Which field makes the bytes undecodable, as far as it can be told."""
    try:
        return _walk(descriptor, data, "", 0) or Violation(_WHOLE, "cannot be decoded")
    except (IndexError, ValueError):
        return Violation(_WHOLE, "cannot be decoded: it ends in the middle of a field")


def _walk(descriptor: Descriptor, data: bytes, prefix: str, depth: int) -> Violation | None:
    """The first field, in the order of the bytes, whose content is not what it should be."""
    place, counts = 0, dict[int, int]()
    while place < len(data):
        tag, place = _varint(data, place)
        number, kind = tag >> 3, tag & 7
        field = descriptor.fields_by_number.get(number)
        counts[number] = counts.get(number, -1) + 1
        name = prefix + (str(number) if field is None else field.name)
        if field is not None and _repeated(field):
            name = f"{name}[{counts[number]}]"
        if kind == _VARINT:
            _, place = _varint(data, place)
        elif kind in {_FIXED64, _FIXED32}:
            place += 8 if kind == _FIXED64 else 4
        elif kind == _LENGTH:
            length, place = _varint(data, place)
            content, place = data[place : place + length], place + length
            if place > len(data):
                return Violation(name, "is longer than the message that it is in")
            if field is not None and (wrong := _inside(field, content, name, depth)):
                return wrong
        else:
            return Violation(name, "has a type that the wire does not know")
    return Violation(prefix.rstrip(".") or _WHOLE, "ends in the middle of a field") if place > len(data) else None


def _inside(field: FieldDescriptor, content: bytes, name: str, depth: int) -> Violation | None:
    if field.type == FieldDescriptor.TYPE_STRING:
        try:
            content.decode()
        except UnicodeDecodeError:
            return Violation(name, "is not UTF-8")
    if field.message_type is not None and depth < _DEPTH_MAX:
        try:
            return _walk(field.message_type, content, f"{name}.", depth + 1)
        except (IndexError, ValueError):
            return Violation(name, "ends in the middle of a field")
    return None


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  (the last byte of a varint has its highest bit clear)
            return value, place
    raise ValueError("a varint of more than ten bytes")


def _repeated(field: Any) -> bool:  # noqa: ANN401
    # `label` is going away in newer protobuf, `is_repeated` is not in older ones.
    several = getattr(field, "is_repeated", None)
    return bool(several) if several is not None else field.label == FieldDescriptor.LABEL_REPEATED
