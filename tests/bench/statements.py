"""What PostgreSQL has carried out, as `pg_stat_statements` counts it."""

from __future__ import annotations

from django.db import connection


def statements() -> int:
    """How many statements so far, of all databases, BEGIN and COMMIT too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(SUM(calls), 0) FROM pg_stat_statements")
        return int(cursor.fetchone()[0])
