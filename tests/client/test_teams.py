"""What coordinators do, in few words."""

import inspect

import pytest

import tallystick

USD = 10**9


@pytest.fixture
def team(client):
    """The organization, as a coordinator sees it."""
    return client.team("acme")


def test_team__paths(team):
    """A member is named below the team, or by its whole path."""
    assert repr(team.at("scout")) == "<Team acme/scout>"
    assert [team.path(name) for name in ("scout", "acme/scout", "acme", "a/b")] == [
        "acme/scout",
        "acme/scout",
        "acme",
        "acme/a/b",
    ]


def test_team__moves(service, team):
    """Budget is given to a member by its name."""
    move = team.allocate("scout", "5 USD", note="more")

    assert (move.to_partition, service.usd()[0]) == ("acme/scout", 20 * USD)
    assert team.reallocate("writer", "scout", "1 USD", reason="rest").source == "acme/writer"


def test_team__settings(service, team):
    """Caps, pauses, policies and lists are those of the team itself, or of the member it is asked for."""
    cap = team.create_cap("10 USD", period="DAY")
    changed = team.update_cap(cap, limit="5 USD")
    paused = team.at("scout").pause(note="too fast")

    assert (cap.partition, changed.limit, changed.etag) == ("acme", 5, "2")
    assert [one.limit for one in team.caps()] == [5]
    assert (paused.partition, paused.paused, paused.repeated) == ("acme/scout", True, False)
    assert team.at("scout").show().paused_at == "acme/scout"
    assert not team.at("scout").resume().paused
    assert team.delete_cap(changed).deleted
    assert team.set_tool_rules(denied=["mail"]).denied == team.tool_rules()[-1].denied
    assert team.set_escalation_policy(request_max="1 USD", window_max="5 USD").unit == "USD"
    assert len(team.escalation_policies()) == 1
    assert team.delete_escalation_policy("USD", etag="1").partition == "acme"
    assert team.set_allowance("scout", "5 USD").partition == "acme/scout"
    assert len(team.allowances()) == 1
    assert team.delete_allowance("scout", "USD", etag="1").amount.parts == 5 * USD


def test_team__escalations(service, team, scout):
    """Escalations are decided by their id alone, in the team's organization."""
    for _ in range(4):
        team.client.request_escalation("acme/scout", "1 USD")
    first, second, third, fourth = team.pending_escalations(follow=False)

    assert team.approve(first.escalation_id).state is tallystick.EscalationState.APPROVED
    assert team.deny(second).state is tallystick.EscalationState.DENIED
    with pytest.raises(tallystick.NobodyAbove):
        team.forward(third.escalation_id)
    assert team.wait_escalation(third.escalation_id, wait=0).pending
    assert team.escalation(fourth.escalation_id).pending
    assert [one.escalation_id for one in team.escalations(states=["PENDING"])] == [
        third.escalation_id,
        fourth.escalation_id,
    ]


def test_team__work(service, team):
    """Work of the team is given beforehand, shown and taken back."""
    assert team.assign_work("k", "acme/scout").assignee == "acme/scout"
    assert team.assign_work("k", "scout").assignee == "acme/scout"
    assert team.claim("k").state is tallystick.ClaimState.ASSIGNED
    assert [one.key for one in team.claims()] == ["k"]
    assert team.unassign_work("k").key == "k"


async def test_async_team__same(service, async_client):
    """The same for asynchronous code."""
    team = async_client.team("acme")
    await async_client.request_escalation("acme/scout", "1 USD")

    await team.allocate("scout", "5 USD")
    found = [one async for one in team.pending_escalations(follow=False)]

    assert (await team.approve(found[0].escalation_id)).granted == found[0].amount
    assert (await team.wait_escalation(found[0])).source == "acme"
    assert [one async for one in team.escalations(states=["PENDING"])] == []
    assert (await team.reallocate("a", "scout", "1 USD", reason="rest")).reallocation


def test_team__shape():
    """Both have the same methods with the same arguments."""
    names = {name for name in vars(tallystick.Team) if not name.startswith("_")}

    assert names == {name for name in vars(tallystick.AsyncTeam) if not name.startswith("_")}
    for name in names:
        ours, other = getattr(tallystick.Team, name), getattr(tallystick.AsyncTeam, name)
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(other).parameters), name
    assert list(inspect.signature(tallystick.Team.pause).parameters)[:2] == ["self", "note"]
