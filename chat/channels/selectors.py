"""What is shown of groups and direct chats: everything joined. However many ask at once, the same few queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from chat.channels.cards import (
    ChangesPage,
    ConversationList,
    DirectSnapshot,
    GroupSnapshot,
    Listed,
    MentionPage,
    Page,
)
from chat.conversations import selectors as conversations
from chat.conversations.cards import MembershipCard, ReadCard
from chat.conversations.models import Conversation, Group, Member
from chat.conversations.selectors import Own, Pair
from chat.files.cards import FileLink
from chat.files.selectors import link_to, upload_by_code
from chat.messages.cards import ChatRules, MessageCard
from chat.messages.models import TEXT_LENGTH, Message
from chat.messages.selectors import (
    Unread,
    card_of,
    changes_after,
    last_seen,
    last_seen_in,
    latest_of,
    mentions_before,
    own_in_shadow,
    page_after,
    page_before,
    pinned_in,
    reactions_of,
    seen_by,
    seen_in,
    unread_besides,
    unread_in,
)
from community.moderation.selectors.rooms import may_look_at, room_rules
from community.social.selectors import apart_from
from community.social.visibility import may_see_presence
from project.kernel.errors import NotFound
from project.kernel.queries import compiled

MOST_MESSAGES = 50
NOTHING_UNREAD = Unread([], 0)


def group_snapshots(pairs: Collection[Pair]) -> dict[Pair, GroupSnapshot]:
    """What each person sees of a group; without those who are not in it. Eight queries, one for reactions, one for
    what they have said in the shadow.

    The group is read before all that has its version: whatever has one up to it is then in what is read after it.
    """
    members = conversations.memberships_of(pairs)
    groups = conversations.open_groups({group_id for _, group_id in members})
    staff = conversations.staff_of(groups)
    cards = {group_id: conversations.group_card(group, staff[group_id]) for group_id, group in groups.items()}
    changes = conversations.last_changes(groups)
    rules = room_rules([conversations.group_channel(group_id) for group_id in groups])
    messages, pinned = latest_of(groups, MOST_MESSAGES), pinned_in(groups)
    reads = conversations.reads_in(groups.values())
    readers = {user_id for user_id, group_id in members if reads.get(group_id)}
    apart = apart_from(readers, conversations.member_ids(reads))
    reacted, own = _reacted(members, messages), _own_in_shadow(members, messages, pinned)
    found: dict[Pair, GroupSnapshot] = {}
    for pair, member in members.items():
        group = groups.get(member.conversation_id)
        if group is None:
            continue
        seen = seen_by(member.user_id, readable(messages[group.pk], member, group), own)
        last_seq = _last_seq(messages[group.pk])
        found[pair] = {
            "group": cards[group.pk],
            "members": {"count": group.member_count, "version": group.version},
            "membership": _membership(member, seen),
            "messages": seen,
            "pinned": _pinned_for(member, readable(pinned[group.pk], member, group), own),
            "reacted": _own(reacted, member, seen),
            "reads": _reads_for(member.user_id, reads.get(group.pk), apart),
            "last_seq": last_seq,
            "last_change": changes[group.pk],
            "chat": _rules(rules[conversations.group_channel(group.pk)]["slow_mode_secs"]),
            "rules": rules[conversations.group_channel(group.pk)],
        }
    return found


def _reads_for(
    user_id: int, reads: list[ReadCard] | None, apart: Mapping[int, Collection[int]]
) -> list[ReadCard] | None:
    """Without those whom a block keeps apart from the reader."""
    others = apart.get(user_id)
    return [read for read in reads if read["user"] not in others] if reads and others else reads


def direct_snapshots(pairs: Collection[Pair]) -> dict[Pair, DirectSnapshot]:
    """What each person sees of a direct chat; without those who are not in it. Five queries, one for reactions, one for
    what they have said in the shadow."""
    members = conversations.memberships_of(pairs)
    chats = conversations.direct_chats({direct_id for _, direct_id in members})
    cards = {direct_id: conversations.direct_card(direct) for direct_id, direct in chats.items()}
    changes = conversations.last_changes(chats)
    messages, pinned = latest_of(chats, MOST_MESSAGES), pinned_in(chats)
    reacted, own = _reacted(members, messages), _own_in_shadow(members, messages, pinned)
    found: dict[Pair, DirectSnapshot] = {}
    for pair, member in members.items():
        id = member.conversation_id
        if id not in chats:
            continue
        seen = seen_by(member.user_id, messages[id], own)
        found[pair] = {
            "dm": cards[id],
            "membership": _membership(member, seen),
            "messages": seen,
            "pinned": _pinned_for(member, pinned[id], own),
            "reacted": _own(reacted, member, seen),
            "last_seq": _last_seq(seen),
            "last_change": changes[id],
            "chat": _rules(),
        }
    return found


def conversation_list(user_id: int) -> ConversationList:
    """All that a person is in: four queries, two of them for what was said last and what is unread, however many."""
    groups, direct = _group_rows(user_id), _direct_rows(user_id)
    last = seen_in([row[0] for row in (*groups, *direct) if row[0]], reader_id=user_id)
    unread_ones = unread_in(user_id)
    own = [conversations.own_group(*row[1:]) for row in groups]
    own += [conversations.own_direct(user_id, *row[1:]) for row in direct]
    listed = (
        _listed(one, last.get(one.id), unread_ones.get(one.id, NOTHING_UNREAD))
        for one in own
        # A direct chat in which nobody has said anything that this person sees is no part of it.
        if one.card["group"] or one.id in last
    )
    found = sorted(listed, key=_place, reverse=True)
    requests = [one for one in found if _is_request(one)]
    accepted = [one for one in found if not _is_request(one)]
    unread = sum(len(one["mentions"]) if one["membership"]["muted"] else one["unread"] for one in accepted)
    return {"conversations": accepted, "requests": requests, "unread": unread}


@compiled
def _group_rows(user_id: int) -> QuerySet[Member, tuple[Any, ...]]:
    return conversations.group_rows(user_id, last_seen("conversation", reader_id=user_id))


@compiled
def _direct_rows(user_id: int) -> QuerySet[Member, tuple[Any, ...]]:
    return conversations.direct_rows(user_id, last_seen("conversation", reader_id=user_id))


def listed(*, user_id: int, conversation_id: int) -> Listed:
    """One conversation as in the list. Raises NotFound."""
    own = conversations.own_of(conversations.own_conversation(user_id=user_id, conversation_id=conversation_id))
    unread = unread_in(user_id, conversation_id=conversation_id).get(conversation_id, NOTHING_UNREAD)
    return _listed(own, last_seen_in(conversation_id, reader_id=user_id), unread)


def unread_totals(user_ids: Collection[int]) -> dict[int, int]:
    """What is unread by user id: as the list counts it. Who has nothing is left out. Two queries."""
    totals = Counter(conversations.unread_totals(user_ids))
    totals.update(unread_besides(user_ids))
    return dict(+totals)


def mentions(*, user_id: int, before: int | None, limit: int) -> MentionPage:
    """Messages that mention this person, the newest first, as far as this person may read them now. Two queries."""
    found, following = mentions_before(user_id, before, limit)
    return {
        "mentions": [
            {"channel": conversations.channel_of(message.conversation), "message": card_of(message)}
            for message in found
        ],
        "next": following,
    }


def page(
    *, user_id: int, conversation_id: int, before: int | None = None, after: int | None = None, limit: int
) -> Page:
    """What was said before or after a number, or last, as far as this person may read it. Raises NotFound."""
    since = _since(conversations.member_of(user_id=user_id, conversation_id=conversation_id))
    if after is not None:
        found = page_after(conversation_id, max(after, since), limit)
    else:
        found = page_before(conversation_id, before, limit, since=since)
    found = seen_by(user_id, found)
    return {"messages": found, "reacted": _reacted_by(user_id, found)}


def changes(*, user_id: int, conversation_id: int, since: int, limit: int) -> ChangesPage:
    """What is new or has changed since the change of a number. Raises NotFound."""
    hidden = _since(conversations.member_of(user_id=user_id, conversation_id=conversation_id))
    found = changes_after(conversation_id, since, limit, since=hidden)
    messages = seen_by(user_id, found["messages"])
    return {"messages": messages, "more": found["more"], "reacted": _reacted_by(user_id, messages)}


def file_link(*, user_id: int, code: str) -> FileLink:
    """A link to a file for its owner until it is sent, and for those who decide about the message if that is held; then
    for whoever may read the message. Raises NotFound.
    """
    upload = upload_by_code(code)
    if upload.conversation_id is None or upload.seq is None:
        if upload.owner_id != user_id and not may_look_at(user_id=user_id, upload=code, owner_id=upload.owner_id):
            raise NotFound
        return link_to(upload)
    member = conversations.member_of(user_id=user_id, conversation_id=upload.conversation_id)
    message = Message.objects.filter(conversation=upload.conversation_id, seq=upload.seq, recalled_at=None).first()
    if message is None or message.seq <= _since(member) or message.is_hidden_from(user_id):
        raise NotFound
    return link_to(upload)


def _since(member: Member) -> int:
    """Messages up to this number are not for the member's eyes."""
    is_group = member.conversation.kind == Conversation.Kind.GROUP
    hides = is_group and member.conversation.group.history != Group.History.ALL
    return member.joined_seq if hides else 0


