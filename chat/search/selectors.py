"""Finding what was said: all terms of a query must stand in a message.

Each page costs as much database work as the last one, however often a term was said: so many messages are looked at,
the newest first, and a page may be short of results while there is more behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from chat.conversations.selectors import channel_of, readable_conversations
from chat.messages.models import Message
from chat.messages.selectors import card_of, with_people
from chat.search.cards import FoundPage
from chat.search.models import Posting, Unindexed
from chat.search.texts import searched
from project.kernel.ids import MOST_ID
from project.kernel.terms import indexed_terms, is_word, query_terms

MOST_TERMS = 12
# Messages that are looked at together, and how often for one page.
LOOKED_AT = 100
ROUNDS = 5
# What was said a moment ago, and is not in the index yet.
MOST_UNINDEXED = 500


class _Candidates(NamedTuple):
    """The ids of messages that have one of the terms, the newest first; `last` is the last one that was looked at."""

    ids: list[int]
    last: int | None


def find_messages(
    *, user_id: int, text: str, conversation_id: int | None = None, before: int | None = None, limit: int
) -> FoundPage:
    """Messages that this person may read now and that have all the words, the newest first, in one conversation or in
    all of the person's own. Raises NotFound for a conversation that the person is not in.
    """
    since = readable_conversations(user_id=user_id, conversation_id=conversation_id)
    terms = [term for term, _ in query_terms(text)][:MOST_TERMS]
    found: list[Message] = []
    following: int | None = before
    if not terms or not since:
        return {"found": [], "next": None}
    rarest = max(terms, key=lambda term: (is_word(term), len(term)))
    for _ in range(ROUNDS):
        candidates = _candidates(sorted(since), rarest, following)
        found += _matching(candidates.ids, terms, since, user_id)
        following = candidates.last
        if following is None or len(found) >= limit:
            break
    if len(found) > limit:
        found, following = found[:limit], found[limit - 1].pk
    return {
        "found": [
            {"channel": channel_of(message.conversation), "message": card_of(message, reader_id=user_id)}
            for message in found
        ],
        "next": following,
    }


def _candidates(conversation_ids: Sequence[int], term: str, before: int | None) -> _Candidates:
    """Two queries, by the index: a fixed number of rows of each conversation."""
    bound = before or MOST_ID
    ids = {*_posted(conversation_ids, term, bound), *_unindexed(conversation_ids, bound)}
    newest = sorted(ids, reverse=True)
    return _Candidates(newest[:LOOKED_AT], newest[LOOKED_AT - 1] if len(newest) > LOOKED_AT else None)


def _posted(conversation_ids: Sequence[int], term: str, before: int) -> list[int]:
    if connection.vendor != "postgresql":
        postings = Posting.objects.filter(conversation__in=conversation_ids, term=term, message__lt=before)
        return list(postings.order_by("-message").values_list("message", flat=True)[: LOOKED_AT + 1])
    sql = (
        "SELECT newest.message_id FROM unnest(%s::bigint[]) AS own(id) CROSS JOIN LATERAL ("
        f'SELECT message_id FROM "{Posting._meta.db_table}"'
        " WHERE conversation_id = own.id AND term = %s AND message_id < %s ORDER BY message_id DESC LIMIT %s"
        ") AS newest ORDER BY 1 DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(conversation_ids), term, before, LOOKED_AT + 1, LOOKED_AT + 1])
        return [id for (id,) in cursor.fetchall()]


def _unindexed(conversation_ids: Sequence[int], before: int) -> list[int]:
    """What was said a moment ago. One query where there is nothing."""
    ranges = Unindexed.objects.filter(conversation__in=conversation_ids).order_by("-pk")[:LOOKED_AT]
    wanted = Q()
    for id, first, last in ranges.values_list("conversation", "first_seq", "last_seq"):
        wanted |= Q(conversation=id, seq__gte=first, seq__lte=last)
    if not wanted:
        return []
    said = Message.objects.filter(wanted, pk__lt=before).order_by("-pk")
    return list(said.values_list("pk", flat=True)[:MOST_UNINDEXED])


def _matching(ids: Sequence[int], terms: Sequence[str], since: Mapping[int, int], user_id: int) -> list[Message]:
    """Those that say all of it, as they are now. One query."""
    messages = with_people(Message.objects.filter(pk__in=ids, recalled_at=None)).select_related("conversation")
    return [
        message
        for message in messages.order_by("-pk")
        if message.seq > since.get(message.conversation_id, MOST_ID)
        and not message.is_hidden_from(user_id)
        and indexed_terms(searched(message)).issuperset(terms)
    ]
