"""`tallystick org`: tenants, with their units and settings."""

# ruff: noqa: ANN401  (`given` is what all mutations share)

from typing import Annotated, Any

import typer

from ledger.cli.governing import verb
from ledger.cli.output import when
from ledger.cli.problems import Complaint, ExitCode
from ledger.cli.session import Session, command
from ledger.cli.versions import Etag, at_version

org = typer.Typer(help="Create organizations, change their settings, and show them.", no_args_is_help=True)

_USD_SCALE = 9


def register(app: typer.Typer) -> None:
    """`org` is a command."""
    app.add_typer(org, name="org", rich_help_panel="Tree and budget")


def read_units(declared: list[str]) -> dict[str, int]:
    """Units as they are typed: `USD`, `tokens:0`. USD has 9 decimal places where not said, others none."""
    units: dict[str, int] = {}
    for one in declared or ["USD"]:
        name, mark, scale = one.partition(":")
        if mark and not scale.isdecimal():
            raise Complaint(
                ExitCode.USAGE, "USAGE", f"{one!r} is no unit: write a name and its decimal places, as in USD:9"
            )
        units[name] = int(scale) if mark else (_USD_SCALE if name == "USD" else 0)
    return units


@command(org, "create", "mutation")
def create(
    session: Session,
    organization: Annotated[str, typer.Argument(help="The name, and the path of the root.")],
    unit: Annotated[
        list[str] | None,
        typer.Option(help="Unit and decimal places, as in USD:9 or tokens:0; may be given again. USD:9 where absent."),
    ] = None,
    time_zone: Annotated[str, typer.Option(help="IANA zone that calendar windows follow.")] = "UTC",
    display_name: Annotated[str, typer.Option(help="Free text for people.", show_default=False)] = "",
    life_max: Annotated[
        float | None,
        typer.Option(help="The longest a reservation may live, in seconds; 3600 where absent.", show_default=False),
    ] = None,
    **given: Any,
) -> None:
    """Create an organization with its units; they never change."""
    with session.client() as client:
        made = client.create_organization(
            organization,
            units=read_units(unit or []),
            time_zone=time_zone,
            display_name=display_name,
            reservation_life_max=life_max,
            **given,
        )
    units = ", ".join(f"{name} with {scale} decimal places" for name, scale in made.units.items())
    done = "would be created" if given["validate_only"] else "created"
    session.answer(made, f"{done} {made.name}: {units}; time zone {made.time_zone}")


@command(org, "update", "mutation")
def update(
    session: Session,
    organization: Annotated[str, typer.Argument(help="The name.")],
    time_zone: Annotated[
        str | None,
        typer.Option(
            help="IANA zone that calendar windows follow, those that begin after the running ones end.",
            show_default=False,
        ),
    ] = None,
    display_name: Annotated[
        str | None, typer.Option(help="Free text for people; '' for none.", show_default=False)
    ] = None,
    life_max: Annotated[
        float | None,
        typer.Option(help="The longest a reservation may live from now on, in seconds.", show_default=False),
    ] = None,
    etag: Etag = "",
    **given: Any,
) -> None:
    """Change an organization's settings. What is not said stays; its units never change."""
    if time_zone is None and display_name is None and life_max is None:
        raise Complaint(ExitCode.USAGE, "USAGE", "say what to change: --time-zone, --display-name or --life-max")
    with session.client() as client:
        version = etag or client.get_organization(organization).etag
        with at_version(version):
            made = client.update_organization(
                organization,
                etag=version,
                time_zone=time_zone,
                display_name=display_name,
                reservation_life_max=life_max,
                **given,
            )
    settings = f"time zone {made.time_zone}, longest hold {made.reservation_life_max.total_seconds():g} s"
    name = f", {made.display_name}" if made.display_name else ""
    session.answer(made, f"{verb(made.receipt, 'change', 'changed')} {made.name}: {settings}{name}")


@command(org, "list", "server")
def list_all(session: Session) -> None:
    """List the organizations."""
    with session.client() as client:
        found = list(client.list_organizations())
    session.answer(
        {"organizations": found},
        *(
            f"{one.name}  {', '.join(one.units)}  position {one.position}{'  QUARANTINED' if one.quarantined else ''}"
            for one in found
        ),
        *([] if found else ["there is no organization yet; create one with `tallystick org create`"]),
    )


@command(org, "show", "server")
def show(session: Session, organization: Annotated[str, typer.Argument(help="The name.")]) -> None:
    """Show an organization's settings and where its journal stands."""
    with session.client() as client:
        found = client.get_organization(organization)
    session.answer(
        found,
        f"{found.name}  {found.display_name}".rstrip(),
        f"units        {', '.join(f'{name}:{scale}' for name, scale in found.units.items())}",
        f"time zone    {found.time_zone}",
        f"longest hold {found.reservation_life_max.total_seconds():g} s",
        f"created      {when(found.create_time)}",
        f"journal      position {found.position}, incarnation {found.incarnation}"
        + (", QUARANTINED: see `tallystick quarantine show`" if found.quarantined else ""),
    )
