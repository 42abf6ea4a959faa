from ledger.core.amounts import Unit
from ledger.core.book import Book
from ledger.core.organizations import Organization
from ledger.core.partitions import Balance, Kind, Partition
from ledger.core.queries import OrganizationFound
from ledger.core.reservations import Basis, Reservation, ReservationState, ReservedUnit
from ledger.core.texts import Text
from ledger.rpc import resources
from tallystick.v1 import organizations_pb2, partitions_pb2, reservations_pb2
from tests.rpc.world import plain

ACME = Organization("acme", (Unit("USD", 9), Unit("calls", 0)), "UTC", Text("Acme"), 60_000_000, 2, 1, 0, 3)
ROOT = Partition(1, "acme", 0, Kind.ORGANIZATION, False, Text("Acme"), 1, 1, 2)
SCOUT = Partition(2, "acme/scout", 1, Kind.AGENT, False, Text(), 1, 1, 2)


def test_organization__in_full():
    """Every field of the message is filled."""
    wire = resources.organization(OrganizationFound(ACME, 9, "a finding"))

    assert {field.name for field, _ in wire.ListFields()} == {
        field.name for field in organizations_pb2.Organization.DESCRIPTOR.fields
    }
    assert plain(wire.units[0]) == {"name": "USD", "scale": 9}


def test_partition__lines_of_the_units_that_touched_it():
    """A unit that never touched a partition has no line, neither its own nor the subtree's."""
    book = Book.load("acme", ACME, 9, 1, (ROOT, SCOUT), [((2, "USD"), Balance(5, 1, 4, 1, 3, 1))], ())

    root, scout = resources.partition(book, ROOT), resources.partition(book, SCOUT)

    line = {"unit": "USD", "available": "5", "reserved": "4", "spent": "3"}
    assert ([plain(one) for one in root.own], [plain(one) for one in root.subtree]) == ([], [line])
    assert [plain(one) for one in scout.own] == [plain(one) for one in scout.subtree] == [line]
    assert root.kind == partitions_pb2.PARTITION_KIND_ORGANIZATION


def test_reservation__in_full():
    """Every field of the message is filled, and a reservation that is open has no time of resolution."""
    found = Reservation(
        reservation_id="r",
        partition_id=2,
        state=ReservationState.COMMITTED,
        units=(ReservedUnit("USD", 9, 8, 7, 6, 5, 4, 3),),
        committed=(),
        basis=Basis.MEASURED,
        tool="search",
        workflow_id="w",
        labels=(("a", "1"),),
        principal="local",
        request_id="id",
        opened_at=1,
        expires_at=2,
        resolved_at=3,
        opened_position=4,
        last_position=5,
        claim="1/job",
    )

    wire = resources.reservation(found, "acme/scout", "acme")

    assert {field.name for field, _ in wire.ListFields()} == {
        field.name for field in reservations_pb2.Reservation.DESCRIPTOR.fields
    }
    assert [
        getattr(wire.units[0], name) for name in ("held", "remaining", "overrun", "late", "charges", "refunded")
    ] == [*(9, 8, 6, 5, 4, 3)]
    assert (wire.units[0].actual, wire.units[0].charged) == (22, 19)
