from datetime import timedelta

from django.utils import timezone

from live.media.cards import Playback
from live.media.folder import url_of
from live.media.models import Stream
from live.shows.models import Show

# A publisher that was not seen for so long is gone, and the key is free again.
LEASE_SECS = 10
# What outlives a drop: a publisher that is back by then leaves no trace but a discontinuity.
GRACE_SECS = 8


def playback_of(show_id: int) -> Playback:
    """Where to watch the show now; the url is None while there is nothing to watch.

    A `stream.changed` of the same or an older version is in it already.
    """
    # Twice the grace: whoever announces the end of the picture may itself have died.
    seen_after = timezone.now() - timedelta(seconds=2 * GRACE_SECS)
    stream = Stream.objects.select_related("show").filter(show_id=show_id).first()
    if stream is None:
        return playback(show_id, is_live=False, version=0)
    is_live = (
        stream.live_since is not None
        and stream.show.state == Show.State.LIVE
        and (stream.last_seen_at is None or stream.last_seen_at >= seen_after)
    )
    return playback(show_id, is_live=is_live, version=stream.version)


def playback(show_id: int, *, is_live: bool, version: int) -> Playback:
    return {"url": url_of(show_id) if is_live else None, "live": is_live, "version": version}


def has_publisher(stream: Stream) -> bool:
    fresh_after = timezone.now() - timedelta(seconds=LEASE_SECS)
    return bool(stream.publisher) and stream.last_seen_at is not None and stream.last_seen_at >= fresh_after