def _reacted_by(user_id: int, messages: list[MessageCard]) -> dict[str, list[str]]:
    shown = _with_reactions(messages)
    own = reactions_of([user_id], shown) if shown else {}
    return {str(message_id): emoji for (_, message_id), emoji in own.items()}


def _with_reactions(messages: Iterable[MessageCard]) -> list[int]:
    """The ids of those that have some; or will have, once what is hidden is restored."""
    return [card["id"] for card in messages if card.get("reactions") or card.get("hidden")]


def _listed(own: Own, last: MessageCard | None, unread: Unread) -> Listed:
    if last and last["seq"] <= own.since:
        last = None
    # As new as the message beside it, which was looked up later.
    last_seq = max(own.card["last_seq"], last["seq"] if last else 0)
    return {
        **own.card,
        "last_seq": last_seq,
        "last_message": last,
        "unread": max(0, conversations.unread_of(own.card["membership"], last_seq=last_seq) - unread.hidden),
        "mentions": unread.mentions,
    }


def _is_request(one: Listed) -> bool:
    return one["dm"] is not None and one["dm"]["request"] == "received"


def _place(one: Listed) -> tuple[int, int, int]:
    """Where it stands in the list: the greatest is first."""
    said_at = one["last_message"]["at"] if one["last_message"] else 0
    return one["membership"]["pinned_at"] or 0, max(said_at, one["membership"]["joined_at"]), one["membership"]["id"]


