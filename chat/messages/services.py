from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from chat.conversations.models import Conversation
from chat.conversations.services import lock_conversations, save_numbers
from chat.messages import guards, mentions, rooms
from chat.messages.attachments import Attaching, Attachments
from chat.messages.cards import Mention, MessageCard, RoomRole
from chat.messages.errors import AttachmentsRefused, AttachmentUnknown, MentionAllRefused
from chat.messages.events import MessageSent, PeopleMentioned
from chat.messages.guards import Review, Saying
from chat.messages.mentions import Calling
from chat.messages.models import Message, NewMessage
from chat.messages.pace import Pace
from chat.messages.rooms import Keeper, Post, Standing
from chat.messages.selectors import message_card, quote_of
from community.accounts.selectors import Card, active_cards
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, LoginRequired, NotFound, TooFast
from project.kernel.group_commit import GroupCommit
from project.kernel.rows import insert, matching
from project.realtime.outbox import publish_on_commit

BURST = 5
BURST_SECS = 3.0


class Identity(NamedTuple):
    """What makes two sends the same message."""

    author_id: int
    conversation_id: int
    key: str


class Draft(NamedTuple):
    """A message that was let in and waits for its place. `text` is clean, `role` what the author is in this room."""

    channel: str
    conversation_id: int
    author_id: int
    role: RoomRole | None
    text: str
    key: str
    keeper: Keeper | None = None
    # The number of the message that it replies to.
    reply_to: int | None = None
    # A person has looked at it: no guard is asked.
    approved: bool = False
    mentions: tuple[Mention, ...] = ()
    attaching: Attaching | None = None

    @property
    def post(self) -> Post:
        return Post(self.author_id, self.conversation_id)

    @property
    def calling(self) -> Calling:
        return Calling(self.post, self.keeper, self.mentions)

    def saying(self, standings: Mapping[Post, Standing], *, at: datetime) -> Saying:
        standing = standings.get(self.post) if self.keeper else None
        runs_it = self.role is not None or (standing is not None and standing.member_role in ("owner", "manager"))
        return Saying(
            self.channel,
            self.conversation_id,
            self.author_id,
            runs_it,
            self.text,
            self.key,
            at,
            self.reply_to,
            mentions=tuple((one["user"], one["start"], one["length"]) for one in self.mentions),
            attaching=self.attaching,
        )


