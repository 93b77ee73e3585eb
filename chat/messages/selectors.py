from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest

from chat.conversations.models import Group, Member
from chat.conversations.selectors import shut_out
from chat.messages.cards import Attached, Changes, MessageCard, PreviewCard, Quote, RoomRole
from chat.messages.models import IN_SHADOW, Message, MessageMention, NewMessage, Reaction, ReadMessage
from community.accounts.selectors import Card, card, card_from
from project.kernel.clock import to_ms
from project.kernel.queries import Among, compiled

QUOTE_LENGTH = 80
# Numbers of unread mentions that are told of a conversation.
MOST_MENTIONS = 99
# Mentions that are looked at for a page of them: some are in conversations that the person has left.
LOOKED_AT = 200
# Of the messages, what people have said: no line that a group says by itself in their name.
BY_PEOPLE = ~Q(attached__has_key="line")


def message_card(
    message: Message | NewMessage | ReadMessage,
    author: Card,
    *,
    role: RoomRole | None,
    reply: Quote | None = None,
    reader_id: int | None = None,
) -> MessageCard:
    """A message as clients see it; as everyone does, unless it is read by `reader_id`."""
    hidden = message.is_hidden_from(reader_id)
    found: MessageCard = {
        "id": message.pk,
        "seq": message.seq,
        "author": {**author, "role": role},
        "text": "" if message.recalled_at or hidden else message.text,
        "key": message.key,
        "at": to_ms(message.sent_at),
        "change": message.change,
    }
    if message.version > 1:
        found["version"] = message.version
    # First: nobody is told that something was recalled that nobody has seen.
    if hidden:
        found["hidden"] = True
        return found
    if message.recalled_at:
        found["recalled"] = True
        return found
    if reply:
        found["reply"] = reply
    found |= message.attached  # type: ignore[typeddict-item]
    # Worded anew, it may have the link no more.
    if message.preview and message.preview["url"] in message.text:
        found["preview"] = cast(PreviewCard, message.preview)
    if message.mentions:
        found["mentions"] = message.mentions
    if message.reactions:
        found["reactions"] = message.reactions
    if message.edited_at:
        found["edited_at"] = to_ms(message.edited_at)
    if message.pinned_at:
        found["pinned_at"] = to_ms(message.pinned_at)
    return found


def quote_of(message: Message, *, reader_id: int | None = None) -> Quote:
    """The message with its author, as a reply to it quotes it; for everyone, unless it is read by `reader_id`."""
    return _quote(message, card(message.author), reader_id=reader_id)


def _quote(message: Message | ReadMessage, author: Card, *, reader_id: int | None) -> Quote:
    recalled = message.recalled_at is not None or message.is_hidden_from(reader_id)
    quote: Quote = {
        "seq": message.seq,
        "author": author,
        "text": "" if recalled else message.text[:QUOTE_LENGTH],
        "recalled": recalled,
        "version": message.version,
    }
    if message.attached and not recalled:
        quote["attached"] = attached_as(message)
    return quote


def attached_as(message: Message | NewMessage | ReadMessage) -> Attached:
    """What a message that has something beside its text is."""
    [name] = message.attached
    return cast(Attached, message.attached["file"]["kind"] if name == "file" else name)


def card_of(
    message: Message, *, roles: Mapping[int, RoomRole] | None = None, reader_id: int | None = None
) -> MessageCard:
    """One message, read with `with_people`."""
    role = (roles or {}).get(message.author_id)
    reply = quote_of(message.reply_to, reader_id=reader_id) if message.reply_to else None
    return message_card(message, card(message.author), role=role, reply=reply, reader_id=reader_id)


def with_people(messages: QuerySet[Message]) -> QuerySet[Message]:
    """With all that their cards show."""
    return messages.select_related("author", "reply_to__author")


def latest_of(conversation_ids: Collection[int], limit: int) -> dict[int, list[MessageCard]]:
    """The last `limit` messages of each conversation, newest last. One query."""
    found: dict[int, list[MessageCard]] = {conversation_id: [] for conversation_id in conversation_ids}
    # Numbers have no gaps: the last ones are known by their numbers.
    last = Message.objects.filter(conversation_id__in=found, seq__gt=F("conversation__last_seq") - limit)
    for message in with_people(last).order_by("conversation", "seq"):
        found[message.conversation_id].append(card_of(message))
    return found


