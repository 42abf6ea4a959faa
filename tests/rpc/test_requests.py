import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount, Unit
from ledger.core.texts import Text
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import COMMANDS, SERVICES, fingerprint_of, organization_in, to_request
from tallystick.v1 import organizations_pb2, partitions_pb2, reservations_pb2, tools_pb2
from tests.rpc.samples import ID, RESERVE, SAMPLES

MUTATIONS = [sample for sample in SAMPLES if "request_id" in sample.DESCRIPTOR.fields_by_name]


def test_commands__every_mutation():
    """Every message with a request id asks for a command, but the batch, which asks for many."""
    mutations = {
        method.input_type.full_name
        for service in SERVICES
        for method in service.methods
        if "request_id" in method.input_type.fields_by_name
    }

    assert {kind.DESCRIPTOR.full_name for kind in COMMANDS} == mutations - {"tallystick.v1.BatchExecuteRequest"}


@pytest.mark.parametrize("sample", MUTATIONS, ids=lambda sample: sample.DESCRIPTOR.name)
def test_to_request__who_asks_for_what(sample):
    """A request says whose book decides, who asks, under which id, with the body's fingerprint."""
    request = to_request(sample, "local")

    assert (request.organization, request.principal, request.request_id) == ("acme", "local", ID)
    assert type(request.command).__name__ == sample.DESCRIPTOR.name.removesuffix("Request")
    assert request.fingerprint == fingerprint_of(sample)
    assert organization_in(sample) == "acme"


@pytest.mark.parametrize("sample", MUTATIONS, ids=lambda sample: sample.DESCRIPTOR.name)
def test_to_request__needs_an_id(sample):
    """Without a request id there are dry runs only."""
    nameless = type(sample)()
    nameless.CopyFrom(sample)
    nameless.request_id = ""

    with pytest.raises(InvalidRequest) as error:
        to_request(nameless, "local")
    assert error.value.violations == (("request_id", "is required, unless validate_only"),)
    nameless.validate_only = True
    assert to_request(nameless, "local").validate_only


def test_fingerprint_of__method_and_fields():
    """Another method, another field or another value is another body; the order of labels and a dry run are not."""
    amount, other = {"unit": "USD", "parts": 5}, {"unit": "USD", "parts": 6}
    base = {"organization": "acme", "request_id": ID}
    prints = [
        fingerprint_of(message)
        for message in (
            partitions_pb2.FundRequest(**base, amount=amount),  # type: ignore[arg-type]
            partitions_pb2.DefundRequest(**base, amount=amount),  # type: ignore[arg-type]
            partitions_pb2.FundRequest(**base, amount=other),  # type: ignore[arg-type]
            partitions_pb2.FundRequest(**base, amount=amount, note="x"),  # type: ignore[arg-type]
        )
    ]
    labels = {f"k{n}": str(n) for n in range(8)}
    one = reservations_pb2.ReserveRequest(labels=labels)
    two = reservations_pb2.ReserveRequest(labels=dict(reversed(labels.items())))
    dry = reservations_pb2.ReserveRequest(labels=labels, validate_only=True)

    assert len(set(prints)) == len(prints)
    assert fingerprint_of(one) == fingerprint_of(two) == fingerprint_of(dry)
    assert dry.validate_only


def test_reserve__in_full():
    """Every field of the message is in the command; labels are sorted."""
    message = reservations_pb2.ReserveRequest()
    message.CopyFrom(RESERVE)
    message.labels["about"] = "x"

    assert to_request(message, "local").command == cmd.Reserve(
        path="acme/scout",
        amounts=(Amount("USD", 5),),
        ttl_us=9_000_000,
        reservation_id=ID,
        chosen=True,
        tool="search",
        workflow_id="w1",
        labels=(("about", "x"), ("team", "blue")),
        claim_scope="acme",
        claim_key="job",
    )


