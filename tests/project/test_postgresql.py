"""Kept connections to PostgreSQL: one that is dead is replaced before it is used, and asking costs no statement."""

from __future__ import annotations

import pytest
from django.db import close_old_connections, connection, connections

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def server_process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(process: int) -> None:
    """End it from another connection, and wait until it is gone."""
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


def test_a_connection_that_the_server_has_ended_is_replaced() -> None:
    before = server_process()
    end(before)
    close_old_connections()
    assert server_process() != before


def test_a_living_connection_is_kept_and_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    before = server_process()
    with monkeypatch.context() as asking:
        asking.setattr(connection.connection, "cursor", lambda *_: pytest.fail("a statement was sent"))
        close_old_connections()
        connection.health_check_enabled = True  # type: ignore[attr-defined]
        connection.close_if_health_check_failed()
        assert connection.health_check_done  # type: ignore[attr-defined]
    assert server_process() == before


def test_a_closed_connection_is_not_usable() -> None:
    server_process()
    assert connection.is_usable()
    connection.connection.close()
    assert not connection.is_usable()
    connection.close()
    assert not connection.is_usable()