def commit_messages(drafts: Sequence[Draft]) -> list[MessageCard | DomainError]:
    """Give each draft its place, in the order given; a key that was used before gets the message it got then.

    Runs in a transaction. The keys are looked up under the conversations' locks: nobody else can add one meanwhile.
    A number of queries that does not depend on how many drafts there are. What may be said otherwise is shown to the
    guards first.
    """
    named = [(Identity(draft.author_id, draft.conversation_id, draft.key), draft) for draft in drafts]
    mentioned = {person for draft in drafts if draft.mentions for person in mentions.people_in(draft.mentions)}
    authors = active_cards({draft.author_id for draft in drafts} | mentioned)
    conversations = lock_conversations(ids={draft.conversation_id for draft in drafts})
    standings = _standings(drafts)
    placed: dict[Identity, Message | NewMessage] = {**_known({identity for identity, _ in named})}
    quoted = _quoted(drafts, placed)
    reach = mentions.reach_of([draft.calling for draft in drafts if draft.mentions], active=authors)
    attachments = Attachments({draft.attaching for draft in drafts if draft.attaching})
    refused: dict[Identity, DomainError] = {}
    sent_at = database_now()
    added: dict[Identity, Draft] = {}
    rows: list[NewMessage] = []
    originals = {message.pk: message for message in quoted.values()}
    # Of several drafts that are the same message, the first that may be: what was looked at is what is said.
    candidates: dict[Identity, tuple[Draft, Saying]] = {}
    for identity, draft in named:
        conversation = conversations.get(draft.conversation_id)
        if identity in placed or identity in candidates or conversation is None or draft.author_id not in authors:
            continue
        if refusal := _refusal(draft, standings):
            refused[identity] = refusal
        elif draft.reply_to is not None and (draft.conversation_id, draft.reply_to) not in quoted:
            refused[identity] = NotFound()
        else:
            candidates[identity] = draft, draft.saying(standings, at=sent_at)
    review = Review({one: saying for one, (draft, saying) in candidates.items() if not draft.approved})
    for identity, (draft, _) in candidates.items():
        conversation = conversations[identity.conversation_id]
        if refusal := review.refused.get(identity) or _beyond(draft, standings, conversation):
            refused[identity] = refusal
            continue
        attached = attachments.find(draft.attaching) if draft.attaching else {}
        if attached is None:
            refused[identity] = AttachmentUnknown()
            continue
        original = None if draft.reply_to is None else quoted[draft.conversation_id, draft.reply_to]
        shadowed = not draft.approved and review.shadows(identity)
        conversation.last_seq += 1
        conversation.last_change += 1
        placed[identity] = written = NewMessage(
            conversation_id=draft.conversation_id,
            seq=conversation.last_seq,
            author_id=draft.author_id,
            text=draft.text,
            key=draft.key,
            sent_at=sent_at,
            change=conversation.last_change,
            reply_to_id=original.pk if original else None,
            mentions=reach.kept(draft.calling) if draft.mentions else [],
            attached=attached,
            hidden_at=sent_at if shadowed else None,
            hidden_as=Message.Hidden.SHADOW if shadowed else "",
        )
        if draft.attaching:
            attachments.take(draft.attaching, conversation_id=written.conversation_id, seq=written.seq)
        rows.append(written)
        added[identity] = draft
    if added:
        insert(Message, rows)
        save_numbers([conversations[pk] for pk in sorted({identity.conversation_id for identity in added})])
        _tell_keepers(added, placed)
        attachments.save()
        mentions.index(placed[identity] for identity, draft in added.items() if draft.keeper)
        review.placed({one: placed[one].pk for one, draft in added.items() if not draft.approved})
    cards = {
        identity: _card(placed[identity], authors[draft.author_id], draft.role, originals, reader_id=draft.author_id)
        for identity, draft in named
        if identity in placed and draft.author_id in authors
    }
    shown = {
        identity: _card(placed[identity], authors[draft.author_id], draft.role, originals)
        if placed[identity].hidden_at
        else cards[identity]
        for identity, draft in added.items()
    }
    publish_on_commit(
        *(MessageSent(message=shown[identity], channel_to=added[identity].channel) for identity in added),
        *_mentioned(added, placed),
    )
    return [
        cards.get(identity) or refused.get(identity) or (NotFound() if draft.author_id in authors else LoginRequired())
        for identity, draft in named
    ]


def _card(
    message: Message | NewMessage,
    author: Card,
    role: RoomRole | None,
    originals: Mapping[int, Message],
    *,
    reader_id: int | None = None,
) -> MessageCard:
    original = originals.get(message.reply_to_id) if message.reply_to_id else None
    reply = quote_of(original, reader_id=reader_id) if original else None
    return message_card(message, author, role=role, reply=reply, reader_id=reader_id)


def _quoted(drafts: Sequence[Draft], placed: Mapping[Identity, Message | NewMessage]) -> dict[tuple[int, int], Message]:
    """The messages that drafts, or what they were sent as before, reply to: by conversation and number."""
    wanted = Q(pk__in=[message.reply_to_id for message in placed.values() if message.reply_to_id])
    replies: dict[int, set[int]] = {}
    for draft in drafts:
        if draft.reply_to is not None:
            replies.setdefault(draft.conversation_id, set()).add(draft.reply_to)
    for conversation_id, numbers in replies.items():
        wanted |= Q(conversation_id=conversation_id, seq__in=numbers)
    if not replies and not any(message.reply_to_id for message in placed.values()):
        return {}
    found = Message.objects.select_related("author").filter(wanted)
    return {(message.conversation_id, message.seq): message for message in found}


