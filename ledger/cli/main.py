"""`tallystick`: the commands, put together; and the one place where what goes wrong becomes a sentence."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer

from ledger.cli import (
    allowances,
    archives,
    books,
    caps,
    checkpoints,
    claims,
    decisions,
    escalations,
    health,
    measuring,
    moves,
    organizations,
    partitions,
    pauses,
    policies,
    proving,
    quarantine,
    reading,
    remaining,
    reports,
    reservations,
    running,
    showing,
    tailing,
    tools,
    top,
    verifying,
)
from ledger.cli.output import write_json, write_lines
from ledger.cli.problems import ExitCode, Problem, problem_of
from ledger.cli.session import Address, Json, Session, Timeout

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises when a command line is wrong, under whichever module's name it keeps that class."""

app = typer.Typer(
    name="tallystick",
    help="Budgets for fleets of AI agents: reserve before the work, commit what it really cost.",
    epilog="Exit codes: 0 done, 1 refused or findings, 2 wrong command line, 3 nobody answered or something failed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
for module in (
    running,
    health,
    measuring,
    organizations,
    partitions,
    moves,
    reservations,
    showing,
    remaining,
    pauses,
    caps,
    tools,
    escalations,
    decisions,
    policies,
    allowances,
    claims,
    reading,
    tailing,
    verifying,
    archives,
    checkpoints,
    proving,
    reports,
    top,
    books,
    quarantine,
):
    module.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        from ledger import __version__

        write_lines(f"tallystick {__version__}")
        raise typer.Exit


@app.callback()
def _whole(
    context: typer.Context,
    address: Address = None,
    timeout: Timeout = None,
    as_json: Json = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    context.obj = Session(address, timeout, as_json)


def run(words: Sequence[str]) -> int:
    """Do what the words say; the exit code. Nothing is raised, but what a shell's completion ends with."""
    try:
        code: Any = app(list(words), prog_name="tallystick", standalone_mode=False)
    except BrokenPipeError:
        return _nobody_reads()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer's own way to say so
            return _nobody_reads()
        raise
    except typer.Abort:
        return _complain(_INTERRUPTED, words)
    except UsageError as error:
        return _complain(_misuse(error), words)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (a command line answers with a sentence)
        return _complain(problem_of(error), words)
    if code == ExitCode.INTERRUPTED:  # typer's own way to say so, where no command had begun
        return _complain(_INTERRUPTED, words)
    return code if isinstance(code, int) else ExitCode.OK


def _nobody_reads() -> ExitCode:
    """Whoever read what is printed has gone: there is nobody to tell."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (for the interpreter's last flush)
    return ExitCode.FAULT


_INTERRUPTED = Problem(ExitCode.INTERRUPTED, "INTERRUPTED", "interrupted")
_DIGITS = tuple(".0123456789")


def _misuse(error: Any) -> Problem:  # noqa: ANN401  (typer's own)
    said = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "tallystick"
    if getattr(error, "option_name", "")[1:2] in _DIGITS:
        said = f"{error.option_name} is no option, and no amount is below zero"
    if not said:  # a group without a command: its help has been printed
        return Problem(ExitCode.USAGE, "USAGE", f"name a command; see {path} --help")
    return Problem(ExitCode.USAGE, "USAGE", f"{said.rstrip('.')}; see {path} --help")


def _complain(problem: Problem, words: Sequence[str]) -> int:
    if "--json" in words:
        write_json(problem.document(), sys.stderr)
    else:
        write_lines(f"tallystick: {problem.sentence}", stream=sys.stderr)
    return problem.code


def main() -> NoReturn:
    """The program."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
