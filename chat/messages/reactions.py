"""Telling those who are mentioned: in the inbox, and on `user:<id>`. Repeated, it changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from chat.conversations.models import Group, Member
from chat.conversations.selectors import WELCOME
from chat.messages import mentions
from chat.messages.events import (
    MentionAdded,
    Mentioning,
    MentionRemoved,
    MessageEvent,
    PeopleMentioned,
    PeopleUnmentioned,
)
from chat.messages.models import Message
from community.moderation.selectors.standing import those_kept_out
from community.notices import services as notices
from community.notices.cards import NoticeTitle
from community.notices.content import Content
from community.notices.services import Telling
from community.social.models import Block
from project.realtime.outbox import publish_on_commit

AUDIENCE = "mentioned"
NEVER_SEEN = (Message.Hidden.SHADOW, Message.Hidden.UNSEEN)


def tell_mentioned(mentioned: PeopleMentioned) -> None:
    """A number of queries that does not depend on how many are mentioned, and one for each message to everybody. Who is
    kept out of the place is not told.
    """
    said = _without_banned(mentioned.mentionings)
    titles = _titles({one["conversation"] for one in said})
    with transaction.atomic():
        notices.notify_each(
            kind="mention",
            tellings=[Telling(one["people"], _key(one["message"]), _content(one, titles)) for one in said],
        )
        publish_on_commit(
            *(
                MentionAdded(channel=one["channel"], seq=one["seq"], version=one["version"], user_to=person)
                for one in said
                for person in one["people"]
            )
        )
        for one in said:
            if one["everybody"]:
                # Without its text, which could not be taken back from so many.
                content = _content({**one, "text": ""}, titles)
                notices.broadcast(
                    audience=f"{AUDIENCE}:{one['message']}", kind="mention", key=_key(one["message"]), content=content
                )


def _without_banned(said: Sequence[Mentioning]) -> list[Mentioning]:
    banned = those_kept_out({(person, one["channel"]) for one in said for person in one["people"]})
    return [
        {**one, "people": [person for person in one["people"] if (person, one["channel"]) not in banned]}
        for one in said
    ]


def untell(unmentioned: PeopleUnmentioned) -> None:
    _withdraw(unmentioned.mentioning)


def follow(changed: MessageEvent) -> None:
    """Of a message that was recalled, hidden or restored: who is mentioned hears of it."""
    card = changed.message
    message = Message.objects.filter(pk=card["id"]).first()
    # Of what is in the shadow, nobody has heard.
    if message is None or not message.mentions or message.hidden_as in NEVER_SEEN:
        return
    told = mentions.mentioning(message, channel=changed.channel_to)
    if message.recalled_at or message.hidden_at:
        _withdraw(told)
    else:
        tell_mentioned(PeopleMentioned(mentionings=[told]))


def mentioned_by(message_id: int, /, *, after: int, most: int) -> list[int]:
    """Those whom a message to everybody mentions, by pieces: who was in the conversation then and still is."""
    message = Message.objects.filter(pk=message_id, recalled_at=None, hidden_at=None).first()
    if message is None or not mentions.calls_everybody(message.mentions):
        return []
    author = message.author_id
    apart = Block.objects.filter(
        Q(blocker=author, blocked=OuterRef("user")) | Q(blocker=OuterRef("user"), blocked=author)
    )
    members = Member.objects.filter(conversation=message.conversation_id, user__gt=after, joined_seq__lt=message.seq)
    others = members.exclude(user=author).filter(WELCOME, ~Exists(apart)).order_by("user")
    return list(others.values_list("user_id", flat=True)[:most])


def _withdraw(told: Mentioning) -> None:
    with transaction.atomic():
        notices.retract_each(user_ids=told["people"], key=_key(told["message"]))
        publish_on_commit(
            *(
                MentionRemoved(channel=told["channel"], seq=told["seq"], version=told["version"], user_to=person)
                for person in told["people"]
            )
        )


def _content(told: Mentioning, titles: dict[int, NoticeTitle]) -> Content:
    return Content(
        people=[told["author"]],
        about=f"{told['channel']}/{told['seq']}",
        title=titles.get(told["conversation"]),
        text=told["text"],
    )


def _titles(conversation_ids: Collection[int]) -> dict[int, NoticeTitle]:
    rows: Sequence[tuple[int, str]] = list(Group.objects.filter(pk__in=conversation_ids).values_list("pk", "title"))
    return {pk: {"zh": title, "en": title} for pk, title in rows}


def _key(message_id: int) -> str:
    return f"mention:{message_id}"
