"""Requests: each message that changes something, as the command it asks for.

The rules of form that the protos declare have been checked. Here is checked what they cannot say: distinct units,
masks, time zones, and which fields need each other.

There is a file for each service. Each message's command is a line of the table.
"""

from ledger.rpc.requests.fingerprints import SERVICES, fingerprint_of
from ledger.rpc.requests.table import COMMANDS, organization_in, to_request

__all__ = ["COMMANDS", "SERVICES", "fingerprint_of", "organization_in", "to_request"]
