"""The reference page of the command line, written from the program: `python -m ledger.cli.reference`."""

import sys
from collections.abc import Iterator
from typing import Any, Final

from ledger.cli.problems import ExitCode
from ledger.cli.session import COMMON

_MEANINGS: Final = {
    ExitCode.OK: "Done; a verification is clean.",
    ExitCode.REFUSED: "A rule said no, or a verification has findings or is incomplete.",
    ExitCode.USAGE: "The command line, an amount or an environment variable is wrong; nothing was asked.",
    ExitCode.FAULT: "Nobody answered, or a service, database or file failed.",
    ExitCode.INTERRUPTED: "Ctrl-C.",
}

_HEAD: Final = """\
<!-- Written by `python -m ledger.cli.reference`. -->

# The command line

`tallystick` is a user of the service like any other, and an operator's hand on a database.

With `--json` a command prints exactly one JSON document on standard output; where it does not do what was asked, one on
standard error: `{"error": {"reason": …, "message": …, "exit_code": …}}`, with what else is known. A `reason` is that of
the service where it refused ([reasons](reasons.md)), else `USAGE`, `UNREACHABLE`, `NO_ANSWER` and the like. Amounts are
decimal strings, times UTC, lengths of time seconds. Without `--json` an error is one sentence on standard error.

An amount is a number and a unit: `0.25 USD`. Several are written one after another, `0.25 USD 800 tokens`, with or
without commas; where an organization has one unit, a number alone will do.

A length of time is a number of seconds, or a number with `s`, `m`, `h` or `d`: `90`, `30m`, `2h`. An instant has its
zone, `2026-01-31T18:00Z`, or is a length of time from now on; where the past is asked for, by `--from`, `--to` and
`--at`, a length of time ago.

Caps, tools, policies and allowances have versions. A change is made to the version that the command reads just before;
with `--etag` to the one that you have looked at. Where somebody was faster it is refused with `ETAG_MISMATCH`: look
again. Whoever repeats a change under its `--request-id` names its `--etag` too: where no answer came,
the error says both.

`escalations watch --json` prints one document for each escalation, `tail --json` one for each entry, a line each: their
answers have no end.

How a coordinator uses it: [governing](../operating/governing.md). What a verification finds is listed in
[findings](findings.md).

`verify`, `export`, `import`, `backup`, `migrate` and `quarantine` work on the database that `--database` or
`TALLYSTICK_DATABASE_URL` names, else on the file that `serve` takes. `verify`, `export`, `backup` and `quarantine show`
read beside a running server; on SQLite `import`, `migrate` and `quarantine lift` want it stopped. What `export` writes
is described in [the format of a journal](journal-format.md). All other variables are in
[configuration](configuration.md).
"""


def reference() -> str:
    """The page."""
    import typer.main

    from ledger.cli.main import app

    whole: Any = typer.main.get_command(app)
    parts = [_HEAD, "## Exit codes\n", "| Code | Meaning |\n| --- | --- |"]
    parts += [f"| {int(code)} | {meaning} |" for code, meaning in _MEANINGS.items()]
    parts.append("\n## Options of every command\n")
    shared = {option.name: option for option in whole.params if option.name in COMMON}
    parts += [_option(shared[name]) for name in COMMON]
    for name, command in sorted(_commands("tallystick", whole)):
        parts.append("\n".join(_section(name, command)))
    return "\n".join(parts) + "\n"


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (typer's own, wherever it keeps it)
    if not hasattr(command, "commands"):
        yield name, command
        return
    for inner, found in command.commands.items():
        yield from _commands(f"{name} {inner}", found)


def _section(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name not in COMMON]
    usage = " ".join([name, *(_usage(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    yield f"\n## {name.removeprefix('tallystick ')}\n"
    yield f"    {usage}\n"
    yield " ".join(command.help.split())
    if arguments or options:
        yield ""
    for one in arguments:
        yield f"- `{_metavar(one)}`: {one.help}"
    for one in options:
        yield _option(one)


def _metavar(argument: Any) -> str:  # noqa: ANN401
    return str(argument.metavar or argument.name).upper()


def _usage(argument: Any) -> str:  # noqa: ANN401
    shown = _metavar(argument) + ("..." if argument.nargs == -1 else "")
    return shown if argument.required else f"[{shown}]"


def _option(option: Any) -> str:  # noqa: ANN401
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    required = " Required." if option.required else ""
    shown = option.default if not callable(option.default) else None
    default = f" Default: `{getattr(shown, 'value', shown)}`." if option.show_default and shown not in _UNSAID else ""
    return f"- {names}: {option.help}{required}{default}"


_UNSAID: Final = (None, False, "", True)

if __name__ == "__main__":
    sys.stdout.write(reference())
