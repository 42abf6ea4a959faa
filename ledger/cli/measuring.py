"""`tallystick bench`: how fast a running service answers, as seen from here."""

import sys
from typing import Annotated, Any

import typer

from ledger.cli.output import write_lines
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session, command


def register(app: typer.Typer) -> None:
    """It is a command."""
    command(app, "bench", "server", panel="Service")(bench)


def bench(
    session: Session,
    rounds: Annotated[int, typer.Option(min=1, help="How often each window is measured.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long a window is.")] = 2.0,
) -> None:
    """Press a running service, in a new organization `bench-...` there, which stays. Needs h2load; see `make bench`."""
    from ledger.bench import remote, report
    from ledger.bench.books import WindowWrong
    from ledger.bench.h2load import LoadFailed
    from ledger.launch import scratch_folder

    with session.client() as client:
        address = client.address
        client.server_info()
    organization = remote.new_organization()

    def say(line: str) -> None:
        if not session.as_json:
            write_lines(line, stream=sys.stderr)

    def tell(number: int, name: str, figures: dict[str, float]) -> None:
        say(report.line(number, rounds, name, figures))

    say(f"writes to the journal of the service at {address}: the new organization {organization}, which stays")

    asked = remote.Asked(address, rounds, seconds)
    try:
        with scratch_folder("tallystick-bench-", keep=False) as folder:
            run, document = remote.measure(asked, organization, folder, tell)
    except remote.NotDrivable as problem:
        raise Complaint(ExitCode.USAGE, "USAGE", str(problem)) from problem
    except (LoadFailed, WindowWrong) as problem:
        raise Complaint(ExitCode.FAULT, "BENCH_FAILED", str(problem), organization=organization) from problem
    session.answer(document, *_lines(report, run, document))


def _lines(report: Any, run: Any, document: dict[str, Any]) -> list[str]:  # noqa: ANN401  (of ledger.bench)
    console = report.console()
    with console.capture() as captured:
        console.print(report.cases_table(run))
    server, name = document["server"], document["organization"]
    table = [line.rstrip() for line in captured.get().splitlines()]
    return [*table, f"{server['backend']}: {server['durability']}; every answer of OK is an entry in {name}"]
