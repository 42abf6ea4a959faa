import pytest

from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import COMMANDS, SERVICES, fingerprint_of, organization_in, to_request
from tests.rpc.samples import ID, SAMPLES

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
