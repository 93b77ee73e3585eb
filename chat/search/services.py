"""Keeping the index like what is said: new messages within a second, and found before that; others at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import Q

from chat.conversations.models import Conversation
from chat.links.services import note_links
from chat.messages.models import Message
from chat.messages.rooms import Post
from chat.search.models import NewUnindexed, Posting, Unindexed
from chat.search.texts import searched
from project.kernel.rows import insert
from project.kernel.terms import indexed_terms

ROWS = 2000
RANGES = 50
MESSAGES = 1000


def note_said(numbers: Mapping[Post, Sequence[int]]) -> None:
    """Note what is to be indexed, in the transaction that keeps it: the numbers that each author's messages have got,
    ascending. One query, however much was said.
    """
    ranges: dict[int, tuple[int, int]] = {}
    for post, seqs in numbers.items():
        first, last = ranges.get(post.conversation_id, (seqs[0], seqs[-1]))
        ranges[post.conversation_id] = min(first, seqs[0]), max(last, seqs[-1])
    insert(
        Unindexed,
        [NewUnindexed(conversation_id=id, first_seq=first, last_seq=last) for id, (first, last) in ranges.items()],
    )


def index_said(*, most_rounds: int = 20) -> int:
    """Index what was noted, oldest first, and note what links it has; returns how many messages.

    Safe to run in many processes at once.
    """
    indexed = 0
    for _ in range(most_rounds):
        # Looked at first without a transaction, which on SQLite would take the one write lock every second.
        if not Unindexed.objects.exists():
            break
        with transaction.atomic():
            waiting = Unindexed.objects.order_by("pk")
            if connection.features.has_select_for_update_skip_locked:
                waiting = waiting.select_for_update(skip_locked=True)
            taken = _no_more_than(MESSAGES, waiting[:RANGES])
            if not taken:
                break
            messages = _messages_of(taken)
            _write(messages)
            note_links(messages)
            Unindexed.objects.filter(pk__in=[one.pk for one in taken]).delete()
        indexed += len(messages)
    return indexed


@transaction.atomic
def index_again(message_id: int) -> None:
    """A message that says something else now. The same again changes nothing; nor does what is said in rooms, where
    nobody searches."""
    searched_ones = Message.objects.exclude(conversation__kind=Conversation.Kind.SHOW)
    message = searched_ones.select_for_update(of=("self",)).filter(pk=message_id).first()
    if message is None:
        return
    terms = _terms(message)
    Posting.objects.filter(message=message_id).exclude(term__in=terms).delete()
    _write([message])
    note_links([message])


def forget(message_id: int) -> None:
    """A message that nobody may find any more."""
    Posting.objects.filter(message=message_id).delete()


def _no_more_than(most: int, waiting: Iterable[Unindexed]) -> list[Unindexed]:
    """The first of them, at least one, with so many messages."""
    taken: list[Unindexed] = []
    for one in waiting:
        most -= one.last_seq - one.first_seq + 1
        if taken and most < 0:
            break
        taken.append(one)
    return taken


def _messages_of(ranges: Sequence[Unindexed]) -> list[Message]:
    wanted = Q()
    for one in ranges:
        wanted |= Q(conversation=one.conversation_id, seq__gte=one.first_seq, seq__lte=one.last_seq)
    return list(Message.objects.filter(wanted, recalled_at=None))


def _write(messages: Sequence[Message]) -> None:
    """Add what is missing. On PostgreSQL as three lists: by the ORM, a row costs several times as much."""
    rows = [(one.conversation_id, term, one.pk) for one in messages for term in sorted(_terms(one))]
    if not rows:
        return
    if connection.vendor != "postgresql":
        postings = (Posting(conversation_id=conversation, term=term, message_id=pk) for conversation, term, pk in rows)
        Posting.objects.bulk_create(postings, batch_size=ROWS, ignore_conflicts=True)
        return
    sql = (
        f'INSERT INTO "{Posting._meta.db_table}" (conversation_id, term, message_id)'
        " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])


def _terms(message: Message) -> set[str]:
    return indexed_terms(searched(message))
