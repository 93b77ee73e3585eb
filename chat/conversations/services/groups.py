"""A group from its founding to its end: what its owner and its managers decide."""

from __future__ import annotations

from functools import partial
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import F

from chat.conversations import lines, pictures
from chat.conversations.errors import OwnerStays, TooManyGroups, TooManyManagers
from chat.conversations.events import ConversationAdded, ConversationChanged, ConversationRemoved, GroupChanged
from chat.conversations.models import ANNOUNCEMENT_LENGTH, QUESTION_LENGTH, Conversation, Group, Member
from chat.conversations.selectors import conversation_card, group_card, group_channel, membership_card
from chat.conversations.services.locks import lock_group
from chat.conversations.services.membership import is_heard, staff_member, take_out
from chat.conversations.services.numbering import open_conversation
from chat.conversations.text import clean_paragraphs, clean_title
from community.moderation.models.sanctions import SITE
from community.moderation.services.guarding import ruling_by_sanctions
from project.kernel.clock import database_now, now
from project.kernel.errors import Forbidden, Invalid, NotFound
from project.realtime.outbox import publish_on_commit

# Members of a smaller group are each told that it was dissolved; those of a larger one see it in the group.
MOST_TOLD = 500


def create_group(
    *,
    founder_id: int,
    title: str,
    join_policy: str = Group.JoinPolicy.OPEN,
    question: str = "",
    picture: IO[bytes] | None = None,
    picture_size: int = 0,
) -> Group:
    """A group whose founder is its owner and only member. `picture_size` in bytes. Whoever is in the shadow founds
    it all the same: it is in no list but theirs.

    Raises Invalid, TooManyGroups and, of whom nobody is to hear anywhere, Muted and Banned.
    """
    if refusal := ruling_by_sanctions(founder_id, SITE, now()).refusal:
        raise refusal
    title, question = clean_title(title), _clean_question(question, join_policy)
    kept = pictures.reencoded(picture, size=picture_size) if picture else None
    if Member.objects.filter(user_id=founder_id, role=Member.Role.OWNER).count() >= settings.GROUPS_OWNED_MOST:
        raise TooManyGroups
    with transaction.atomic():
        group = Group.objects.create(
            conversation=open_conversation(kind=Conversation.Kind.GROUP),
            title=title,
            picture=kept or "",
            join_policy=join_policy,
            question=question,
            capacity=settings.GROUP_CAPACITY,
            member_count=1,
        )
        owner = Member.objects.create(
            conversation_id=group.pk, user_id=founder_id, role=Member.Role.OWNER, joined_at=database_now()
        )
        publish_on_commit(
            ConversationAdded(conversation=conversation_card(owner, group=group, last_seq=0), user_to=founder_id)
        )
    return group


def change_group(
    *,
    changed_by: int,
    group_id: int,
    title: str | None = None,
    join_policy: str | None = None,
    question: str | None = None,
    mention_all: str | None = None,
    history: str | None = None,
    capacity: int | None = None,
    picture: IO[bytes] | None = None,
    picture_size: int = 0,
    remove_picture: bool = False,
) -> Group:
    """Change what is given; for the owner and managers. Where that is something to read or look at (title, question,
    picture), who is in the shadow changes nothing.

    Raises NotFound, Forbidden, GroupClosed, Invalid and, of whom nobody is to hear, Muted and Banned.
    """
    clean = None if title is None else clean_title(title)
    kept = pictures.reencoded(picture, size=picture_size) if picture else None
    with transaction.atomic():
        group = lock_group(group_id)
        staff_member(group, changed_by)
        before = group.title, group.question
        if clean is not None:
            group.title = clean
        group.join_policy = join_policy or group.join_policy
        group.question = _clean_question(group.question if question is None else question, group.join_policy)
        renamed = group.title != before[0]
        if (kept or remove_picture or (group.title, group.question) != before) and not is_heard(group, changed_by):
            return Group.objects.get(pk=group_id)
        group.mention_all = mention_all or group.mention_all
        group.history = history or group.history
        if capacity is not None:
            group.capacity = _checked_capacity(capacity, group)
        if kept or remove_picture:
            if old := group.picture.name:
                transaction.on_commit(partial(group.picture.storage.delete, old), robust=True)
            group.picture = kept or ""
        _save(group, "title", "join_policy", "question", "mention_all", "history", "capacity", "picture")
        publish_on_commit(GroupChanged(group=group_card(group)))
        if renamed:
            lines.say(group, "renamed", by=changed_by, title=group.title)
    return group


def announce(*, announced_by: int, group_id: int, text: str) -> Group:
    """Put up an announcement, or take it down with an empty one; for the owner and managers. Who is in the shadow
    changes nothing.

    Raises NotFound, Forbidden, GroupClosed, Invalid with the field `text` and, of whom nobody is to hear, Muted and
    Banned.
    """
    clean = clean_paragraphs(text, field="text", most=ANNOUNCEMENT_LENGTH)
    with transaction.atomic():
        group = lock_group(group_id)
        author = staff_member(group, announced_by)
        if not is_heard(group, announced_by):
            return group
        group.announcement = clean
        group.announced_by = author.user
        group.announced_at = database_now()
        _save(group, "announcement", "announced_by", "announced_at")
        publish_on_commit(GroupChanged(group=group_card(group)))
        if clean:
            lines.say(group, "announced", by=announced_by)
    return group


