"""Writes what groups say by themselves."""

from __future__ import annotations

from chat.channels.news import tell
from chat.conversations.lines import Line
from chat.conversations.models import Group
from chat.conversations.selectors import group_channel
from chat.conversations.services import move_cursors, save_numbers
from chat.messages.cards import LineCard
from chat.messages.events import MessageSent
from chat.messages.models import Message, NewMessage
from chat.messages.selectors import message_card
from community.accounts.selectors import active_cards
from project.kernel.clock import database_now
from project.kernel.rows import insert
from project.realtime.outbox import publish_on_commit


def write_line(group: Group, line: Line) -> None:
    """A line in a locked group, as the next message of who caused it; nobody says it for an account that was closed."""
    people = active_cards({line.by, *line.people})
    if line.by not in people:
        return
    conversation = group.conversation
    conversation.last_seq += 1
    conversation.last_change += 1
    said: LineCard = {
        "what": line.what,
        "people": [people[id] for id in line.people if id in people],
        "title": line.title,
    }
    message = NewMessage(
        conversation_id=conversation.pk,
        seq=conversation.last_seq,
        author_id=line.by,
        text="",
        # No client's key has a space.
        key=f"line {conversation.last_seq}",
        sent_at=database_now(),
        change=conversation.last_change,
        attached={"line": said},
    )
    insert(Message, [message])
    save_numbers([conversation])
    move_cursors({(line.by, conversation.pk): message.seq})
    channel = group_channel(group.pk)
    card = message_card(message, people[line.by], role=None)
    publish_on_commit(MessageSent(message=card, channel_to=channel))
    tell([channel])
