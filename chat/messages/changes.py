"""What becomes of a message after it was sent: edited, recalled, reacted to, pinned.

Each change is made under the conversation's lock, like sending, so that all of them have one order; each states the
whole message, with its next `version` and the conversation's next `change`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from chat.conversations.models import Conversation
from chat.conversations.services import lock_conversations, save_numbers
from chat.messages import guards, rooms
from chat.messages import mentions as calls
from chat.messages.cards import Emoji, Mention, MessageCard, RoomRole
from chat.messages.errors import MentionAllRefused, MessageGone, PinsFull, TooLate
from chat.messages.events import (
    MessageEdited,
    MessageEvent,
    MessagePinned,
    MessageReacted,
    MessageRecalled,
    MessageUnpinned,
)
from chat.messages.guards import Review, Saying
from chat.messages.mentions import Calling
from chat.messages.models import Message, Reaction, Wording
from chat.messages.rooms import Post, Room, Standing
from chat.messages.selectors import card_of, with_people
from community.accounts.selectors import active_cards
from community.moderation.errors import Banned
from community.moderation.selectors.standing import keeps_out
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, Forbidden, NotFound
from project.realtime.outbox import publish_on_commit

MOST_PINS = 20
RUNS_A_ROOM: tuple[RoomRole, ...] = ("host", "moderator")


class _Desk(NamedTuple):
    """A message under its conversation's lock, and what the caller is there."""

    channel: str
    room: Room
    conversation: Conversation
    message: Message
    standing: Standing
    user_id: int

    @property
    def runs_it(self) -> bool:
        return self.standing.member_role in ("owner", "manager") or self.room.roles.get(self.user_id) in RUNS_A_ROOM

    @property
    def may_pin(self) -> bool:
        return self.runs_it or self.conversation.kind == Conversation.Kind.DM


def edit_message(*, channel: str, user_id: int, seq: int, text: str, mentions: Sequence[Mention] = ()) -> MessageCard:
    """Word one's own message anew; the words before are kept. The same words and mentions change nothing. What is
    worded anew in the shadow goes there.

    Raises TextEmpty, TextTooLong, MentionMisplaced, MentionAllRefused, NotFound, Forbidden,
    MessageGone, TooLate, and what the room or a guard refuses with.
    """
    text, wanted = rooms.load_room(channel).cleaned(text, mentions)
    answer = _edit(channel, user_id, seq, text, wanted)
    if isinstance(answer, DomainError):
        raise answer
    return answer


@transaction.atomic
def _edit(channel: str, user_id: int, seq: int, text: str, wanted: Sequence[Mention]) -> MessageCard | DomainError:
    """A guard's refusal is answered: what the guard wrote is kept."""
    desk = _desk(channel, user_id, seq)
    message = desk.message
    if message.author_id != user_id or "line" in message.attached:
        raise Forbidden
    _in_time(message, settings.MESSAGE_EDIT_SECS)
    before, kept = message.mentions, _reached(desk, wanted)
    if (message.text, before) == (text, kept):
        return _card(desk)
    at = database_now()
    saying = Saying(channel, desk.conversation.pk, user_id, desk.runs_it, text, message.key, at, edits=message.seq)
    review = Review({message.pk: saying})
    if refusal := review.refused.get(message.pk):
        return refusal
    review.placed({message.pk: message.pk})
    was_seen = message.hidden_at is None
    if was_seen and review.shadows(message.pk):
        message.hidden_at, message.hidden_as = at, Message.Hidden.SHADOW
    Wording.objects.create(message=message, text=message.text, until=at)
    message.text, message.edited_at, message.mentions = text, at, kept
    card = _changed(desk, ["text", "edited_at", "mentions", "hidden_at", "hidden_as"], MessageEdited)
    if desk.room.keeper:
        publish_on_commit(*calls.changed(message, before, was_seen=was_seen, channel=channel))
    return card


def recall_message(*, channel: str, user_id: int, seq: int) -> MessageCard:
    """Take one's own message back while it is new, or anybody's as whoever runs the conversation. Again: no change.

    Raises NotFound, Forbidden, TooLate, and what the room refuses with.
    """
    with transaction.atomic():
        desk = _desk(channel, user_id, seq, gone=True)
        message = desk.message
        if message.recalled_at is None:
            if "line" in message.attached:
                raise Forbidden
            if not desk.runs_it:
                if message.author_id != user_id:
                    raise Forbidden
                _in_time(message, settings.MESSAGE_RECALL_SECS)
            message.recalled_at, message.recalled_by_id, message.pinned_at = database_now(), user_id, None
            return _changed(desk, ["recalled_at", "recalled_by", "pinned_at"], MessageRecalled)
        return _card(desk)