def sees_peer(*, user_id: int, direct_id: int) -> bool:
    """Whether the person may see that the other one of a direct chat is there. Two queries."""
    ends = conversations.ends_of([direct_id]).get(direct_id)
    if ends is None or user_id not in (ends.low, ends.high):
        return False
    return may_see_presence(viewer_id=user_id, person_id=ends.other_than(user_id))


def readable(messages: list[MessageCard], member: Member, group: Group) -> list[MessageCard]:
    """Those that the member may read."""
    if group.history == Group.History.ALL:
        return messages
    return [message for message in messages if message["seq"] > member.joined_seq]


def _reacted(
    members: Mapping[Pair, Member], messages: Mapping[int, list[MessageCard]]
) -> dict[tuple[int, int], list[str]]:
    """What these people reacted with, of what is shown to anybody: seldom asked when nothing has a reaction."""
    shown = [id for cards in messages.values() for id in _with_reactions(cards)]
    return reactions_of({user_id for user_id, _ in members}, shown) if shown else {}


def _own_in_shadow(members: Mapping[Pair, Member], *shown: Mapping[int, list[MessageCard]]) -> dict[int, MessageCard]:
    cards = (card for messages in shown for cards in messages.values() for card in cards)
    return own_in_shadow(cards, {user_id for user_id, _ in members})


def _pinned_for(member: Member, pinned: list[MessageCard], own: Mapping[int, MessageCard]) -> list[MessageCard]:
    return [card for card in seen_by(member.user_id, pinned, own) if not card.get("hidden")]


def _own(
    reacted: Mapping[tuple[int, int], list[str]], member: Member, messages: list[MessageCard]
) -> dict[str, list[str]]:
    pairs = ((card["id"], reacted.get((member.user_id, card["id"]))) for card in messages)
    return {str(message_id): emoji for message_id, emoji in pairs if emoji}


def _membership(member: Member, messages: list[MessageCard]) -> MembershipCard:
    """With one's own messages read, also those that were sent after the row was looked up."""
    own = [message["seq"] for message in messages if message["author"]["id"] == member.user_id]
    return {**conversations.membership_card(member), "read_seq": max([member.read_seq, *own])}


def _last_seq(messages: list[MessageCard]) -> int:
    return messages[-1]["seq"] if messages else 0


def _rules(slow_mode_secs: int = 0) -> ChatRules:
    return {"max_length": TEXT_LENGTH, "slow_mode_secs": slow_mode_secs}
