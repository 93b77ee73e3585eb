"""Opening conversations, and numbering what is said in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chat.conversations.models import Conversation


def open_conversation(*, kind: Conversation.Kind) -> Conversation:
    return Conversation.objects.create(kind=kind)


def lock_conversations(*, ids: Iterable[int]) -> dict[int, Conversation]:
    """Lock these conversations until the transaction ends, in ascending order of id; those that are gone are left out.

    Whoever holds the lock may take numbers from `last_seq` and `last_change` and save them: that leaves no gaps.
    """
    locked = Conversation.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    return {conversation.pk: conversation for conversation in locked}


def save_numbers(conversations: Sequence[Conversation]) -> None:
    """Save `last_seq` and `last_change` of locked conversations. One query."""
    Conversation.objects.bulk_update(conversations, ["last_seq", "last_change"])
