import pytest

from ledger.cli.problems import Complaint
from ledger.cli.versions import at_version, unit_of
from tallystick import Client, EtagMismatch, LedgerUnavailable, UnitUnknown


def test_at_version__no_answer():
    """A change that may have taken effect is repeated with the same version, else it is another request."""
    with pytest.raises(Complaint) as caught, at_version("7"):
        raise LedgerUnavailable("no answer", request_id="abc")

    problem = caught.value.problem
    assert problem.sentence.endswith("repeat it with --request-id abc --etag 7")
    assert (problem.reason, problem.details["etag"]) == ("NO_ANSWER", "7")


def test_at_version__refused():
    """A lost race is a refusal as any other."""
    with pytest.raises(EtagMismatch), at_version("7"):
        raise EtagMismatch("somebody was faster")


def test_unit_of(ask, acme):
    """The unit that is named; one that the organization lacks is said."""
    with Client() as client:
        assert unit_of(client, f"{acme}/research", "5 tokens") == "tokens"
        with pytest.raises(UnitUnknown):
            unit_of(client, acme, "5 EUR")
