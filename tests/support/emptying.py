"""Empty the database after a test that committed: of what the test filled, and of nothing else.

Django's way truncates every table, and writes content types and permissions anew: half a second a test.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

# While this has a row, the log of moderation keeps its own, on SQLite.
FIRST = "community_moderation_audit_head"
# Of the models alone, not of what happened to them: post_migrate writes them once.
KEPT = {"django_content_type", "auth_permission"}


def empty_database(alias: str) -> None:
    """On PostgreSQL it needs a superuser: append-only tables refuse everybody else."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    tables = [quote(name) for name in _tables(connection)]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # As TRUNCATE does, wait for transactions that still write: their rows would stay.
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("SET LOCAL session_replication_role = replica")
        filled = " UNION ALL ".join(f"SELECT {n} WHERE EXISTS (SELECT 1 FROM {name})" for n, name in enumerate(tables))
        cursor.execute(filled)
        for (n,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {tables[n]}")


def _tables(connection: Any) -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted((name for name in names if name not in KEPT), key=lambda name: name != FIRST)


def after_each_test(case: Any) -> None:
    """In the place of `TransactionTestCase._fixture_teardown`."""
    for alias in case._databases_names(include_mirrors=False):
        empty_database(alias)
