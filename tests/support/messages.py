"""What becomes of a message by its number: a moderator hides it, its link is looked at."""

from __future__ import annotations

from chat.links.fetching import Page
from chat.links.services import look_at, note_links, show_links, take_links
from chat.messages.models import Message
from community.accounts.models import User
from community.moderation.services.hiding import set_hidden


def hide(conversation_id: int, seq: int, *, by: User, hidden: bool) -> None:
    """Out of sight, or back."""
    message = Message.objects.get(conversation=conversation_id, seq=seq)
    set_hidden(by=by.pk, target=f"message:{message.pk}", hidden=hidden)


def preview(conversation_id: int, seq: int) -> None:
    """What the link of the message leads to is found, and shown beside it; it needs `LINK_PREVIEWS`."""
    note_links(Message.objects.filter(conversation=conversation_id, seq=seq))
    for link_id in take_links():
        look_at(link_id, fetch=lambda url: Page(b"<title>Tea</title>", "utf-8"))
    show_links()
