"""One's own place in a conversation: read up to, muted, pinned. Nobody else's row is touched, and no lock taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from chat.conversations.cards import MembershipCard, ReadCard
from chat.conversations.events import ConversationChanged
from chat.conversations.models import Conversation, Member
from chat.conversations.selectors import Pair, channel_of, member_of, membership_card, open_memberships
from chat.conversations.services.receipts import receipts
from community.moderation.errors import Banned
from community.moderation.selectors.standing import keeps_out
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, NotFound
from project.realtime.outbox import publish_on_commit


class Read(NamedTuple):
    """Somebody has read everything up to `seq`."""

    user_id: int
    conversation_id: int
    seq: int


def mark_read(*, user_id: int, conversation_id: int, seq: int) -> MembershipCard:
    """As `commit_reads`, for one. Raises NotFound."""
    with transaction.atomic():
        [answer] = commit_reads([Read(user_id, conversation_id, seq)])
    if isinstance(answer, DomainError):
        raise answer
    return answer


def commit_reads(reads: Sequence[Read]) -> list[MembershipCard | DomainError]:
    """What was read is never unread again, what has not been said yet is not read; NotFound for others than members,
    Banned for who is kept out.

    Runs in a transaction. Four queries, however many read, five where blocks keep somebody apart; one where nothing is
    new to anybody.
    """
    asked = [(read.user_id, read.conversation_id) for read in reads]
    members = open_memberships(asked)
    banned = {pair for pair, member in members.items() if _is_shut_out(member)}
    moved: dict[Pair, int] = {}
    for pair, read in zip(asked, reads, strict=True):
        member = members.get(pair)
        if member and pair not in banned and member.read_seq < (seq := min(read.seq, member.conversation.last_seq)):
            moved[pair] = max(seq, moved.get(pair, 0))
    if moved:
        _move(moved, changes=1)
        members |= open_memberships(list(moved))
        there = [members[pair] for pair in moved if pair in members]
        told = receipts([_read(member) for member in there if _shows_receipts(member)])
        publish_on_commit(*map(_changed, there), *told)
    return [
        NotFound() if pair not in members else Banned() if pair in banned else membership_card(members[pair])
        for pair in asked
    ]


def set_muted(*, user_id: int, conversation_id: int, muted: bool) -> Member:
    """Raises NotFound."""
    with transaction.atomic():
        member = member_of(user_id=user_id, conversation_id=conversation_id)
        changed = Member.objects.filter(pk=member.pk).exclude(muted=muted)
        return _announced(member) if changed.update(muted=muted, version=F("version") + 1) else member


def set_pinned(*, user_id: int, conversation_id: int, pinned: bool) -> Member:
    """Keep it on top of one's list, or do not. Raises NotFound."""
    with transaction.atomic():
        member = member_of(user_id=user_id, conversation_id=conversation_id)
        changed = Member.objects.filter(pk=member.pk, pinned_at__isnull=pinned)
        pinned_at = database_now() if pinned else None
        return _announced(member) if changed.update(pinned_at=pinned_at, version=F("version") + 1) else member


def move_cursors(reads: Mapping[Pair, int]) -> None:
    """Whoever says something has read what was said before: one statement for many (user id, conversation id).

    Not announced: a message tells its author's other devices as much.
    """
    _move(reads, changes=0)


def _move(reads: Mapping[Pair, int], *, changes: int) -> None:
    """Raise each `read_seq`, and the `version` by as many changes."""
    table = f'"{Member._meta.db_table}"'
    rows = [{"u": user_id, "c": conversation_id, "s": seq} for (user_id, conversation_id), seq in reads.items()]
    matches = "m.conversation_id = given.c AND m.user_id = given.u AND m.read_seq < given.s"
    if connection.vendor == "postgresql":
        # Rows are locked in one order, so that two who move many of the same ones do not wait for each other.
        wanted = (
            f"SELECT m.id, given.s FROM json_to_recordset(%s) AS given(u bigint, c bigint, s bigint)"
            f" JOIN {table} AS m ON {matches} ORDER BY m.id FOR UPDATE OF m"
        )
    else:
        columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in "ucs")
        given = f"(SELECT {columns} FROM json_each(%s)) AS given"
        wanted = f"SELECT m.id, given.s FROM {given} JOIN {table} AS m ON {matches}"
    sql = (
        f"WITH wanted AS ({wanted}) UPDATE {table} SET read_seq = wanted.s, version = version + %s"
        f" FROM wanted WHERE {table}.id = wanted.id AND {table}.read_seq < wanted.s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [msgspec.json.encode(rows).decode(), changes])


def _is_shut_out(member: Member) -> bool:
    conversation = member.conversation
    return conversation.kind == Conversation.Kind.GROUP and keeps_out(member.user_id, channel_of(conversation))


def _shows_receipts(member: Member) -> bool:
    conversation = member.conversation
    is_group = conversation.kind == Conversation.Kind.GROUP
    return is_group and conversation.group.member_count <= settings.READ_RECEIPTS_MEMBERS


def _read(member: Member) -> tuple[int, ReadCard]:
    return member.conversation_id, {"user": member.user_id, "membership": member.pk, "seq": member.read_seq}


def _changed(member: Member) -> ConversationChanged:
    channel = channel_of(member.conversation)
    return ConversationChanged(channel=channel, membership=membership_card(member), user_to=member.user_id)


def _announced(member: Member) -> Member:
    member.refresh_from_db(fields=["role", "read_seq", "muted", "pinned_at", "version"])
    publish_on_commit(_changed(member))
    return member
