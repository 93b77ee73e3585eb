from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import F

from chat.messages.cards import MessageCard, RoomRole
from chat.messages.models import Message
from community.accounts.selectors import Card, card
from project.kernel.clock import to_ms


def message_card(message: Message, author: Card, *, role: RoomRole | None) -> MessageCard:
    """A message as clients see it."""
    return {
        "id": message.pk,
        "seq": message.seq,
        "author": {**author, "role": role},
        "text": message.text,
        "key": message.key,
        "at": to_ms(message.sent_at),
    }


def latest_of(conversation_ids: Collection[int], limit: int) -> dict[int, list[MessageCard]]:
    """The last `limit` messages of each conversation, newest last. One query."""
    found: dict[int, list[MessageCard]] = {conversation_id: [] for conversation_id in conversation_ids}
    # Numbers have no gaps: the last ones are known by their numbers.
    last = Message.objects.filter(conversation_id__in=found, seq__gt=F("conversation__last_seq") - limit)
    for message in last.select_related("author").order_by("conversation", "seq"):
        found[message.conversation_id].append(message_card(message, card(message.author), role=None))
    return found


def last_of(conversation_ids: Collection[int]) -> dict[int, MessageCard]:
    """The last message by conversation; those where nobody has said anything are missing. One query."""
    found = Message.objects.filter(conversation_id__in=conversation_ids, seq=F("conversation__last_seq"))
    return {
        message.conversation_id: message_card(message, card(message.author), role=None)
        for message in found.select_related("author")
    }


def latest(conversation_id: int, limit: int, *, roles: Mapping[int, RoomRole] | None = None) -> list[MessageCard]:
    """The last `limit` messages, newest last. `roles`: who is what in this room, by user id. One query."""
    found = Message.objects.filter(conversation_id=conversation_id).select_related("author").order_by("-seq")[:limit]
    known = roles or {}
    return [
        message_card(message, card(message.author), role=known.get(message.author_id)) for message in reversed(found)
    ]
