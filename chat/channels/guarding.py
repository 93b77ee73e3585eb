"""Moderation as a guard of what is said: `project/wiring.py` puts it in the way of messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import F, Q

from chat.messages.guards import LET_THROUGH, Saying, Verdict
from chat.messages.models import Message
from chat.messages.selectors import BY_PEOPLE
from community.moderation import known
from community.moderation.places import Beside
from community.moderation.services import guarding
from community.moderation.services.guarding import Post, Ruling, rule_on, ruling_by_sanctions
from community.moderation.services.reports import flag
from project.kernel.clock import now, to_ms

# So many messages of a channel are looked through for those that somebody has said in the last minutes.
LOOKED_THROUGH = 2000


class Moderation:
    """Sanctions, what is set for the room, automod's rules."""

    async def prepare(self) -> None:
        await known.fresh()

    def review(self, sayings: Sequence[Saying], /) -> Sequence[Verdict]:
        posts = [_post(saying) for saying in sayings]
        conversations = {saying.channel: saying.conversation_id for saying in sayings}

        def read_recent(
            asked: Collection[tuple[str, int]], since: datetime
        ) -> dict[tuple[str, int], list[tuple[datetime, str]]]:
            return _said_lately(asked, since, conversations)

        return [_verdict(ruling) for ruling in rule_on(posts, read_recent=read_recent)]

    def admit(self, channel: str, user_id: int, /) -> Verdict:
        return _verdict(ruling_by_sanctions(user_id, channel, now()))

    def placed(self, said: Mapping[int, tuple[Saying, Verdict]], /) -> None:
        for message_id, (saying, verdict) in said.items():
            if verdict.note and not verdict.shadowed:
                flag(
                    target=f"message:{message_id}",
                    scope=saying.channel,
                    subject_id=saying.author_id,
                    copy={"text": saying.text, "at": to_ms(saying.at)},
                    rule=str(verdict.note),
                )


def _post(saying: Saying) -> Post:
    attaching = saying.attaching
    return Post(
        channel=saying.channel,
        author_id=saying.author_id,
        runs_it=saying.runs_it,
        text=saying.text,
        key=saying.key,
        at=saying.at,
        reply_to=saying.reply_to,
        edits=saying.edits is not None,
        beside=Beside(saying.mentions, attaching.upload, attaching.about) if attaching else Beside(saying.mentions),
    )


def _verdict(ruling: Ruling) -> Verdict:
    if ruling is guarding.LET_THROUGH:
        return LET_THROUGH
    return Verdict(refusal=ruling.refusal, shadowed=ruling.shadowed, note=ruling.rule)


def _said_lately(
    asked: Collection[tuple[str, int]], since: datetime, conversations: Mapping[str, int]
) -> dict[tuple[str, int], list[tuple[datetime, str]]]:
    """What each has said in the channel since then, the latest first. One query, on the ends of the conversations."""
    channels = {conversations[channel]: channel for channel, _ in asked}
    wanted = Q()
    for conversation_id in channels:
        authors = [author_id for channel, author_id in asked if conversations[channel] == conversation_id]
        wanted |= Q(conversation_id=conversation_id, author_id__in=authors)
    recent = Message.objects.filter(
        wanted, BY_PEOPLE, seq__gt=F("conversation__last_seq") - LOOKED_THROUGH, sent_at__gt=since
    ).order_by("-seq")
    found: dict[tuple[str, int], list[tuple[datetime, str]]] = {}
    for conversation_id, author_id, at, text in recent.values_list("conversation_id", "author_id", "sent_at", "text"):
        found.setdefault((channels[conversation_id], author_id), []).append((at, text))
    return found
