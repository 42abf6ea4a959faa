"""A process that spends through the SDK, to be killed: `python -m tests.end_to_end.spender ADDRESS OUTBOX [COST]`.

With a cost it works under one hold, says "working", waits for a line, and commits. Without, it only opens its client
and delivers what others left in the outbox.
"""

import sys

import tallystick
from tests.end_to_end.launcher import die_with_parent


def main() -> None:
    """Spend once, or deliver."""
    die_with_parent()
    address, outbox, *cost = sys.argv[1:]
    with tallystick.Client(address, outbox=outbox) as client:
        if not cost:
            client.get_partition("acme/a0")
            return
        with client.agent("acme/a0").reserve("0.000000012 USD") as hold:
            print("working", flush=True)
            sys.stdin.readline()
            hold.commit(cost[0])
    print("settled", flush=True)


if __name__ == "__main__":
    main()
