"""What all commands share: the options that each of them takes, before or after its name, and how it answers."""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer
from typer.models import ArgumentInfo

from ledger.cli.amounts import has_fractions, roundings
from ledger.cli.output import write_json, write_lines
from ledger.cli.problems import Complaint, ExitCode

if TYPE_CHECKING:
    from tallystick import Client

TIMEOUT_S: Final = 5.0

RETRY_S: Final = 1.0
"""How long to go on asking where nobody answers: long enough for a busy machine, short enough for whoever waits."""

COMMON: Final = ("as_json", "address", "timeout")
"""Names of the options that stand before a command's name or after it."""

Address = Annotated[
    str | None,
    typer.Option(
        help="Where the service is: host:port or unix:/path; TALLYSTICK_ADDRESS, else 127.0.0.1:7420, where absent.",
        show_default=False,
        rich_help_panel="Options of every command",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print exactly one JSON document; errors too, on standard error.",
        rich_help_panel="Options of every command",
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        help="How many seconds to wait for an answer; 5 where absent.",
        show_default=False,
        rich_help_panel="Options of every command",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        help="The database's address; TALLYSTICK_DATABASE_URL, else the file of `serve`, where absent.",
        show_default=False,
    ),
]
RequestId = Annotated[
    str,
    typer.Option(
        help="UUIDv7 that names this request: repeating it has the effect once. Made anew where absent.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide and answer, without effect.")]
Note = Annotated[str, typer.Option(help="Free text for people, kept in the journal.", show_default=False)]

Shares = Literal["server", "mutation", "local"]


@dataclass(frozen=True, slots=True)
class Session:
    """One command's options, and its way to answer.

    Attributes:
        address: Where the service is; None for what the environment says.
        timeout: Seconds to wait for an answer.
        as_json: Whether a program reads the answer.
    """

    address: str | None = None
    timeout: float | None = None
    as_json: bool = False

    @contextmanager
    def client(self) -> Iterator["Client"]:
        """A client of the service, with little patience: whoever types a command repeats it when they want to."""
        from tallystick import Client

        timeout = self.timeout or TIMEOUT_S
        try:
            with Client(self.address, timeout=timeout, retry_for=min(timeout, RETRY_S), outbox="") as client:
                yield client
        except (TypeError, ValueError) as problem:  # how the SDK says that an argument is none
            raise Complaint(ExitCode.USAGE, "USAGE", str(problem)) from problem

    def note_rounding(self, client: "Client", path: str, typed: Sequence[str | Decimal]) -> None:
        """Say on standard error which of the amounts typed are finer than their units, and so rounded up."""
        if not self.as_json and has_fractions(typed):
            units = client.get_organization(path.partition("/")[0]).units
            write_lines(*roundings(typed, units), stream=sys.stderr)

    def answer(self, document: object, *lines: str) -> None:
        """The command has done its work: the document for programs, the lines for people."""
        if self.as_json:
            write_json(document)
        else:
            write_lines(*lines)


def command(
    app: typer.Typer, name: str, shares: Shares, *, panel: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command. Its first argument is the session; what it shares with others is added.

    Args:
        app: Where it belongs.
        name: How it is called.
        shares: `server`: it asks the service; `mutation`: it also changes something there, so `--request-id` and
            `--dry-run` are handed on as `**given`, named as the SDK names them; `local`: it needs no service.
        panel: The heading that it stands under in the help.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(context: typer.Context, **given: Any) -> None:  # noqa: ANN401  (any command's options)
            session = context.obj if isinstance(context.obj, Session) else Session()
            session = replace(
                session,
                address=given.pop("address", None) or session.address,
                timeout=given.pop("timeout", None) or session.timeout,
                as_json=given.pop("as_json") or session.as_json,
            )
            if shares == "mutation":
                given["validate_only"] = given.pop("dry_run")
            try:
                function(session, **given)
            except KeyboardInterrupt:
                raise Complaint(ExitCode.INTERRUPTED, "INTERRUPTED", "interrupted") from None

        _, *own = inspect.signature(function).parameters.values()
        own = [
            one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for one in own
            if one.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        for one in own:
            _in_capitals(one)
        added = [one for kind in _ADDED[shares] for one in _SHARED[kind]]
        whole = [_parameter("context", typer.Context), *own, *added]
        run.__signature__ = inspect.Signature(whole)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in whole}
        app.command(name, rich_help_panel=panel)(run)
        return run

    return decorate


def _in_capitals(one: inspect.Parameter) -> None:
    """What stands for an argument in help and errors is written as in the reference, always in capitals."""
    for told in getattr(one.annotation, "__metadata__", ()):
        if isinstance(told, ArgumentInfo):
            told.metavar = told.metavar or one.name.upper()


def _parameter(name: str, annotation: object, default: object = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_ADDED: Final[dict[Shares, tuple[str, ...]]] = {
    "local": ("json",),
    "server": ("json", "server"),
    "mutation": ("mutation", "json", "server"),
}
_SHARED: Final[dict[str, tuple[inspect.Parameter, ...]]] = {
    "json": (_parameter("as_json", Json, default=False),),
    "server": (_parameter("address", Address, None), _parameter("timeout", Timeout, None)),
    "mutation": (_parameter("request_id", RequestId, ""), _parameter("dry_run", DryRun, default=False)),
}
