"""Who may write in groups and direct chats, and who hears of it: `project/wiring.py` gives the rules to chat.send."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from chat.channels.news import ListNews
from chat.conversations import selectors as conversations
from chat.conversations import services
from chat.conversations.errors import GroupClosed
from chat.conversations.models import Group
from chat.messages.cards import MessageCard
from chat.messages.rooms import Keeper, Post, Room, Standing
from project.kernel.errors import NotFound

_news = ListNews()


class GroupKeeper(Keeper):
    """The members of a group may write there."""

    def admit(self, posts: Collection[Post]) -> Mapping[Post, Standing]:
        rights = conversations.rights_in_groups(posts)
        return {
            Post(*pair): Standing(refusal=GroupClosed if right.closed else None, member_role=right.role)
            for pair, right in rights.items()
        }

    def said(self, numbers: Mapping[Post, Sequence[int]]) -> None:
        services.move_cursors({post: seqs[-1] for post, seqs in numbers.items()})

    def sent(self, channel: str, message: MessageCard) -> None:
        _news.add(channel, message)


_groups = GroupKeeper()


def room_of_group(group_id: int) -> Room:
    """The posting rule of `group:<id>`. Raises NotFound."""
    group = Group.objects.filter(pk=group_id).only("closed_at").first()
    if group is None:
        raise NotFound
    return Room(conversation_id=group_id, refusal=GroupClosed if group.closed_at else None, keeper=_groups)
