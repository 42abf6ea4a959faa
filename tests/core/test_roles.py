from dataclasses import replace

from ledger.core.roles import PrincipalRole, RoleHeld


def test_principal_role__a_greater_one_may_more():
    """R83: roles are ordered by what they may."""
    assert [role.name for role in sorted(PrincipalRole)] == ["NONE", "AUDITOR", "AGENT", "COORDINATOR", "ADMIN"]


def test_role_held__stays_on_record():
    """R83: one that was taken away is found by nobody's name any more, and is no history all the same."""
    held = RoleHeld("ann", 2, 7, PrincipalRole.AGENT)
    gone = replace(held, role=PrincipalRole.NONE)

    assert (held.key, held.due_at, held.places) == ("2/ann", 0, ("ann",))
    assert (held.ended, gone.ended, gone.places) == (False, False, ())
