"""Settings: what a service process is told beside its code, by the environment, with defaults that are safe.

`python -m ledger.config` writes the reference page.
"""

import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX: Final = "TALLYSTICK_"
PORT_MAX: Final = 65_535
"""The largest port there is."""

OTHERS: Final[Mapping[str, str]] = {
    "TALLYSTICK_ADDRESS": "where clients find the service",
    "TALLYSTICK_TOKEN": "the clients' token",
    "TALLYSTICK_TOKEN_FILE": "a file with the clients' token",
    "TALLYSTICK_CA_FILE": "the certificates that clients trust",
    "TALLYSTICK_OUTBOX": "a folder in which clients keep settlements that are not delivered yet",
    "TALLYSTICK_POSTGRES_PROGRAMS": "the folder of the programs `postgres` and `initdb`, for demo and tests",
    "TALLYSTICK_TEST_POSTGRES_URL": "the PostgreSQL that the tests use",
}
"""Variables of the same family that are not the service's."""


class SettingsError(Exception):
    """A setting is unknown or malformed; the message is one sentence that names it."""


class Settings(BaseSettings):
    """What a service process is told. The environment's name is the field's in upper case, after `TALLYSTICK_`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True, env_parse_none_str="null"
    )

    database_url: str = Field(
        default="",
        description=(
            "`sqlite:///path` or `sqlite:////absolute/path`, `postgresql://user@host/name`, or `memory:` to forget all "
            "when the process ends. Empty: the file `ledger.db` in the user's data folder."
        ),
    )
    database_password_file: str = Field(
        default="",
        description="A file with the database's password, which the URL then leaves out.",
    )
    default_database: bool = Field(
        default=True,
        description="Whether a database is taken where no URL is set. In the image `false`: containers forget files.",
    )
    listen: str = Field(
        default="127.0.0.1:7420",
        description="`host:port`, port 0 for any free one, or `unix:path`. Beyond loopback only with `INSECURE`.",
    )
    insecure: bool = Field(
        default=False,
        description="Listen beyond loopback, where everybody who reaches the port may do everything.",
    )
    reuse_port: bool = Field(
        default=False,
        description="Let several processes listen on one port; otherwise a second one is refused to start.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Processes that serve, all on one port, kept by one more. More than one on PostgreSQL only.",
    )
    append_connections: int = Field(
        default=4, ge=1, le=1000, description="Connections that append batches, at most. SQLite has one."
    )
    read_connections: int = Field(
        default=4, ge=1, le=1000, description="Connections that load books and answer queries, at most."
    )
    connect_timeout_ms: int = Field(
        default=5_000,
        ge=1,
        le=600_000,
        description="How long to wait for a new connection, and for one of the above to be free.",
    )
    lock_timeout_ms: int = Field(default=5_000, ge=1, le=600_000, description="How long a statement waits for a lock.")
    statement_timeout_ms: int = Field(default=30_000, ge=1, le=600_000, description="How long a statement may take.")
    idle_timeout_ms: int = Field(
        default=10_000,
        ge=1,
        le=600_000,
        description="How long an open transaction may idle before PostgreSQL ends it, and with it its locks.",
    )
    transaction_timeout_ms: int = Field(
        default=30_000,
        ge=1,
        le=600_000,
        description="How long a writing transaction may take; PostgreSQL 17 and later keep to it.",
    )
    prepare_threshold: int | None = Field(
        default=2,
        ge=0,
        description=(
            "After how many uses PostgreSQL prepares a statement; `null` for never, which a pooler that hands out "
            "connections by transaction may need."
        ),
    )
    synchronous_commit: Literal["", "on", "remote_write", "remote_apply", "local", "off"] = Field(
        default="", description="Set in each transaction on PostgreSQL; empty for what the server says."
    )
    synchronous: Literal["FULL", "EXTRA", "NORMAL", "OFF"] = Field(
        default="FULL", description="Of SQLite; less than `FULL` is not durable, see `UNSAFE_DURABILITY`."
    )
    unsafe_durability: bool = Field(
        default=False,
        description="Serve on a database that may lose acknowledged writes in a crash. For experiments.",
    )
    queue_max: int = Field(
        default=8192,
        ge=4,
        le=1_000_000,
        description="Commands that may wait for one organization; a quarter is kept for settlements.",
    )
    batch_commands_max: int = Field(
        default=256, ge=1, le=10_000, description="Commands decided and appended together, at most."
    )
    batch_wait_ms: float = Field(
        default=8.0, ge=0, le=1000, description="How long a batch is let fill under load. Never waited when idle."
    )
    deadline_max_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="How long a call may take. A longer deadline, or none, is cut to this.",
    )
    request_bytes_max: int = Field(
        default=1024 * 1024, ge=1024, le=4 * 1024 * 1024, description="The largest request, in bytes."
    )
    calls_max: int = Field(
        default=10_000,
        ge=4,
        le=1_000_000,
        description="Calls open at once; a quarter is kept for settlements. One more is answered RESOURCE_EXHAUSTED.",
    )
    watchers_max: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="How many may follow journals at once in a process. One more is answered RESOURCE_EXHAUSTED.",
    )
    watch_patience_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="How long one of them may take nothing of what is sent, before it is ended.",
    )
    webhooks_file: str = Field(
        default="",
        description="A TOML file that names webhooks, see [watching](../operating/watching.md). Empty: there are none.",
    )
    drain_seconds: float = Field(
        default=10.0,
        ge=0,
        le=3600,
        description="How long settlements are still served after SIGTERM. A second SIGTERM ends it at once.",
    )
    metrics_listen: str = Field(
        default="",
        description=(
            "`host:port` of the HTTP endpoint with `/metrics`, `/live` and `/ready`, port 0 for any free one; `off` "
            "for none. Empty: on loopback, the port after that of `LISTEN`, or any free one where that is taken. Each "
            "of several workers has one of its own, one port after the other."
        ),
    )
    metrics_seconds: float = Field(
        default=15.0, ge=0.1, le=3600, description="How often the amounts that `/metrics` shows are read anew."
    )
    metrics_depth: int = Field(
        default=2,
        ge=-1,
        le=16,
        description="Metrics show partitions so many levels below the root, beside those that are marked as watched.",
    )
    metrics_partitions: str = Field(
        default="",
        description="Metrics show these partitions too: patterns such as `acme/research/*`, with commas between.",
    )
    metrics_tools: str = Field(
        default="", description="Of these partitions metrics show spending by tool; patterns, likewise."
    )
    metrics_series_max: int = Field(
        default=10_000,
        ge=0,
        le=1_000_000,
        description=(
            "How many series of partitions metrics may have. Beside them there are two of each organization, three "
            "where it is verified, and three for each webhook that sends its events."
        ),
    )
    tracing: bool = Field(
        default=False,
        description="Send spans of calls, decisions and appends by OTLP, as `OTEL_…` says. Needs the extra `otel`.",
    )
    checkpoint_file: str = Field(
        default="",
        description=(
            "Where signed checkpoints are added, a line each; `-` is standard output. Empty: none are made. "
            "Keep them where the database's administrator cannot write."
        ),
    )
    checkpoint_key_file: str = Field(
        default="", description="The private key that signs them, as `tallystick checkpoint keygen` makes it."
    )
    checkpoint_seconds: float = Field(
        default=60.0, gt=0, le=86_400, description="How long after one checkpoint the next is made, where entries came."
    )
    verify_seconds: float = Field(
        default=60.0,
        ge=0,
        le=86_400,
        description="How often the background verifier follows the journals and compares. 0: never.",
    )
    verify_share: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Of one processor, how much it may take. It is a process of its own, beside the first worker.",
    )
    verify_full_hours: float = Field(
        default=24.0,
        ge=0,
        le=8760,
        description="How often it verifies everything from the first entry, as `tallystick verify` does. 0: never.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged. At `debug` every call is a line."
    )
    log_format: Literal["json", "console"] = Field(
        default="console", description="`json` for machines, `console` for people."
    )
    event_loop: Literal["auto", "asyncio", "uvloop"] = Field(
        default="auto", description="`auto` takes uvloop where it is installed."
    )

    @field_validator("listen")
    @classmethod
    def _names_a_port(cls, value: str) -> str:
        if value.startswith(("unix:", "unix-abstract:")):
            return value
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > PORT_MAX:
            raise ValueError("is no host:port, such as 127.0.0.1:7420 or [::1]:7420")
        return value

    @field_validator("metrics_listen")
    @classmethod
    def _names_a_port_or_nothing(cls, value: str) -> str:
        return value if value in {"", "off"} else cls._names_a_port(value)

    @property
    def metrics_address(self) -> str:
        """Where metrics are served, with the default filled in; empty where they are not."""
        if self.metrics_listen:
            return "" if self.metrics_listen == "off" else self.metrics_listen
        port = self.listen.rpartition(":")[2]
        following = int(port) + 1 if port.isdigit() and 0 < int(port) < PORT_MAX else 0
        return f"127.0.0.1:{following}"

    @property
    def database(self) -> str:
        """The database's address, with the default filled in."""
        return self.database_url or f"sqlite:///{default_database_file()}"

    @classmethod
    def load(cls, **given: Any) -> Self:  # noqa: ANN401  (any field)
        """The settings of the environment, and over them those given by name, such as a command line's options.

        Args:
            given: Fields and their values; None leaves a field to the environment.

        Raises:
            SettingsError: A variable that begins with `TALLYSTICK_` is unknown, or a value is malformed; or no database
                is named, and there is no default.
        """
        check_names(os.environ)
        try:
            settings = cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            field = "_".join(str(part) for part in first["loc"])
            name = PREFIX + field.upper() if given.get(field) is None else field
            problem = first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{name}: {problem[:1].lower()}{problem[1:]} (it is {first['input']!r})") from None
        if not settings.database_url and not settings.default_database:
            raise SettingsError(
                f"{PREFIX}DATABASE_URL is not set, and nothing is taken for it here; "
                "name the database, such as postgresql://user@host/name"
            )
        if not settings.database_password_file:
            return settings
        return settings.model_copy(update={"database_url": _with_password(settings)})


