"""Opening conversations, and numbering what is said in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from django.db import connection
from django.db.models import QuerySet

from chat.conversations.models import Conversation
from project.kernel.queries import Among, compiled


def open_conversation(*, kind: Conversation.Kind) -> Conversation:
    return Conversation.objects.create(kind=kind)


def lock_conversations(*, ids: Iterable[int]) -> dict[int, Conversation]:
    """Lock these conversations until the transaction ends, in ascending order of id; those that are gone are left out.

    Whoever holds the lock may take numbers from `last_seq` and `last_change` and save them: that leaves no gaps.
    """
    return {conversation.pk: conversation for conversation in _locked(set(ids))}


@compiled
def _locked(ids: Collection[int]) -> QuerySet[Conversation]:
    return Conversation.objects.select_for_update().filter(Among("pk", ids)).order_by("pk")


def save_numbers(conversations: Sequence[Conversation]) -> None:
    """Save `last_seq` and `last_change` of locked conversations. One query, the same however many they are:
    `bulk_update` puts a case for each into it, and took longer for 50 than PostgreSQL did.
    """
    table = f'"{Conversation._meta.db_table}"'
    rows = [{"i": one.pk, "s": one.last_seq, "c": one.last_change} for one in conversations]
    if connection.vendor == "postgresql":
        given = "json_to_recordset(%s) AS given(i bigint, s bigint, c bigint)"
    else:
        columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in "isc")
        given = f"(SELECT {columns} FROM json_each(%s)) AS given"
    sql = f"UPDATE {table} SET last_seq = given.s, last_change = given.c FROM {given} WHERE {table}.id = given.i"
    with connection.cursor() as cursor:
        cursor.execute(sql, [msgspec.json.encode(rows).decode()])
