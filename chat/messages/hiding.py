"""What moderators do to messages: out of sight, and back. Who may do it is decided before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from chat.conversations.models import Conversation
from chat.conversations.services import lock_conversations, save_numbers
from chat.messages import rooms
from chat.messages.cards import RoomRole
from chat.messages.errors import TextEmpty
from chat.messages.events import MessageEvent, MessageHidden, MessageKept, MessageRestored
from chat.messages.models import Message
from chat.messages.selectors import card_of, with_people
from chat.messages.services import Draft, commit_messages
from project.kernel.clock import database_now
from project.kernel.errors import DomainError
from project.realtime.outbox import publish_on_commit

# Earlier messages that go with a sanction: one event each.
MOST_EARLIER = 200


def lock_conversation_of(message_id: int) -> Conversation | None:
    """Lock the conversation that a message stands in; None where there is no such message."""
    found = Message.objects.filter(pk=message_id).values_list("conversation_id", flat=True).first()
    return None if found is None else lock_conversations(ids=[found]).get(found)


@transaction.atomic
def hide_message(*, channel: str, message_id: int, why: Message.Hidden) -> bool:
    """Put a message out of sight; false where it was, or was taken back, or is gone."""
    return bool(_hide(channel, Message.objects.filter(pk=message_id), why))


@transaction.atomic
def hide_earlier(
    *, channel: str, author_id: int, since: datetime, why: Message.Hidden = Message.Hidden.SANCTION
) -> list[int]:
    """Put what somebody has said in a channel since then out of sight, the last messages first; answers their ids.

    Raises NotFound for a channel that has no conversation.
    """
    conversation_id = rooms.load_room(channel).conversation_id
    theirs = Message.objects.filter(conversation_id=conversation_id, author_id=author_id, sent_at__gte=since)
    return _hide(channel, theirs, why)


@transaction.atomic
def hide_again(*, channel: str, message_ids: Collection[int]) -> list[int]:
    """The same with messages that a sanction has hidden before; answers the ids of those that were in sight."""
    return _hide(channel, Message.objects.filter(pk__in=message_ids), Message.Hidden.SANCTION)


@transaction.atomic
def restore_messages(*, channel: str, message_ids: Collection[int], hidden_as: Collection[str]) -> list[int]:
    """Bring messages back that were hidden for one of these reasons, what was in the shadow into that; answers their
    ids."""
    reasons = [*hidden_as, Message.Hidden.UNSEEN]
    hidden = Message.objects.filter(pk__in=message_ids, hidden_at__isnull=False, hidden_as__in=reasons)
    return _change(channel, hidden, None, "", MessageRestored)


def place_approved(draft: Draft) -> int:
    """Give a saying that was held back, and approved, its place; answers the id of the message.

    In a transaction. Raises TextEmpty, AttachmentUnknown (another message has it by now), MentionAllRefused, and what
    the room or the author's standing refuses with.
    """
    if not draft.text and draft.attaching is None:
        raise TextEmpty
    room = rooms.load_room(draft.channel)
    if room.refusal:
        raise room.refusal
    role = room.roles.get(draft.author_id)
    [message] = commit_messages([draft._replace(role=role, keeper=room.keeper, approved=True)])
    if isinstance(message, DomainError):
        raise message
    return message["id"]


def _hide(channel: str, messages: QuerySet[Message], why: Message.Hidden) -> list[int]:
    in_sight = Q(hidden_at=None)
    if why != Message.Hidden.VERDICT:
        in_sight |= Q(hidden_as=Message.Hidden.SHADOW)
    shown = messages.filter(in_sight, recalled_at=None).order_by("-seq")
    return _change(channel, shown, database_now(), why, MessageHidden)


def _change(
    channel: str, messages: QuerySet[Message], at: datetime | None, why: str, event: type[MessageEvent]
) -> list[int]:
    """Under the conversation's lock, each with its next `version` and `change`. A number of queries, however many."""
    conversation_ids = set(messages.values_list("conversation_id", flat=True)[:MOST_EARLIER])
    conversations = lock_conversations(ids=conversation_ids)
    changed = list(with_people(messages)[:MOST_EARLIER])
    if not changed:
        return []
    roles: Mapping[int, RoomRole] = rooms.load_room(channel).roles
    for message in reversed(changed):
        conversation = conversations[message.conversation_id]
        conversation.last_change += 1
        message.change = conversation.last_change
        message.version += 1
        if message.hidden_as == Message.Hidden.SHADOW:
            message.hidden_as = Message.Hidden.UNSEEN
        elif message.hidden_as == Message.Hidden.UNSEEN:
            message.hidden_as = Message.Hidden.SHADOW
        else:
            message.hidden_at, message.hidden_as = at, why
    Message.objects.bulk_update(changed, ["hidden_at", "hidden_as", "version", "change"])
    save_numbers(list(conversations.values()))
    # First, what its author goes on seeing: told of one version, that counts.
    publish_on_commit(
        *(
            MessageKept(
                channel=channel,
                message=card_of(message, roles=roles, reader_id=message.author_id),
                user_to=message.author_id,
            )
            for message in reversed(changed)
            if message.hidden_as == Message.Hidden.VERDICT
        ),
        *(event(message=card_of(message, roles=roles), channel_to=channel) for message in reversed(changed)),
    )
    return [message.pk for message in changed]