def check_names(environment: Mapping[str, str]) -> None:
    """Every variable of the family is known: a misspelt setting is an error, not a default.

    Raises:
        SettingsError: One is not; the message names it and the one that is most like it.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHERS.keys()
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/reference/configuration.md lists those there are"
            raise SettingsError(f"{name} is no setting of Tallystick{hint}")


def _with_password(settings: Settings) -> str:
    """The database's address, with the password that its file has.

    Raises:
        SettingsError: The file cannot be read, or the address has a password of its own, or takes none.
    """
    from ledger.storage.address import mask_password, parse  # noqa: PLC0415  (a fifth of a second, for those who need it)

    name, file = f"{PREFIX}DATABASE_PASSWORD_FILE", settings.database_password_file
    address = parse(settings.database)
    if address.backend != "postgresql" or address.url.password is not None:
        shown = mask_password(settings.database)
        raise SettingsError(f"{name}: {shown} takes no password from a file; name a PostgreSQL without one")
    try:
        password = Path(file).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "is no text"
        raise SettingsError(f"{name}: {file}: {said}") from None
    return address.url.set(password=password).render_as_string(hide_password=False)


def default_database_file() -> Path:
    """The SQLite file of a user who named no database."""
    return platformdirs.user_data_path("tallystick", appauthor=False) / "ledger.db"


def reference() -> str:
    """The reference page of all settings."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    others = [f"| `{name}` | {meaning} |" for name, meaning in OTHERS.items()]
    return "\n".join(
        [
            "<!-- Written by `python -m ledger.config`. -->",
            "",
            "# Configuration",
            "",
            "The service is configured by its environment. Every setting has a default; with none set it runs on",
            "SQLite in the user's data folder and listens on loopback. A variable that begins with `TALLYSTICK_` and",
            "is not listed here is an error, so that a misspelt setting is not taken for a default.",
            "",
            "| Variable | Default | Meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
            "## Others of the same family",
            "",
            "The service knows these names and does not read them.",
            "",
            "| Variable | Meaning |",
            "| --- | --- |",
            *others,
            "",
        ]
    )


def _shown(default: object) -> str:
    if default == "":
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
