"""Direct chats: opened by either of the two; a stranger's is a request until the other one accepts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from chat.conversations.errors import DmRefused, TooManyRequests
from chat.conversations.events import ConversationAdded, DirectChanged
from chat.conversations.models import Conversation, DirectChat, Member
from chat.conversations.selectors import conversation_card, direct_between, direct_card, direct_members
from chat.conversations.services.locks import lock_direct
from chat.conversations.services.numbering import open_conversation
from community.accounts.selectors import active_cards
from community.social import services as social
from community.social.visibility import may_dm
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, NotFound
from project.realtime.outbox import publish_on_commit

A_DAY = timedelta(days=1)


def open_direct(*, opened_by: int, user_id: int) -> DirectChat:
    """The direct chat of the two, whoever opened it first. It comes into their lists with its first message.

    Raises Invalid for oneself, NotFound, DmRefused, TooManyRequests.
    """
    if opened_by == user_id:
        raise Invalid(fields={"user": ["oneself"]})
    if user_id not in active_cards([user_id]):
        raise NotFound
    door = may_dm(sender_id=opened_by, recipient_id=user_id)
    if found := direct_between(opened_by, user_id):
        if door == "open" and found.requested_by_id == opened_by:
            # Friends by now, or followed by the other one.
            return _let_in(found.pk)
        return found
    if door == "closed":
        raise DmRefused
    if door == "request":
        _refuse_many_requests(opened_by)
    try:
        with transaction.atomic():
            _create(opened_by, user_id, requested_by=opened_by if door == "request" else None)
    except IntegrityError:
        pass  # opened by both at the same moment
    direct = direct_between(opened_by, user_id)
    assert direct is not None
    return direct


def accept_direct(*, accepted_by: int, direct_id: int) -> DirectChat:
    """Let a stranger in, also one who was declined before; who is let in stays so. Raises NotFound."""
    with transaction.atomic():
        direct = _asked_for(direct_id, of=accepted_by)
        return direct if direct.requested_by_id is None else _let_in(direct_id)


def decline_direct(*, declined_by: int, direct_id: int) -> None:
    """Put a request out of one's sight, which nobody is told. Raises NotFound, also for what is no request any more."""
    with transaction.atomic():
        direct = _asked_for(direct_id, of=declined_by)
        if direct.requested_by_id is None:
            raise NotFound
        if direct.declined_at is None:
            direct.declined_at = database_now()
            _save(direct, "declined_at")
            publish_on_commit(*(_listed(one) for one in direct_members([direct_id]) if one.user_id == declined_by))


def block_direct(*, blocked_by: int, direct_id: int) -> None:
    """Decline a request, and block who sent it. Raises NotFound."""
    with transaction.atomic():
        asking = _asked_for(direct_id, of=blocked_by).requested_by_id
        if asking is None:
            raise NotFound
        decline_direct(declined_by=blocked_by, direct_id=direct_id)
        social.block(user_id=blocked_by, other_id=asking)


def list_direct(direct_ids: Collection[int], *, only: Mapping[int, int]) -> None:
    """Tell the two that these belong into their lists; `only` one of them, by the id of the chat. One query."""
    publish_on_commit(
        *(
            _listed(member)
            for member in direct_members(direct_ids)
            if only.get(member.conversation_id, member.user_id) == member.user_id
        )
    )


def _create(opened_by: int, user_id: int, *, requested_by: int | None) -> None:
    conversation = open_conversation(kind=Conversation.Kind.DM)
    low, high = sorted([opened_by, user_id])
    DirectChat.objects.create(conversation=conversation, low_id=low, high_id=high, requested_by_id=requested_by)
    now = database_now()
    Member.objects.bulk_create(Member(conversation=conversation, user_id=one, joined_at=now) for one in (low, high))


def _refuse_many_requests(user_id: int) -> None:
    since = database_now() - A_DAY
    asked = DirectChat.objects.filter(requested_by=user_id, conversation__created_at__gt=since)
    if asked.count() >= settings.DM_REQUESTS_A_DAY:
        raise TooManyRequests


def _asked_for(direct_id: int, *, of: int) -> DirectChat:
    """Locked; one that was accepted, or that the other one asks for. Raises NotFound."""
    direct = lock_direct(direct_id)
    if not direct.has(of) or direct.requested_by_id == of:
        raise NotFound
    return direct


def _let_in(direct_id: int) -> DirectChat:
    with transaction.atomic():
        direct = lock_direct(direct_id)
        direct.requested_by = direct.declined_at = None
        _save(direct, "requested_by", "declined_at")
        publish_on_commit(DirectChanged(dm=direct_card(direct)))
        if direct.conversation.last_seq:
            list_direct([direct_id], only={})
    return direct


def _save(direct: DirectChat, *fields: str) -> None:
    direct.version += 1
    direct.save(update_fields=[*fields, "version"])


def _listed(member: Member) -> ConversationAdded:
    conversation = member.conversation
    card = conversation_card(member, direct=conversation.direct, last_seq=conversation.last_seq)
    return ConversationAdded(conversation=card, user_to=member.user_id)
