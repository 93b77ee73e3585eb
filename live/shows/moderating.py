"""The rooms of shows as places that can be moderated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from chat.channels.moderating import ConversationPlace, said_in
from chat.conversations.models import Conversation
from community.moderation.places import Said
from community.social.selectors import followers_among
from live.shows.models import Show
from live.shows.selectors import channel_of


def room_channels(conversation_ids: Collection[int]) -> dict[int, str]:
    """The channels of rooms, by the ids of their conversations. One query."""
    found = Show.objects.filter(conversation_id__in=conversation_ids).values_list("conversation_id", "pk")
    return {conversation_id: channel_of(show_id) for conversation_id, show_id in found}


class ShowPlace(ConversationPlace):
    followed = True

    def titles(self, ids: Collection[int]) -> Mapping[int, str]:
        return dict(Show.objects.filter(pk__in=ids).values_list("pk", "title"))

    def named(self, text: str, most: int) -> Mapping[int, str]:
        """The latest first."""
        return dict(Show.objects.filter(title__icontains=text).order_by("-pk").values_list("pk", "title")[:most])

    def run_by(self, id: int) -> set[int]:
        return set(Show.objects.filter(pk=id).values_list("host_id", flat=True))

    def followers(self, id: int, user_ids: Collection[int]) -> set[int]:
        host_id = Show.objects.filter(pk=id).values_list("host_id", flat=True).first()
        return set() if host_id is None else followers_among(host_id, user_ids)

    def said_since(self, id: int | None, since: datetime, most: int) -> Iterable[Said]:
        conversation_id = None
        if id is not None:
            conversation_id = Show.objects.values_list("conversation_id", flat=True).get(pk=id)
        return said_in(Conversation.Kind.SHOW, conversation_id, since, most, room_channels)
