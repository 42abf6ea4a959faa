def test_show(ask, acme, held):
    """Held, charged and actual of each unit, and whose it is."""
    reservation = held("5 USD")
    ask("part", acme, reservation, "2 USD")

    lines = ask("reservation", "show", acme, reservation).out.splitlines()

    assert lines[0] == f"{reservation}  {acme}/research/scout  OPEN"
    assert lines[-1] == "2 of 5 USD spent (3 still held)"
    document = ask("reservation", "show", acme, reservation, "--json").document
    assert (document["state"], document["units"]["USD"]["remaining"]) == ("OPEN", "3")


def test_list(ask, acme, held):
    """In the order of opening, by state, bounded."""
    first, second, third = held("1 USD"), held("2 USD"), held("3 USD")
    ask("release", acme, second)

    def listed(*words):
        return [one["reservation_id"] for one in ask("reservation", "list", *words, "--json").document["reservations"]]

    assert listed(acme) == [first, second, third]
    assert listed(acme, "--state", "open") == [first, third]
    assert listed(f"{acme}/research/scout", "--limit", "1") == [first]
    assert ask("reservation", "list", acme, "--tool", "nothing").out == "none\n"
    assert f"{second}  {acme}/research/scout  RELEASED" in ask("reservation", "list", acme).out


def test_bad_input(ask, acme):
    """A state that is none, a partition that is not there."""
    assert ask("reservation", "list", acme, "--state", "LOST", code=2).err
    assert ask("reservation", "list", f"{acme}/none", "--json", code=1).error["reason"] == "PARTITION_NOT_FOUND"
    assert ask("reservation", "show", acme, "no-id", code=2).err
