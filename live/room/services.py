from __future__ import annotations

from live.room.models import AudienceMinute
from live.shows.models import Show
from project.kernel.clock import from_ms


def note_audience(*, show_id: int, minute_ms: int, viewers: int) -> None:
    """Keep how many watched in a minute of a show on air; the first count of a minute is the one."""
    if Show.objects.filter(pk=show_id, state=Show.State.LIVE).exists():
        AudienceMinute.objects.get_or_create(show_id=show_id, minute=from_ms(minute_ms), defaults={"viewers": viewers})