def test_reserve__defaults():
    """An id is made where none is chosen, and the time to live is a minute."""
    message = reservations_pb2.ReserveRequest(partition="acme", request_id=ID, amounts=RESERVE.amounts)

    command = to_request(message, "local").command

    assert isinstance(command, cmd.Reserve)
    assert (command.ttl_us, command.chosen, command.labels) == (60_000_000, False, ())
    assert len(command.reservation_id) == 36


def test_reserve__amounts_or_a_tool():
    """R60: amounts may be left to the catalogue, which needs a tool."""
    message = reservations_pb2.ReserveRequest(partition="acme", request_id=ID)

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    message.tool = "search"
    command = to_request(message, "local").command

    assert error.value.violations == (("amounts", "must have at least one amount, unless a tool is named"),)
    assert isinstance(command, cmd.Reserve)
    assert (command.amounts, command.tool) == ((), "search")


def test_set_tool__in_full():
    """R58: the estimate's amounts are of distinct units and more than zero; what is not disabled is enabled."""
    message = tools_pb2.SetToolRequest(
        organization="acme", name="search", estimate=RESERVE.amounts, disabled=True, etag="3", request_id=ID
    )

    assert to_request(message, "local").command == cmd.SetTool("search", (Amount("USD", 5),), False, 3)
    message.estimate.add(unit="USD", parts=5)
    with pytest.raises(InvalidRequest, match="estimate"):
        to_request(message, "local")


def test_set_tool_rules__each_once():
    """R59: a list has what it names once, in the order given."""
    message = tools_pb2.SetToolRulesRequest(
        partition="acme", allowed=["b", "a", "b"], denied=["c*"], etag="0", request_id=ID
    )

    assert to_request(message, "local").command == cmd.SetToolRules("acme", ("b", "a"), ("c*",), 0)


def test_create_organization__defaults():
    """UTC, an hour, no name."""
    message = organizations_pb2.CreateOrganizationRequest(
        organization="acme", units=[{"name": "USD", "scale": 9}], request_id=ID
    )

    command = to_request(message, "local").command

    assert command == cmd.CreateOrganization((Unit("USD", 9),), "UTC", Text(), 3_600_000_000)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "localtime", "../UTC", "Europe", "europe/berlin", "UTC "])
def test_create_organization__time_zones(zone):
    """A time zone is one that means the same on every machine."""
    message = organizations_pb2.CreateOrganizationRequest(organization="acme", time_zone=zone, request_id=ID)

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    assert error.value.violations == (("time_zone", "is no IANA time zone, such as Europe/Berlin"),)


def test_create_organization__distinct_units():
    """A unit's name appears once."""
    message = organizations_pb2.CreateOrganizationRequest(
        organization="acme", units=[{"name": "USD"}, {"name": "USD", "scale": 2}], request_id=ID
    )

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    assert error.value.violations == (("units[1].name", "names USD a second time"),)


def test_update_organization__only_what_the_mask_names():
    """What the mask does not name stays; what it names and the message leaves out gets its default."""
    message = organizations_pb2.UpdateOrganizationRequest(
        organization="acme", update_mask={"paths": ["time_zone"]}, display_name="x", etag="3", request_id=ID
    )
    one = to_request(message, "local").command
    message.update_mask.paths[:] = ["display_name", "reservation_life_max"]
    message.time_zone = "Europe/Berlin"
    two = to_request(message, "local").command

    assert one == cmd.UpdateOrganization(3, "UTC", None, None)
    assert isinstance(two, cmd.UpdateOrganization)
    assert two.display_name is not None
    assert (two.time_zone, two.display_name.value, two.reservation_life_max_us) == (None, "x", 3_600_000_000)


@pytest.mark.parametrize(("paths", "field"), [([], "update_mask"), (["display_name", "units"], "update_mask.paths[1]")])
def test_update__masks(paths, field):
    """A mask names at least one field, and none that there is not."""
    message = organizations_pb2.UpdateOrganizationRequest(
        organization="acme", update_mask={"paths": paths}, etag="1", request_id=ID
    )

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    assert error.value.violations[0].field == field