def last_of(conversation_ids: Collection[int]) -> dict[int, MessageCard]:
    """The last message by conversation; those where nobody has said anything are missing. One query."""
    found = Message.objects.filter(conversation_id__in=conversation_ids, seq=F("conversation__last_seq"))
    return {message.conversation_id: card_of(message) for message in with_people(found)}


def last_seen(conversation_id: str, *, reader_id: int) -> Subquery:
    """The id of the last message that is in the reader's sight, by a column of the outer query.

    For each row by itself, from the end of the conversation: joined to messages, PostgreSQL looked it up for each of
    them.
    """
    last = Message.objects.filter(_in_sight(reader_id), conversation=OuterRef(conversation_id)).order_by("-seq")
    return Subquery(last.values("pk")[:1])


def last_seen_in(conversation_id: int, *, reader_id: int) -> MessageCard | None:
    """The last message that is in the reader's sight. One query."""
    last = Message.objects.filter(_in_sight(reader_id), conversation=conversation_id).order_by("-seq")
    message = with_people(last).first()
    return card_of(message, reader_id=reader_id) if message else None


def _in_sight(reader_id: int) -> Q:
    return Q(hidden_at=None) | Q(hidden_as__in=IN_SHADOW, author=reader_id)


def seen_in(message_ids: Collection[int], *, reader_id: int) -> dict[int, MessageCard]:
    """Messages by their conversation, one of each, as the reader sees them. One query."""
    found: dict[int, MessageCard] = {}
    for conversation_id, *columns in _read_messages(message_ids):
        message, author = _with_author(columns[:_WIDTH])
        reply: Quote | None = None
        if columns[_WIDTH] is not None:
            reply = _quote(*_with_author(columns[_WIDTH:]), reader_id=reader_id)
        found[conversation_id] = message_card(message, author, role=None, reply=reply, reader_id=reader_id)
    return found


_READ = (*ReadMessage._fields, "author__display_name", "author__avatar")
_WIDTH = len(_READ)


@compiled
def _read_messages(message_ids: Collection[int]) -> QuerySet[Message, tuple[Any, ...]]:
    """Each with its author, the message that it replies to, and the author of that."""
    replied = (f"reply_to__{name}" for name in _READ)
    return Message.objects.filter(Among("pk", message_ids)).order_by().values_list("conversation_id", *_READ, *replied)


def _with_author(columns: Sequence[Any]) -> tuple[ReadMessage, Card]:
    *own, name, avatar = columns
    message = ReadMessage(*own)
    return message, card_from(message.author_id, name, avatar)


def own_in_shadow(cards: Iterable[MessageCard], user_ids: Collection[int]) -> dict[int, MessageCard]:
    """By id, as their authors see them, those of the `cards` that nobody but one of these people sees. One query; none
    where nothing of theirs is hidden."""
    hidden = {one["id"]: one["author"] for one in cards if one.get("hidden") and one["author"]["id"] in user_ids}
    if not hidden:
        return {}
    roles = {author["id"]: author["role"] for author in hidden.values() if author["role"]}
    found = with_people(Message.objects.filter(pk__in=hidden, hidden_as__in=IN_SHADOW))
    return {one.pk: card_of(one, roles=roles, reader_id=one.author_id) for one in found}


def seen_by(
    user_id: int, cards: Sequence[MessageCard], own: Mapping[int, MessageCard] | None = None
) -> list[MessageCard]:
    """The `cards` with what this person has said in the shadow, looked up where `own` is not given; also where others
    have quoted it before it came there, which is one query more."""
    if own is None:
        own = own_in_shadow(cards, [user_id])
    seen = [own.get(one["id"], one) if one["author"]["id"] == user_id else one for one in cards]
    answers = [one["id"] for one in seen if quotes_hidden_of(user_id, one)]
    if not answers:
        return seen
    in_own_shadow = Q(reply_to__author=user_id, reply_to__hidden_as__in=IN_SHADOW)
    found = Message.objects.filter(in_own_shadow, pk__in=answers).select_related("reply_to__author")
    quotes = {one.pk: quote_of(one.reply_to, reader_id=user_id) for one in found if one.reply_to}
    return [{**one, "reply": quotes[one["id"]]} if one["id"] in quotes else one for one in seen]


