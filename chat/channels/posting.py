"""Who may write in groups and direct chats, and who hears of it: `project/wiring.py` gives the rules to chat.send."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.conf import settings

from chat.channels.news import ListNews
from chat.conversations import selectors as conversations
from chat.conversations import services
from chat.conversations.errors import AcceptFirst, DmRefused, GroupClosed, NotAccepted
from chat.conversations.models import DirectChat, Group
from chat.conversations.selectors import Ends
from chat.messages.models import TEXT_LENGTH
from chat.messages.rooms import Keeper, Post, Room, Standing
from chat.messages.selectors import begun_in_shadow
from chat.search.services import note_said
from community.social.selectors import apart_from, apart_pairs
from project.kernel.errors import NotFound

_news = ListNews()
MOST_WHO_SEE_TYPING = 100


class MembersKeeper(Keeper):
    """Whoever says something has read what was said before; it can be found, and the members' lists move."""

    def present(self, posts: Collection[Post]) -> set[Post]:
        return {Post(*pair) for pair in conversations.present_among(posts)}

    def said(self, numbers: Mapping[Post, Sequence[int]]) -> None:
        services.move_cursors({post: seqs[-1] for post, seqs in numbers.items()})
        note_said(numbers)

    def sent(self, channel: str) -> None:
        _news.add(channel)


class GroupKeeper(MembersKeeper):
    """The members of a group may write there."""

    def admit(self, posts: Collection[Post]) -> Mapping[Post, Standing]:
        rights = conversations.rights_in_groups(posts)
        return {
            Post(*pair): Standing(
                refusal=GroupClosed if right.closed else None,
                member_role=right.role,
                since=right.since,
                mentions_all=right.mentions_all,
            )
            for pair, right in rights.items()
        }

    def shows_typing(self, conversation_id: int) -> bool:
        return Group.objects.filter(pk=conversation_id, member_count__lte=MOST_WHO_SEE_TYPING).exists()

    def only_told(self, post: Post) -> Sequence[int] | None:
        apart = apart_from([post.author_id], conversations.member_ids([post.conversation_id]))
        return conversations.heard_by([post], apart).get(post) if apart else None


class DirectKeeper(MembersKeeper):
    """The two may write to each other unless one has blocked the other; a stranger a little, until let in."""

    def admit(self, posts: Collection[Post]) -> Mapping[Post, Standing]:
        chats = conversations.ends_of({post.conversation_id for post in posts})
        asking = {post: chats[post.conversation_id] for post in posts if post.conversation_id in chats}
        pairs = {(ends.low, ends.high) for ends in asking.values()}
        apart = apart_pairs(pairs)
        return {
            post: DirectKeeper._standing(post.author_id, ends, apart=(ends.low, ends.high) in apart)
            for post, ends in asking.items()
        }

    @staticmethod
    def _standing(author_id: int, ends: Ends, *, apart: bool) -> Standing:
        if author_id not in (ends.low, ends.high):
            return Standing(refusal=NotFound)
        if apart:
            return Standing(refusal=DmRefused)
        if ends.requested_by is None:
            return Standing()
        if ends.requested_by != author_id:
            return Standing(refusal=AcceptFirst)
        if ends.declined:
            return Standing(refusal=NotAccepted)
        return Standing(most_seq=settings.DM_REQUEST_MESSAGES, beyond=NotAccepted, text_only=True)

    def said(self, numbers: Mapping[Post, Sequence[int]]) -> None:
        super().said(numbers)
        # A direct chat comes into the lists with its first message, into the author's alone if nobody else sees that.
        if begun := {post.conversation_id for post, seqs in numbers.items() if seqs[0] == 1}:
            services.list_direct(begun, only=begun_in_shadow(begun))

    def shows_typing(self, conversation_id: int) -> bool:
        return True


_groups = GroupKeeper()
_direct = DirectKeeper()


def room_of_group(group_id: int) -> Room:
    """The posting rule of `group:<id>`. Raises NotFound."""
    group = Group.objects.filter(pk=group_id).only("closed_at").first()
    if group is None:
        raise NotFound
    return Room(
        conversation_id=group_id,
        refusal=GroupClosed if group.closed_at else None,
        keeper=_groups,
        max_length=TEXT_LENGTH,
    )


def room_of_direct(direct_id: int) -> Room:
    """The posting rule of `dm:<id>`. Raises NotFound."""
    if not DirectChat.objects.filter(pk=direct_id).exists():
        raise NotFound
    return Room(conversation_id=direct_id, keeper=_direct, max_length=TEXT_LENGTH)