def react(*, channel: str, user_id: int, seq: int, emoji: Emoji, added: bool) -> MessageCard:
    """React with an emoji, or no longer. Again: no change. Who is in the shadow changes nothing.

    Raises NotFound, MessageGone, what the room refuses with and, of who would add one, what a guard refuses with.
    """
    with transaction.atomic():
        desk = _desk(channel, user_id, seq)
        message = desk.message
        if added and not guards.admit(channel, user_id):
            return _card(desk)
        if added:
            _, changed = Reaction.objects.get_or_create(message=message, user_id=user_id, emoji=emoji)
        else:
            count, _ = Reaction.objects.filter(message=message, user_id=user_id, emoji=emoji).delete()
            changed = count > 0
        if not changed:
            return _card(desk)
        count = message.reactions.get(emoji, 0) + (1 if added else -1)
        rest = {known: number for known, number in message.reactions.items() if known != emoji}
        message.reactions = {**message.reactions, emoji: count} if count else rest

        def event(message: MessageCard, channel_to: str) -> MessageEvent:
            return MessageReacted(message=message, channel_to=channel_to, by=user_id, emoji=emoji, added=added)

        return _changed(desk, ["reactions"], event)


def pin_message(*, channel: str, user_id: int, seq: int, pinned: bool) -> MessageCard:
    """Keep a message above the conversation, or no longer: in a group by those who run it. Again: no change. Who is in
    the shadow changes nothing.

    Raises NotFound, Forbidden, MessageGone, PinsFull, and what the room or a guard refuses with.
    """
    with transaction.atomic():
        desk = _desk(channel, user_id, seq)
        message = desk.message
        if not desk.may_pin:
            raise Forbidden
        if not guards.admit(channel, user_id) or (message.pinned_at is not None) == pinned:
            return _card(desk)
        if pinned:
            others = Message.objects.filter(conversation=desk.conversation, pinned_at__isnull=False)
            if others.count() >= MOST_PINS:
                raise PinsFull(detail={"most": MOST_PINS})
        message.pinned_at = database_now() if pinned else None
        message.pinned_by_id = user_id if pinned else None
        return _changed(desk, ["pinned_at", "pinned_by"], MessagePinned if pinned else MessageUnpinned)


def _desk(channel: str, user_id: int, seq: int, *, gone: bool = False) -> _Desk:
    """Raises NotFound, MessageGone (unless those that are `gone` will do too), Banned, and what the room refuses
    with.
    """
    room = rooms.load_room(channel)
    conversation = lock_conversations(ids=[room.conversation_id]).get(room.conversation_id)
    if conversation is None or seq > conversation.last_seq:
        raise NotFound
    if room.refusal:
        raise room.refusal
    post = Post(user_id, room.conversation_id)
    standing = room.keeper.admit([post]).get(post, Standing(refusal=NotFound)) if room.keeper else Standing()
    if standing.refusal:
        raise standing.refusal
    if keeps_out(user_id, channel):
        raise Banned
    if seq <= standing.since:
        raise NotFound
    message = with_people(Message.objects.filter(conversation=conversation, seq=seq)).first()
    if message is None:
        raise NotFound
    if (message.recalled_at and not gone) or message.is_hidden_from(user_id):
        raise MessageGone
    return _Desk(channel, room, conversation, message, standing, user_id)


def _reached(desk: _Desk, mentions: Sequence[Mention]) -> list[Mention]:
    """Those that reach somebody. Raises MentionAllRefused."""
    if calls.calls_everybody(mentions) and not (
        desk.standing.mentions_all or calls.calls_everybody(desk.message.mentions)
    ):
        raise MentionAllRefused
    calling = Calling(Post(desk.user_id, desk.conversation.pk), desk.room.keeper, mentions)
    return calls.reach_of([calling], active=active_cards(calls.people_in(mentions))).kept(calling)


def _in_time(message: Message, within_secs: int) -> None:
    if database_now() > message.sent_at + timedelta(seconds=within_secs):
        raise TooLate(detail={"within_secs": within_secs})


def _changed(desk: _Desk, fields: list[str], event: Callable[..., MessageEvent]) -> MessageCard:
    """Write what was changed with the next numbers, and announce it."""
    desk.conversation.last_change += 1
    desk.message.version += 1
    desk.message.change = desk.conversation.last_change
    desk.message.save(update_fields=[*fields, "version", "change"])
    save_numbers([desk.conversation])
    publish_on_commit(event(message=card_of(desk.message, roles=desk.room.roles), channel_to=desk.channel))
    return _card(desk)


def _card(desk: _Desk) -> MessageCard:
    return card_of(desk.message, roles=desk.room.roles, reader_id=desk.user_id)
