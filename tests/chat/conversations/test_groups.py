from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from chat.conversations.errors import GroupClosed, OwnerStays, TooManyGroups, TooManyManagers
from chat.conversations.models import Conversation, Group, Member
from chat.conversations.selectors import group_card, group_member
from chat.conversations.services import (
    announce,
    appoint,
    change_group,
    create_group,
    dissolve,
    join_group,
    leave_group,
    remove_member,
    transfer,
)
from community.accounts.models import Role
from community.moderation.errors import Banned, Muted
from community.moderation.services.sanctions import add_sanction, lift_sanction
from project.kernel.errors import Forbidden, Invalid, NotFound
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def rows() -> list[dict[str, Any]]:
    """All that a refusal must leave alone."""
    return [*Group.objects.order_by("pk").values(), *Member.objects.order_by("pk").values()]


def role_of(group: Group, user: Any) -> str:
    return Member.Role(Member.objects.get(conversation_id=group.pk, user=user).role).name


@pytest.fixture
def refused(published: Any) -> Callable[..., None]:
    def refused(error: type[Exception], call: Callable[..., object], **arguments: Any) -> None:
        published.clear()
        before = rows()
        with pytest.raises(error):
            call(**arguments)
        assert rows() == before
        assert published == []

    return refused


def test_a_founder_owns_the_group_and_is_its_only_member(ann, published) -> None:
    group = create_group(founder_id=ann.pk, title="  Tea friends ")
    member = group_member(user_id=ann.pk, group_id=group.pk)
    assert (group.title, group.member_count, group.capacity) == ("Tea friends", 1, 500)
    assert (member.role, member.joined_seq, member.read_seq) == (Member.Role.OWNER, 0, 0)
    assert group.conversation.kind == Conversation.Kind.GROUP
    assert published.types == ["conversation.added"]
    assert published[0].channels() == [f"user:{ann.pk}"]
    assert published[0].conversation["channel"] == f"group:{group.pk}"


@pytest.mark.parametrize(
    ("title", "code"), [("", "required"), ("x" * 61, "too_long"), ("a\u202eb", "control_characters")]
)
def test_a_title_is_seen_and_on_one_line(ann, refused, title, code) -> None:
    refused(Invalid, create_group, founder_id=ann.pk, title=title)
    assert not Conversation.objects.exists()


def test_a_group_that_asks_needs_a_question(ann, refused) -> None:
    refused(Invalid, create_group, founder_id=ann.pk, title="Tea", join_policy="question", question=" ")
    group = create_group(founder_id=ann.pk, title="Tea", join_policy="question", question="Which tea?")
    assert group.question == "Which tea?"
    refused(Invalid, change_group, changed_by=ann.pk, group_id=group.pk, question="")


def test_a_person_owns_only_so_many_groups(ann, settings, refused) -> None:
    settings.GROUPS_OWNED_MOST = 1
    create_group(founder_id=ann.pk, title="Tea")
    refused(TooManyGroups, create_group, founder_id=ann.pk, title="Coffee")


@pytest.mark.parametrize(("kind", "error"), [("mute", Muted), ("ban", Banned)])
def test_whoever_is_silenced_everywhere_founds_no_group(ann, bo, cy, group, refused, kind, error) -> None:
    """Its title is something to read."""
    mod = make_user(roles=[Role.Name.MODERATOR])
    sanction = add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind=kind, reason="spam")
    refused(error, create_group, founder_id=bo.pk, title="Buy watches at example.com")
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    assert create_group(founder_id=bo.pk, title="Coffee").title == "Coffee"
    # A mute in one group is none elsewhere.
    join_group(user_id=cy.pk, group_id=group.pk)
    add_sanction(by=ann.pk, user_id=cy.pk, scope=f"group:{group.pk}", kind=kind, reason="spam")
    assert create_group(founder_id=cy.pk, title="Milk").title == "Milk"


def test_a_group_that_is_founded_in_the_shadow_is_in_the_list_of_its_founder_alone(bo, published) -> None:
    mod = make_user(roles=[Role.Name.MODERATOR])
    add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="shadow_mute", reason="spam")
    published.clear()
    create_group(founder_id=bo.pk, title="Coffee")
    assert [event.channels() for event in published] == [[f"user:{bo.pk}"]]


def test_a_change_leaves_alone_what_was_not_given_and_says_all(ann, group, published) -> None:
    published.clear()
    changed = change_group(changed_by=ann.pk, group_id=group.pk, title="Tea lovers", capacity=10)
    assert (changed.title, changed.capacity, changed.join_policy) == ("Tea lovers", 10, "open")
    assert published.types == ["group.changed"]
    fresh = Group.objects.get(pk=group.pk)
    assert published.wires(f"group:{group.pk}")[0]["group"] == group_card(fresh)
    assert fresh.version == group.version + 1


@pytest.mark.parametrize("capacity", [1, 100_001])
def test_a_group_has_room_for_those_who_are_in_it(ann, group_of_two, refused, capacity) -> None:
    refused(Invalid, change_group, changed_by=ann.pk, group_id=group_of_two.pk, capacity=capacity)


def test_the_database_itself_refuses_more_than_the_capacity(group) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Group.objects.filter(pk=group.pk).update(member_count=501)