def quotes_hidden_of(user_id: int, message: MessageCard) -> bool:
    """Whether it quotes something of this person's that is out of sight: known without a query."""
    quote = message.get("reply")
    return quote is not None and quote["recalled"] and quote["author"]["id"] == user_id


def begun_in_shadow(conversation_ids: Collection[int]) -> dict[int, int]:
    """The author of the first message by conversation, where nobody else sees it. One query."""
    found = Message.objects.filter(conversation_id__in=conversation_ids, seq=1, hidden_at__isnull=False)
    return dict(found.values_list("conversation_id", "author_id"))


def _unread_hidden(members: Q) -> QuerySet[Message]:
    return Message.objects.filter(members & _unread(), hidden_at__isnull=False).order_by()


def _unread() -> Q:
    return Q(seq__gt=Greatest("conversation__members__read_seq", "conversation__members__joined_seq"))


def latest(conversation_id: int, limit: int, *, roles: Mapping[int, RoomRole] | None = None) -> list[MessageCard]:
    """The last `limit` messages, newest last. `roles`: who is what in this room, by user id. One query."""
    return page_before(conversation_id, None, limit, roles=roles)


def page_before(
    conversation_id: int,
    seq: int | None,
    limit: int,
    *,
    since: int = 0,
    roles: Mapping[int, RoomRole] | None = None,
) -> list[MessageCard]:
    """The `limit` messages before number `seq` (None: the last ones) and after `since`, newest last. One query."""
    found = with_people(Message.objects.filter(conversation_id=conversation_id, seq__gt=since)).order_by("-seq")
    if seq is not None:
        found = found.filter(seq__lt=seq)
    return _cards(reversed(found[:limit]), roles)


def page_after(
    conversation_id: int, seq: int, limit: int, *, roles: Mapping[int, RoomRole] | None = None
) -> list[MessageCard]:
    """The `limit` messages after number `seq`, newest last. One query."""
    found = with_people(Message.objects.filter(conversation_id=conversation_id, seq__gt=seq)).order_by("seq")
    return _cards(found[:limit], roles)


def changes_after(
    conversation_id: int, change: int, limit: int, *, since: int = 0, roles: Mapping[int, RoomRole] | None = None
) -> Changes:
    """What is new or has changed after number `change`, of messages after number `since`. One query."""
    found = Message.objects.filter(conversation_id=conversation_id, change__gt=change, seq__gt=since)
    cards = _cards(with_people(found).order_by("change")[: limit + 1], roles)
    return {"messages": cards[:limit], "more": len(cards) > limit}


def pinned_in(conversation_ids: Collection[int]) -> dict[int, list[MessageCard]]:
    """The pinned messages of each conversation, the last pinned first; hidden, those that their authors alone see. One
    query."""
    found: dict[int, list[MessageCard]] = {conversation_id: [] for conversation_id in conversation_ids}
    in_sight = Q(hidden_at=None) | Q(hidden_as__in=IN_SHADOW)
    pinned = Message.objects.filter(in_sight, conversation_id__in=found, pinned_at__isnull=False, recalled_at=None)
    for message in with_people(pinned).order_by("-pinned_at", "-seq"):
        found[message.conversation_id].append(card_of(message))
    return found


def reactions_of(user_ids: Collection[int], message_ids: Collection[int]) -> dict[tuple[int, int], list[str]]:
    """What people reacted with, by (user id, message id). One query."""
    found: dict[tuple[int, int], list[str]] = {}
    theirs = Reaction.objects.filter(user_id__in=user_ids, message_id__in=message_ids).order_by("pk")
    for user_id, message_id, emoji in theirs.values_list("user_id", "message_id", "emoji"):
        found.setdefault((user_id, message_id), []).append(emoji)
    return found


def _cards(messages: Iterable[Message], roles: Mapping[int, RoomRole] | None) -> list[MessageCard]:
    return [card_of(message, roles=roles) for message in messages]


class Unread(NamedTuple):
    """Of what has a number after what a person has read: the `mentions` of the person, by number, ascending, and how
    many messages are `hidden`."""

    mentions: list[int]
    hidden: int


