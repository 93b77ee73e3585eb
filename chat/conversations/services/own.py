"""One's own place in a conversation: read up to, muted, pinned. Nobody else's row is touched, and no lock taken."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from django.db import connection, transaction
from django.db.models import F

from chat.conversations.events import ConversationChanged
from chat.conversations.models import Member
from chat.conversations.selectors import Pair, channel_of, member_of, membership_card
from project.kernel.clock import database_now
from project.realtime.outbox import publish_on_commit


def mark_read(*, user_id: int, conversation_id: int, seq: int) -> Member:
    """Everything up to `seq` is read, and never unread again; what has not been said yet is not read.

    Raises NotFound.
    """
    with transaction.atomic():
        member = member_of(user_id=user_id, conversation_id=conversation_id)
        seq = min(seq, member.conversation.last_seq)
        moved = Member.objects.filter(pk=member.pk, read_seq__lt=seq).update(read_seq=seq, version=F("version") + 1)
        return _announced(member) if moved else member


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
    table = f'"{Member._meta.db_table}"'
    rows = [{"u": user_id, "c": conversation_id, "s": seq} for (user_id, conversation_id), seq in reads.items()]
    if connection.vendor == "postgresql":
        given = "json_to_recordset(%s) AS given(u bigint, c bigint, s bigint)"
    else:
        columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in "ucs")
        given = f"(SELECT {columns} FROM json_each(%s)) AS given"
    sql = (
        f"UPDATE {table} SET read_seq = given.s FROM {given}"
        f" WHERE {table}.conversation_id = given.c AND {table}.user_id = given.u AND {table}.read_seq < given.s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [msgspec.json.encode(rows).decode()])


def _announced(member: Member) -> Member:
    member.refresh_from_db(fields=["role", "read_seq", "muted", "pinned_at", "version"])
    channel = channel_of(member.conversation)
    changed = ConversationChanged(channel=channel, membership=membership_card(member), user_to=member.user_id)
    publish_on_commit(changed)
    return member