def test_an_announcement_says_who_and_when_and_can_be_taken_down(ann, group, published) -> None:
    announce(announced_by=ann.pk, group_id=group.pk, text="Tonight\r\nat eight\u202e ")
    said = group_card(Group.objects.get(pk=group.pk))["announcement"]
    assert said is not None
    assert (said["text"], said["by"]["id"]) == ("Tonight\nat eight", ann.pk)
    announce(announced_by=ann.pk, group_id=group.pk, text="")
    assert group_card(Group.objects.get(pk=group.pk))["announcement"] is None


@pytest.mark.parametrize(
    ("call", "by", "rest"),
    [
        (change_group, "changed_by", {"title": "Mine"}),
        (announce, "announced_by", {"text": "Mine"}),
        (appoint, "appointed_by", {"user_id": 0, "manager": True}),
        (transfer, "transferred_by", {"user_id": 0}),
        (remove_member, "removed_by", {"user_id": 0}),
        (dissolve, "dissolved_by", {}),
    ],
)
def test_members_and_strangers_run_nothing(ann, bo, cy, group_of_two, refused, call, by, rest) -> None:
    rest = {name: bo.pk if name == "user_id" else value for name, value in rest.items()}
    refused(Forbidden, call, **{by: bo.pk}, group_id=group_of_two.pk, **rest)
    refused(NotFound, call, **{by: cy.pk}, group_id=group_of_two.pk, **rest)
    refused(NotFound, call, **{by: ann.pk}, group_id=10**9, **rest)
    dissolve(dissolved_by=ann.pk, group_id=group_of_two.pk)
    refused(GroupClosed, call, **{by: ann.pk}, group_id=group_of_two.pk, **rest)


def test_a_manager_runs_the_group_but_not_its_staff(ann, bo, cy, group_of_two, published, refused) -> None:
    group_id = group_of_two.pk
    join_group(user_id=cy.pk, group_id=group_id)
    published.clear()
    appoint(appointed_by=ann.pk, group_id=group_id, user_id=bo.pk, manager=True)
    assert published.types == ["group.changed", "conversation.changed"]
    assert published[0].group["managers"] == [bo.pk]
    assert (published[1].user_to, published[1].membership["role"]) == (bo.pk, "manager")
    change_group(changed_by=bo.pk, group_id=group_id, title="Bo's tea")
    refused(Forbidden, remove_member, removed_by=bo.pk, group_id=group_id, user_id=bo.pk)
    refused(OwnerStays, remove_member, removed_by=bo.pk, group_id=group_id, user_id=ann.pk)
    refused(Forbidden, appoint, appointed_by=bo.pk, group_id=group_id, user_id=cy.pk, manager=True)
    refused(Forbidden, dissolve, dissolved_by=bo.pk, group_id=group_id)
    remove_member(removed_by=bo.pk, group_id=group_id, user_id=cy.pk)
    appoint(appointed_by=ann.pk, group_id=group_id, user_id=bo.pk, manager=False)
    refused(Forbidden, change_group, changed_by=bo.pk, group_id=group_id, title="Again")


def test_there_are_only_so_many_managers(ann, bo, group_of_two, settings, refused) -> None:
    settings.GROUP_MANAGERS_MOST = 0
    refused(TooManyManagers, appoint, appointed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk, manager=True)
    refused(OwnerStays, appoint, appointed_by=ann.pk, group_id=group_of_two.pk, user_id=ann.pk, manager=False)


def test_a_group_is_handed_over_to_a_member(ann, bo, cy, group_of_two, published, refused) -> None:
    refused(NotFound, transfer, transferred_by=ann.pk, group_id=group_of_two.pk, user_id=cy.pk)
    transfer(transferred_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk)
    assert (role_of(group_of_two, ann), role_of(group_of_two, bo)) == ("MANAGER", "OWNER")
    assert published.types == ["group.changed", "conversation.changed", "conversation.changed"]
    assert (published[0].group["owner"]["id"], published[0].group["managers"]) == (bo.pk, [ann.pk])
    refused(Forbidden, transfer, transferred_by=ann.pk, group_id=group_of_two.pk, user_id=ann.pk)


def test_a_second_owner_is_refused_by_the_database(group_of_two, bo) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(conversation_id=group_of_two.pk, user=bo).update(role=Member.Role.OWNER)


def test_whoever_is_removed_is_told_and_counted_out(ann, bo, group_of_two, published) -> None:
    membership = Member.objects.get(user=bo)
    published.clear()
    remove_member(removed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk)
    assert published.wires(f"user:{bo.pk}") == [
        {
            "type": "conversation.removed",
            "at": published[1].at,
            "channel": f"group:{group_of_two.pk}",
            "membership": membership.pk,
        }
    ]
    assert published[0].wire()["count"] == 1
    assert Group.objects.get(pk=group_of_two.pk).member_count == 1
    with pytest.raises(NotFound):
        group_member(user_id=bo.pk, group_id=group_of_two.pk)
    published.clear()
    remove_member(removed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk)
    assert published == []


def test_a_dissolved_group_is_gone_for_everyone(ann, bo, group_of_two, published, refused) -> None:
    published.clear()
    dissolve(dissolved_by=ann.pk, group_id=group_of_two.pk)
    assert published.types == ["group.changed", "conversation.removed", "conversation.removed"]
    assert published[0].group["closed_at"] is not None
    for who in (ann, bo):
        with pytest.raises(NotFound):
            group_member(user_id=who.pk, group_id=group_of_two.pk)
    refused(GroupClosed, leave_group, user_id=bo.pk, group_id=group_of_two.pk)
