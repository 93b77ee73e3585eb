from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chat.conversations.models import Conversation
from chat.conversations.services import lock_conversations
from chat.messages import rooms
from chat.messages.authors import Author, author_of
from chat.messages.cards import MessageCard, RoomRole
from chat.messages.events import MessageSent
from chat.messages.models import Message
from chat.messages.pace import Pace
from chat.messages.selectors import message_dict
from chat.messages.text import cleaned
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, NotFound, TooFast
from project.kernel.group_commit import GroupCommit
from project.realtime.outbox import publish_on_commit

BURST = 5
BURST_SECS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that was let in and waits for its place. `text` is clean, `role` what the author is in this room."""

    channel: str
    conversation_id: int
    author: Author
    role: RoomRole | None
    text: str
    key: str

    @property
    def identity(self) -> tuple[int, int, str]:
        return (self.author.id, self.conversation_id, self.key)


def commit_messages(drafts: Sequence[Draft]) -> list[MessageCard | DomainError]:
    """Give each draft its place, in the order given; a key that was used before gets the message it got then.

    Runs in a transaction. The keys are looked up under the conversations' locks: nobody else can add one meanwhile.
    """
    conversations = lock_conversations(ids=[draft.conversation_id for draft in drafts])
    placed = _known(drafts)
    added: dict[tuple[int, int, str], Draft] = {}
    sent_at = database_now()
    for draft in drafts:
        if draft.identity in placed or draft.conversation_id not in conversations:
            continue
        conversation = conversations[draft.conversation_id]
        conversation.last_seq += 1
        placed[draft.identity] = Message(
            conversation=conversation,
            seq=conversation.last_seq,
            author_id=draft.author.id,
            text=draft.text,
            key=draft.key,
            sent_at=sent_at,
        )
        added[draft.identity] = draft
    if added:
        Message.objects.bulk_create([placed[identity] for identity in added])
        touched = {draft.conversation_id for draft in added.values()}
        Conversation.objects.bulk_update([conversations[pk] for pk in sorted(touched)], ["last_seq"])
        publish_on_commit(
            *(
                MessageSent(message=_shown(placed[identity], draft), channel_to=draft.channel)
                for identity, draft in added.items()
            )
        )
    return [_shown(placed[draft.identity], draft) if draft.identity in placed else NotFound() for draft in drafts]


def _known(drafts: Sequence[Draft]) -> dict[tuple[int, int, str], Message]:
    found = Message.objects.filter(
        author_id__in={draft.author.id for draft in drafts},
        conversation_id__in={draft.conversation_id for draft in drafts},
        key__in={draft.key for draft in drafts},
    )
    return {(message.author_id, message.conversation_id, message.key): message for message in found}


def _shown(message: Message, draft: Draft) -> MessageCard:
    return message_dict(message, draft.author, role=draft.role)


_queue: GroupCommit[Draft, MessageCard] = GroupCommit(commit_messages)
_pace = Pace(burst=BURST, secs=BURST_SECS)


async def send(*, channel: str, author_id: int, text: str, key: str) -> MessageCard:
    """Say `text` in `channel`; answers the message once it is committed. The same key again: the same message.

    Raises TextEmpty, TextTooLong, NotFound, TooFast, Busy, and what the room refuses with (`show_ended`, …).
    """
    text = cleaned(text)
    room = await rooms.room_of(channel)
    if room.refusal:
        raise room.refusal
    if not _pace.allows(author_id):
        raise TooFast
    author = await author_of(author_id)
    return await _queue.submit(
        Draft(
            channel=channel,
            conversation_id=room.conversation_id,
            author=author,
            role=room.roles.get(author_id),
            text=text,
            key=key,
        )
    )