def unread_in(user_id: int, *, conversation_id: int | None = None) -> dict[int, Unread]:
    """By conversation, all or one; where there is nothing of it, it is missing. One query."""
    own = Q(conversation__members__user=user_id)
    if conversation_id is not None:
        own &= Q(conversation=conversation_id)
    columns = ("conversation_id", "number", "counts")
    mentions, to_all = (
        some.annotate(number=F("seq"), counts=Value(0)).values_list(*columns) for some in _unread_mentions(own)
    )
    hidden = _unread_hidden(own).values("conversation_id").annotate(number=Count("pk"), counts=Value(1))
    found: dict[int, Unread] = {}
    for id, number, counts in sorted(mentions.union(to_all, hidden.values_list(*columns))):
        unread = found.get(id, Unread([], 0))
        if counts:
            found[id] = unread._replace(hidden=number)
        elif len(unread.mentions) < MOST_MENTIONS:
            found[id] = unread._replace(mentions=[*unread.mentions, number])
    return found


def unread_besides(user_ids: Collection[int]) -> Counter[int]:
    """What there is to add, by user id, to the numbers that `conversations.unread_totals` adds up: the unread messages
    that mention a person where that person has muted the conversation, less those that are hidden elsewhere. One query.
    """
    person = F("conversation__members__user")
    theirs = Q(conversation__members__user__in=user_ids)
    let_in = Q(conversation__direct__requested_by=None) | Q(conversation__direct__requested_by=person)
    counted = theirs & let_in & Q(conversation__members__muted=False, conversation__group__closed_at=None)
    welcome = Q(conversation__group=None) | ~Q(shut_out(OuterRef("person"), OuterRef("conversation_id")))
    columns = ("person", "conversation_id", "number", "counts")
    mentions, to_all = (
        some.annotate(person=person, number=F("seq"), counts=Value(1)).filter(welcome).values_list(*columns)
        for some in _unread_mentions(theirs & Q(conversation__members__muted=True))
    )
    hidden = _unread_hidden(counted).annotate(person=person).filter(welcome).values("person", "conversation_id")
    hidden = hidden.annotate(number=Count("pk"), counts=Value(-1)).values_list(*columns)
    found = Counter[int]()
    for user_id, _, number, counts in mentions.union(to_all, hidden):
        found[user_id] += 1 if counts > 0 else -number
    return found


def _unread_mentions(members: Q) -> tuple[QuerySet[MessageMention], QuerySet[MessageMention]]:
    """Of messages that mention one of the `members`: in person, and with everybody, which may be the same ones."""
    unread = _unread()
    in_sight = Q(message__recalled_at=None, message__hidden_at=None)
    in_person = MessageMention.objects.filter(members & unread & in_sight, user=F("conversation__members__user"))
    with_all = MessageMention.objects.filter(members & unread & in_sight, user=None)
    return in_person, with_all.exclude(message__author=F("conversation__members__user"))


def mentions_before(user_id: int, before: int | None, limit: int) -> tuple[list[Message], int | None]:
    """Messages that mention a person and that this person may read now, the last one first, with all that their cards
    show and their conversation; and where to go on, or None.

    Two queries, of a fixed number of rows: a page may be shorter than what there is behind it.
    """
    older = MessageMention.objects.filter(message__lt=before) if before else MessageMention.objects.all()
    groups = Member.objects.filter(user=user_id).values("conversation")
    own = older.filter(user=user_id).order_by("-message")[: LOOKED_AT + 1]
    to_all = older.filter(user=None, conversation__in=groups).order_by("-message")[: LOOKED_AT + 1]
    ids = sorted({*own.values_list("message", flat=True), *to_all.values_list("message", flat=True)}, reverse=True)
    member = Q(conversation__members__user=user_id)
    since = Q(conversation__group=None) | Q(conversation__group__history=Group.History.ALL)
    readable = member & (since | Q(seq__gt=F("conversation__members__joined_seq")))
    shown = Message.objects.filter(readable, pk__in=ids[:LOOKED_AT], recalled_at=None, hidden_at=None)
    welcome = Q(conversation__group=None) | ~Q(shut_out(Value(user_id), OuterRef("conversation_id")))
    shown = shown.filter(welcome, conversation__group__closed_at=None).exclude(author=user_id).order_by("-pk")
    found = list(with_people(shown).select_related("conversation")[: limit + 1])
    if len(found) > limit:
        return found[:limit], found[limit - 1].pk
    return found, ids[LOOKED_AT - 1] if len(ids) > LOOKED_AT else None
