import pytest

from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import to_request
from tallystick.v1 import organizations_pb2
from tests.rpc.samples import ID


@pytest.mark.parametrize(("paths", "field"), [([], "update_mask"), (["display_name", "units"], "update_mask.paths[1]")])
def test_update__masks(paths, field):
    """A mask names at least one field, and none that there is not."""
    message = organizations_pb2.UpdateOrganizationRequest(
        organization="acme", update_mask={"paths": paths}, etag="1", request_id=ID
    )

    with pytest.raises(InvalidRequest) as error:
        to_request(message, "local")
    assert error.value.violations[0].field == field
