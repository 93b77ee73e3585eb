from __future__ import annotations

from collections.abc import Mapping

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


def latest(conversation_id: int, limit: int, *, roles: Mapping[int, RoomRole] | None = None) -> list[MessageCard]:
    """The last `limit` messages, newest last. `roles`: who is what in this room, by user id. One query."""
    found = Message.objects.filter(conversation_id=conversation_id).select_related("author").order_by("-seq")[:limit]
    known = roles or {}
    return [
        message_card(message, card(message.author), role=known.get(message.author_id)) for message in reversed(found)
    ]
