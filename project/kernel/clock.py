"""Time. What starts, ends or expires is decided by the database's clock, so that processes agree."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.db import connection
from django.utils import timezone

from project.kernel.queries import repeated


def now() -> datetime:
    """This process's clock, aware."""
    return timezone.now()


def now_ms() -> int:
    """Milliseconds since the epoch, as on the wire."""
    return time.time_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def bounds_of(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """From when (inclusive) to when (exclusive) a day lasts in a zone."""
    following = day + timedelta(days=1)
    return (
        datetime(day.year, day.month, day.day, tzinfo=zone),
        datetime(following.year, following.month, following.day, tzinfo=zone),
    )


def database_now() -> datetime:
    """The database's clock, aware, also inside a long transaction. One query on PostgreSQL; SQLite is this machine."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with repeated() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    assert isinstance(moment, datetime)
    return moment
