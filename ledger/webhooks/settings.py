"""Settings of webhooks: a TOML file that names where events are sent, which, and how they are signed."""

import base64
import binascii
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from ledger.rpc.entry_filter import EntryFilter
from ledger.rpc.problems import InvalidRequest

SECRET_BYTES_MIN: Final = 24
_ENCODED: Final = "whsec_"
"""How a secret begins that is base64, as Standard Webhooks has it; others are taken as they are."""

_NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,62}$"
_Position = Annotated[int, Field(ge=1, strict=True)]
_Begin = Annotated[
    Annotated[Literal["now", "beginning"], Tag("word")] | Annotated[dict[str, _Position], Tag("positions")],
    Discriminator(lambda given: "positions" if isinstance(given, dict) else "word"),
]
_PRINTABLE: Final = re.compile("[!-~]*")


class WebhooksError(Exception):
    """The settings of webhooks are wrong; the message is one sentence that says where."""


class Webhook(BaseModel):
    """One receiver.

    Attributes:
        name: Names its cursors: another name begins anew.
        url: Where events are sent: https, or http on this machine.
        organizations: Whose journals.
        partition: Only entries about this partition or one below it; all where empty.
        kinds: Only these kinds; all where empty.
        secret_env: The variable that has the secret; or
        secret_file: The file that has it.
        begin: Where a webhook begins that has no cursor yet: at what is yet to come, at the journal's beginning, or at
            a position for each organization.
        timeout_seconds: How long the receiver may take to answer.
        secret: What events are signed with; filled in by `load`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=_NAME)
    url: str
    organizations: list[str] = Field(min_length=1)
    partition: str = ""
    kinds: list[str] = Field(default_factory=list)
    secret_env: str = ""
    secret_file: str = ""
    begin: _Begin = "now"
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    secret: bytes = Field(default=b"", exclude=True, repr=False)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        where = _split(self.url)
        if not where.hostname or where.scheme not in {"https", "http"} or where.username or where.fragment:
            raise ValueError("url: must be https://host/path, without a name or password in it")
        if where.scheme == "http" and not _is_here(where.hostname):
            raise ValueError("url: must be https, but for a receiver on this machine")
        if isinstance(self.begin, dict) and self.begin.keys() != set(self.organizations):
            raise ValueError("begin: must have a position for each of the organizations, and for no other")
        for organization in self.organizations:
            self.wanted(organization)
        return self

    def cursor(self, organization: str, position: int) -> int:
        """Where a new cursor lies: what comes after it is sent.

        Args:
            organization: Whose journal.
            position: Where the journal stands. No cursor lies beyond it, so nothing that comes is passed over.
        """
        if self.begin == "now":
            return position
        first = 1 if self.begin == "beginning" else self.begin[organization]
        return min(first - 1, position)

    def wanted(self, organization: str) -> EntryFilter:
        """Which entries of a journal.

        Raises:
            ValueError: The filter is none.
        """
        try:
            return EntryFilter(organization, self.partition, self.kinds)
        except InvalidRequest as error:
            raise ValueError(str(error)) from None


def load(path: Path, environment: Mapping[str, str] = os.environ) -> list[Webhook]:
    """The webhooks that a file has, with their secrets.

    Raises:
        WebhooksError: It cannot be read, or something in it is wrong.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WebhooksError(f"{path}: {error}") from error
    if strange := sorted(found.keys() - {"webhook"}):
        raise WebhooksError(f"{path}: {strange[0]} is not known; there are tables named [[webhook]]")
    webhooks = [_read(path, place, one, environment) for place, one in enumerate(found.get("webhook", []), 1)]
    names = [one.name for one in webhooks]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        raise WebhooksError(f"{path}: {doubles[0]} is the name of two webhooks")
    return webhooks


def _read(path: Path, place: int, one: object, environment: Mapping[str, str]) -> Webhook:
    try:
        webhook = Webhook.model_validate(one)
        return webhook.model_copy(update={"secret": _secret(webhook, environment)})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        raise WebhooksError(f"{path}, webhook {place}: {f'{field}: ' if field else ''}{problem}") from None
    except (OSError, ValueError) as error:
        raise WebhooksError(f"{path}, webhook {place}: {error}") from None


def _secret(webhook: Webhook, environment: Mapping[str, str]) -> bytes:
    """What events are signed with.

    Raises:
        ValueError: It is not there, or too short.
    """
    if bool(webhook.secret_env) == bool(webhook.secret_file):
        raise ValueError("name the secret by secret_env or by secret_file")
    if webhook.secret_env:
        text = environment.get(webhook.secret_env, "").strip()
    else:
        text = Path(webhook.secret_file).read_text(encoding="utf-8").strip()
    source = webhook.secret_env or webhook.secret_file
    try:
        encoded = text.startswith(_ENCODED)
        secret = base64.b64decode(text.removeprefix(_ENCODED), validate=True) if encoded else text.encode()
    except binascii.Error:
        raise ValueError(f"{source}: what follows {_ENCODED} is no base64") from None
    if len(secret) < SECRET_BYTES_MIN:
        raise ValueError(f"{source}: the secret has {len(secret)} bytes, and needs {SECRET_BYTES_MIN}")
    return secret


def _split(url: str) -> SplitResult:
    """The parts of a URL that can be asked for as it is written.

    Raises:
        ValueError: It cannot.
    """
    if not _PRINTABLE.fullmatch(url):
        raise ValueError("url: must be printable ASCII; percent-encode the rest, and write a name as xn--")
    where = urlsplit(url)
    try:
        (where.hostname or "").encode("idna")
    except UnicodeError:
        raise ValueError(f"url: {where.hostname} is no name of a host") from None
    try:
        usable = where.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("url: the port must be a number from 1 to 65535")
    return where


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
