import re

from ledger.core.outcomes import Reason
from ledger.rpc.reasons import PARAGRAPHS, reference
from ledger.rpc.status import STATUS_BY_OTHER_REASON, STATUS_BY_REASON
from tallystick.v1 import errors_pb2
from tests.repository.project import ROOT


def test_reasons__are_the_same_everywhere():
    """The core's reasons, the wire's, the statuses and the paragraphs are one list; clients have an exception each."""
    from tallystick.errors import EXCEPTION_BY_REASON

    wire = {name.removeprefix("ERROR_REASON_") for name in errors_pb2.ErrorReason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118

    assert set(STATUS_BY_REASON) == set(Reason)
    assert {*STATUS_BY_REASON, *STATUS_BY_OTHER_REASON} == wire
    assert set(PARAGRAPHS) == wire
    assert set(EXCEPTION_BY_REASON) == wire


def test_reasons__have_the_status_that_the_proto_says():
    """The comment of each reason in errors.proto ends with its status."""
    proto = (ROOT / "protos/tallystick/v1/errors.proto").read_text()

    told = {name: status for status, name in re.findall(r"([A-Z_]+)\.\n  ERROR_REASON_([A-Z_]+) = [1-9]", proto)}

    assert told == {
        str(name): status.name for name, status in [*STATUS_BY_REASON.items(), *STATUS_BY_OTHER_REASON.items()]
    }


def test_reference__is_current():
    """The page is what the code says; write it anew with `python -m ledger.rpc.reasons > docs/reference/reasons.md`."""
    assert (ROOT / "docs/reference/reasons.md").read_text() == reference()
