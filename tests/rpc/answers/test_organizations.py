from ledger.core import events as ev
from ledger.core.amounts import Unit
from ledger.core.texts import Text
from ledger.rpc.answers.organizations import organization_updated
from tests.rpc.world import accepted

NAME = Text("Acme")


def test_organization_updated__all_settings():
    """An update's answer is in its entry whole, so a repeat is equal whatever happened since."""
    units = (Unit("USD", 9),)
    event = ev.OrganizationUpdated("acme", units, "UTC", NAME, 60_000_000, 3, 5_000_000, 2)

    full = organization_updated("acme", accepted(event)).organization

    assert (full.name, full.display_name, full.etag, full.incarnation) == ("acme", "Acme", "3", 2)
    assert (full.units[0].scale, full.create_time.seconds) == (9, 5)