def appoint(*, appointed_by: int, group_id: int, user_id: int, manager: bool) -> Member:
    """Make a member a manager, or a manager a member again; for the owner.

    Raises NotFound, Forbidden, GroupClosed, OwnerStays (of oneself), TooManyManagers.
    """
    role = Member.Role.MANAGER if manager else Member.Role.MEMBER
    with transaction.atomic():
        group = lock_group(group_id)
        staff_member(group, appointed_by, at_least=Member.Role.OWNER)
        member = _member(group, user_id)
        if member.role == Member.Role.OWNER:
            raise OwnerStays
        if member.role == role:
            return member
        managers = Member.objects.filter(conversation_id=group_id, role=Member.Role.MANAGER)
        if manager and managers.count() >= settings.GROUP_MANAGERS_MOST:
            raise TooManyManagers
        _set_role(member, role)
        _save(group)
        publish_on_commit(GroupChanged(group=group_card(group)), _own_state(group, member))
        lines.say(group, "appointed" if manager else "dismissed", by=appointed_by, people=(user_id,))
    return member


def transfer(*, transferred_by: int, group_id: int, user_id: int) -> Group:
    """Hand the group over to another member; who owned it is a manager from then on.

    Raises NotFound, Forbidden, GroupClosed.
    """
    with transaction.atomic():
        group = lock_group(group_id)
        owner = staff_member(group, transferred_by, at_least=Member.Role.OWNER)
        heir = _member(group, user_id)
        if heir.pk == owner.pk:
            return group
        # Locked in the order in which others lock them who read.
        list(Member.objects.select_for_update().filter(pk__in=[owner.pk, heir.pk]).order_by("pk"))
        # One owner at any time: the constraint is checked with each row.
        _set_role(owner, Member.Role.MANAGER)
        _set_role(heir, Member.Role.OWNER)
        _save(group)
        publish_on_commit(GroupChanged(group=group_card(group)), _own_state(group, owner), _own_state(group, heir))
        lines.say(group, "transferred", by=transferred_by, people=(user_id,))
    return group


def remove_member(*, removed_by: int, group_id: int, user_id: int) -> None:
    """Take somebody out: a member for a manager, a manager for the owner. Who is not in it is left out of it.

    Raises NotFound, Forbidden, GroupClosed, OwnerStays.
    """
    with transaction.atomic():
        group = lock_group(group_id)
        staff = staff_member(group, removed_by)
        member = Member.objects.filter(conversation_id=group_id, user_id=user_id).first()
        if member is None:
            return
        if member.role == Member.Role.OWNER:
            raise OwnerStays
        if staff.role >= member.role:
            raise Forbidden
        take_out(group=group, member=member)
        lines.say(group, "removed", by=removed_by, people=(user_id,))


def dissolve(*, dissolved_by: int, group_id: int) -> None:
    """End the group for good; for the owner. Its messages stay, unseen. Raises NotFound, Forbidden, GroupClosed."""
    with transaction.atomic():
        group = lock_group(group_id)
        staff_member(group, dissolved_by, at_least=Member.Role.OWNER)
        group.closed_at = database_now()
        _save(group, "closed_at")
        told = Member.objects.filter(conversation_id=group_id) if group.member_count <= MOST_TOLD else []
        channel = group_channel(group_id)
        publish_on_commit(
            GroupChanged(group=group_card(group)),
            *(ConversationRemoved(channel=channel, membership=one.pk, user_to=one.user_id) for one in told),
        )


def _save(group: Group, *fields: str) -> None:
    group.version += 1
    group.save(update_fields=[*fields, "version"])


def _member(group: Group, user_id: int) -> Member:
    """Raises NotFound."""
    member = Member.objects.filter(conversation_id=group.pk, user_id=user_id).first()
    if member is None:
        raise NotFound
    return member


def _set_role(member: Member, role: Member.Role) -> None:
    Member.objects.filter(pk=member.pk).update(role=role, version=F("version") + 1)
    # The rest of the row may have changed meanwhile: it is written without the conversation's lock.
    member.refresh_from_db()


def _own_state(group: Group, member: Member) -> ConversationChanged:
    return ConversationChanged(
        channel=group_channel(group.pk), membership=membership_card(member), user_to=member.user_id
    )


def _checked_capacity(capacity: int, group: Group) -> int:
    if capacity > settings.GROUP_CAPACITY_MOST:
        raise Invalid(fields={"capacity": ["max_value"]}, detail={"max_value": settings.GROUP_CAPACITY_MOST})
    if capacity < group.member_count:
        raise Invalid(fields={"capacity": ["below_member_count"]})
    return capacity


def _clean_question(raw: str, join_policy: str) -> str:
    question = clean_paragraphs(raw, field="question", most=QUESTION_LENGTH)
    if join_policy == Group.JoinPolicy.QUESTION and not question:
        raise Invalid(fields={"question": ["required"]})
    return question