def _standings(drafts: Sequence[Draft]) -> dict[Post, Standing]:
    """Of those authors who have to be asked for; asked under the conversations' locks, a right that was taken back
    before is missed."""
    posts: dict[Keeper, set[Post]] = {}
    for draft in drafts:
        if draft.keeper:
            posts.setdefault(draft.keeper, set()).add(draft.post)
    found: dict[Post, Standing] = {}
    for keeper, asked in posts.items():
        found |= keeper.admit(asked)
    return found


def _refusal(draft: Draft, standings: Mapping[Post, Standing]) -> DomainError | None:
    if draft.keeper is None:
        if draft.attaching:
            return AttachmentsRefused()
        return MentionAllRefused() if mentions.calls_everybody(draft.mentions) else None
    standing = standings.get(draft.post, Standing(refusal=NotFound))
    if standing.refusal:
        return standing.refusal()
    if draft.reply_to is not None and draft.reply_to <= standing.since:
        return NotFound()
    if mentions.calls_everybody(draft.mentions) and not standing.mentions_all:
        return MentionAllRefused()
    if draft.attaching and standing.text_only:
        return AttachmentsRefused()
    return None


def _beyond(draft: Draft, standings: Mapping[Post, Standing], conversation: Conversation) -> DomainError | None:
    standing = standings.get(draft.post) if draft.keeper else None
    if standing and standing.most_seq is not None and conversation.last_seq >= standing.most_seq:
        return standing.beyond()
    return None


def _mentioned(
    added: Mapping[Identity, Draft], placed: Mapping[Identity, Message | NewMessage]
) -> list[PeopleMentioned]:
    found = [
        mentions.mentioning(placed[identity], channel=draft.channel)
        for identity, draft in added.items()
        if draft.keeper and placed[identity].mentions and placed[identity].hidden_at is None
    ]
    return [PeopleMentioned(mentionings=found)] if found else []


def _tell_keepers(added: Mapping[Identity, Draft], placed: Mapping[Identity, Message | NewMessage]) -> None:
    said: dict[Keeper, dict[Post, list[int]]] = {}
    for identity, draft in added.items():
        if draft.keeper:
            said.setdefault(draft.keeper, {}).setdefault(draft.post, []).append(placed[identity].seq)
    for keeper, numbers in said.items():
        keeper.said(numbers)


def _known(identities: Collection[Identity]) -> dict[Identity, Message]:
    found = matching(Message, identities)
    return {Identity(message.author_id, message.conversation_id, message.key): message for message in found}


_queue: GroupCommit[Draft, MessageCard] = GroupCommit(commit_messages)
_pace = Pace(burst=BURST, secs=BURST_SECS)


async def send(
    *,
    channel: str,
    author_id: int,
    text: str,
    key: str,
    reply_to: int | None = None,
    mentions: Sequence[Mention] = (),
    upload: str | None = None,
    about: str | None = None,
) -> MessageCard:
    """Say `text` in `channel`; answers the message once it is committed. The same key again: the same message.

    `reply_to` is the number of another message there; `mentions` of whom the author may not mention are left out.
    With an `upload` (its code) or a card of what it is `about` (`product:12`), the text may be empty. Raises TextEmpty,
    TextTooLong, MentionMisplaced, MentionAllRefused, AttachmentsRefused, AttachmentUnknown, NotFound, TooFast, Busy,
    LoginRequired (there is no such user any more), and what the room refuses with (`show_ended`, …).
    """
    room = await rooms.room_of(channel)
    attaching = Attaching(author_id, upload or "", "" if upload else about or "") if upload or about else None
    text, kept = room.cleaned(text, mentions, may_be_empty=attaching is not None)
    if room.refusal:
        raise room.refusal
    if not _pace.allows(author_id):
        raise TooFast
    await guards.prepare()
    role = room.roles.get(author_id)
    draft = Draft(
        channel, room.conversation_id, author_id, role, text, key, room.keeper, reply_to, False, kept, attaching
    )
    message = await _queue.submit(draft)
    if room.keeper:
        room.keeper.sent(channel)
    return message
