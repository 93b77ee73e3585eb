"""Who is mentioned: only whom the author may call, and only where that person is. Other names stay mere text."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from typing import NamedTuple

from django.db.models import Q

from chat.messages.cards import Mention
from chat.messages.events import Mentioning, PeopleMentioned, PeopleUnmentioned
from chat.messages.models import Message, MessageMention, NewMention, NewMessage
from chat.messages.rooms import Keeper, Post
from community.social.selectors import apart_pairs
from project.kernel.events import Event
from project.kernel.rows import insert

# How much of a message stands in a notice.
TOLD_LENGTH = 120


class Calling(NamedTuple):
    """An author would like to mention people in a conversation."""

    post: Post
    keeper: Keeper | None
    mentions: Sequence[Mention]

    @property
    def pairs(self) -> set[tuple[int, int]]:
        return {(self.post.author_id, person) for person in people_in(self.mentions)}


class Reach(NamedTuple):
    """Who may be mentioned: accounts that are open, who is in which conversation, and who is kept apart from whom."""

    active: Container[int]
    present: dict[Keeper, set[Post]]
    apart: set[tuple[int, int]]

    def kept(self, calling: Calling) -> list[Mention]:
        """Those of its mentions that reach somebody."""
        return [one for one in calling.mentions if one["user"] is None or self._has(calling, one["user"])]

    def _has(self, calling: Calling, person: int) -> bool:
        post, keeper = calling.post, calling.keeper
        if person == post.author_id or person not in self.active or (post.author_id, person) in self.apart:
            return False
        return keeper is None or Post(person, post.conversation_id) in self.present[keeper]


def people_in(mentions: Iterable[Mention]) -> set[int]:
    return {mention["user"] for mention in mentions if mention["user"] is not None}


def calls_everybody(mentions: Iterable[Mention]) -> bool:
    return any(mention["user"] is None for mention in mentions)


def reach_of(callings: Collection[Calling], *, active: Container[int]) -> Reach:
    """One query, and one for each kind of conversation; none where nobody is mentioned."""
    asked: dict[Keeper, set[Post]] = {}
    pairs: set[tuple[int, int]] = set()
    for calling in callings:
        pairs |= calling.pairs
        if calling.keeper and calling.mentions:
            posts = {Post(person, calling.post.conversation_id) for person in people_in(calling.mentions)}
            asked.setdefault(calling.keeper, set()).update(posts)
    present = {keeper: keeper.present(posts) if posts else set() for keeper, posts in asked.items()}
    return Reach(active, present, apart_pairs(pairs) if pairs else set())


def index(messages: Iterable[Message | NewMessage]) -> None:
    """Let those who are mentioned find these messages. One query, none where nobody is."""
    rows = (_rows(message, people_in(message.mentions), calls_everybody(message.mentions)) for message in messages)
    insert(MessageMention, [row for some in rows for row in some])


def changed(message: Message, before: Sequence[Mention], *, was_seen: bool, channel: str) -> list[Event]:
    """A message was worded anew, and mentioned others `before`: gives what is to be told. Up to two queries.

    Nobody is told of what is in the shadow; of what goes there (it `was_seen`), those it mentioned.
    """
    people, known = people_in(message.mentions), people_in(before)
    everybody = calls_everybody(message.mentions)
    everybody_new = everybody and not calls_everybody(before)
    if before != message.mentions:
        gone = Q(user__in=known - people)
        MessageMention.objects.filter(gone if everybody else gone | Q(user=None), message=message).delete()
        insert(MessageMention, _rows(message, people - known, everybody_new))
    is_seen = message.hidden_at is None
    told = mentioning(message, channel=channel)
    events: list[Event] = []
    if is_seen and (people - known or everybody_new):
        new = sorted(people - known)
        events.append(PeopleMentioned(mentionings=[{**told, "people": new, "everybody": everybody_new}]))
    if was_seen and (untold := sorted(known - people if is_seen else known)):
        events.append(PeopleUnmentioned(mentioning={**told, "people": untold, "everybody": False}))
    return events


def _rows(message: Message | NewMessage, people: Iterable[int], everybody: bool) -> list[NewMention]:
    ids: list[int | None] = [*sorted(people), *([None] if everybody else [])]
    place = {"message_id": message.pk, "conversation_id": message.conversation_id, "seq": message.seq}
    return [NewMention(**place, user_id=id) for id in ids]


def mentioning(message: Message | NewMessage, *, channel: str) -> Mentioning:
    """What those who are mentioned are to be told."""
    return {
        "message": message.pk,
        "version": message.version,
        "channel": channel,
        "conversation": message.conversation_id,
        "seq": message.seq,
        "author": message.author_id,
        "text": message.text[:TOLD_LENGTH],
        "people": sorted(people_in(message.mentions)),
        "everybody": calls_everybody(message.mentions),
    }
