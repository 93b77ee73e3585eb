from datetime import timedelta
from typing import Any

from django.utils import timezone

from live.media.folder import url_of
from live.media.models import Stream
from live.shows.models import Show

# A publisher that was not seen for so long is gone, and the key is free again.
LEASE_SECS = 10
# What outlives a drop: a publisher that is back by then leaves no trace but a discontinuity.
GRACE_SECS = 8


def playback_of(show_id: int) -> dict[str, Any]:
    """`{"url", "live"}`: where to watch the show now; the url is null while there is nothing to watch."""
    # Twice the grace: whoever announces the end of the picture may itself have died.
    seen_after = timezone.now() - timedelta(seconds=2 * GRACE_SECS)
    is_live = (
        Stream.objects.filter(show_id=show_id, live_since__isnull=False, show__state=Show.State.LIVE)
        .exclude(last_seen_at__lt=seen_after)
        .exists()
    )
    return playback(show_id, is_live=is_live)


def playback(show_id: int, *, is_live: bool) -> dict[str, Any]:
    return {"url": url_of(show_id) if is_live else None, "live": is_live}


def has_publisher(stream: Stream) -> bool:
    fresh_after = timezone.now() - timedelta(seconds=LEASE_SECS)
    return bool(stream.publisher) and stream.last_seen_at is not None and stream.last_seen_at >= fresh_after
