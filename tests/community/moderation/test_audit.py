from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from community.moderation.models import AuditHead, AuditRow
from community.moderation.services import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> None:
    for number in range(5):
        audit.record(actor_id=7, action="case.keep", target=f"message:{number}", data={"n": number, "text": "加薇X"})


def _without_triggers(sql: str) -> None:
    """As somebody would who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER community_moderation_keep_audit_update")
            cursor.execute("DROP TRIGGER community_moderation_keep_audit_delete")
        cursor.execute(sql)


def test_each_row_goes_on_from_the_one_before(log, capsys) -> None:
    rows = list(AuditRow.objects.order_by("number"))
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert len({row.hash for row in rows}) == 5
    assert rows[0].hash == audit.digest(rows[0], before=audit.NOTHING_BEFORE)
    assert audit.verify() is None
    call_command("verify_audit")
    assert capsys.readouterr().out == "5 rows, unbroken.\n"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE community_moderation_audit_row SET action = 'case.ban' WHERE number = 2",
        "DELETE FROM community_moderation_audit_row WHERE number = 5",
        "DELETE FROM community_moderation_audit_row",
    ],
)
def test_the_database_keeps_rows_as_they_are(log, sql) -> None:
    before = list(AuditRow.objects.values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert list(AuditRow.objects.values()) == before


@pytest.mark.parametrize(
    ("sql", "number", "why"),
    [
        ("UPDATE community_moderation_audit_row SET action = 'case.ban' WHERE number = 2", 2, "changed"),
        ("UPDATE community_moderation_audit_row SET actor_id = 8 WHERE number = 5", 5, "changed"),
        ("DELETE FROM community_moderation_audit_row WHERE number = 3", 3, "missing"),
        ("DELETE FROM community_moderation_audit_row WHERE number > 3", 4, "cut off"),
        ("DELETE FROM community_moderation_audit_head", 6, "cut off"),
    ],
)
def test_whoever_gets_round_that_is_found_out(log, sql, number, why) -> None:
    _without_triggers(sql)
    assert audit.verify() == (number, why)
    with pytest.raises(CommandError, match=f"row {number}: {why}"):
        call_command("verify_audit")


def test_one_head_for_all(log) -> None:
    assert AuditHead.objects.count() == 1
