"""Wording: what a broken rule of a proto asks for, said to people: no patterns, and no names that only the wire has."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor

from ledger.core.paths import NAME

_NAME: Final = "1 to 63 of a-z, 0-9, -, _ and ., beginning with a letter or digit"
_ID: Final = "must be a UUIDv7 in lower case"
_WORD: Final = "must be at most 100 letters, digits and ._:/@-"
_UNIT: Final = "must be a letter, then at most 15 letters, digits and _"
_PATTERN: Final = "must be a tool's name, or its beginning with a * at the end, of at most 100 characters"
PATTERNS: Final[Mapping[str, str]] = {
    "organization": f"must be a name: {_NAME}",
    "partition": f"must be a path of at most 16 names, such as acme/research/scout; each name is {_NAME}",
    "request_id": _ID,
    "reservation_id": _ID,
    "unit": _UNIT,
    "units.name": _UNIT,
    "name": "must be 1 to 100 letters, digits and ._:/@-",
    "allowed": _PATTERN,
    "denied": _PATTERN,
    "tool": _WORD,
    "workflow_id": _WORD,
    "etag": "must be the etag that was read",
    "kinds": "must be the name of an entry's kind, such as Funded",
    "labels": "must have keys of 1 to 40 of a-z, 0-9, _ and -, beginning with a letter",
}
"""What a field's pattern asks for, in words, by the field's name; where one name means two things, by its path too."""

_RULES: Final[Mapping[tuple[str, Any], str]] = {
    ("string.min_len", 1): "must not be empty",
    ("repeated.min_items", 1): "must have at least one",
}
"""What other rules ask for, by what they bound."""


def in_words(broken: Any, value: Any, root: Descriptor) -> str:  # noqa: ANN401  (protovalidate's own record)
    """What is wrong with a field, as the end of a sentence that the field begins.

    Args:
        broken: What protovalidate found.
        value: What the field has.
        root: Of the message that was looked at.
    """
    rule, names = broken.proto.rule_id, [element.field_name for element in broken.proto.field.elements]
    if rule == "string.pattern":
        if names == ["partition"] and NAME.fullmatch(str(value)):  # a path, but where only one below the root will do
            return f"must be a path below {value}, such as {value}/research: the organization itself has no parent"
        return PATTERNS.get(".".join(names)) or PATTERNS.get(names[-1]) or str(broken.proto.message)
    if rule == "required":
        return "is required"
    if rule.startswith("enum."):
        allowed = broken.rule_value if rule == "enum.in" else ()
        return f"must be one of {', '.join(_choices(_enumeration(root, names), allowed))}"
    bound = broken.rule_value
    return _RULES.get((rule, bound) if isinstance(bound, int) else ("", None)) or str(broken.proto.message)


def choice(name: str, enumeration: EnumDescriptor) -> str:
    """A value of an enumeration as people call it: `open reservations`."""
    prefix = enumeration.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return name.removeprefix(prefix).replace("_", " ").lower()


def _choices(enumeration: EnumDescriptor, allowed: Any) -> list[str]:  # noqa: ANN401  (numbers; none for all)
    """The values that may be given; the unspecified one is what is said by saying nothing."""
    return [
        choice(value.name, enumeration)
        for value in enumeration.values
        if value.number and (not allowed or value.number in allowed)
    ]


def _enumeration(root: Descriptor, names: list[str]) -> EnumDescriptor:
    message: Any = root
    for name in names[:-1]:
        message = message.fields_by_name[name].message_type
    found: EnumDescriptor = message.fields_by_name[names[-1]].enum_type
    return found
