"""Who may publish, and what viewers are told. Only the ingest process calls what concerns publishers."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q, QuerySet

from community.accounts.models import User
from live.media.cards import Health
from live.media.errors import AlreadyPublishing, KeyUnknown
from live.media.events import StreamChanged, StreamMeasured
from live.media.folder import url_of
from live.media.models import Stream
from live.media.selectors import GRACE_SECS, LEASE_SECS, has_publisher, playback
from live.shows.models import Show
from project.kernel.clock import now
from project.kernel.errors import Conflict, Forbidden, LoginRequired, NotFound
from project.kernel.ids import new_key
from project.realtime.outbox import publish_on_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """Shown once: only its hash is kept."""

    key: str = field(repr=False)
    hint: str
    server_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right of one connection to publish a show. `key_hash` tells later whether the key was rotated."""

    show_id: int
    publisher: str
    key_hash: str = field(repr=False)


def hash_of(key: str) -> str:
    """SHA-256, plain: a key has 128 random bits, so nothing slower makes it harder to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


def show_of_host(*, show_id: int, user: User | AnonymousUser) -> Show:
    """Raises NotFound, and Forbidden for anyone but the show's host and staff."""
    if not user.is_authenticated:
        raise LoginRequired
    show = Show.objects.filter(pk=show_id).first()
    if show is None:
        raise NotFound
    if show.host_id != user.pk and not user.is_staff:
        raise Forbidden
    return show


@transaction.atomic
def rotate_key(*, show: Show) -> IssuedKey:
    """A new key; the old one stops working at once, and who publishes with it is cut within a second or two.

    Raises Conflict when the show is over.
    """
    if show.state == Show.State.ENDED:
        raise Conflict(detail={"state": "ended"})
    key = new_key()
    Stream.objects.update_or_create(show=show, defaults={"key_hash": hash_of(key), "key_hint": key[-4:]})
    return IssuedKey(key=key, hint=key[-4:], server_url=settings.RTMP_PUBLIC_URL)


def state_of(*, show: Show) -> dict[str, Any]:
    """What the studio shows of a stream, as in `GET /api/shows/<id>/stream/`."""
    stream = Stream.objects.filter(show=show).first() or Stream(show=show)
    is_live = has_publisher(stream)
    return {
        "state": "live" if is_live else "offline",
        "has_key": bool(stream.key_hash),
        "hint": stream.key_hint,
        "server_url": settings.RTMP_PUBLIC_URL,
        # The host may watch before the show is on air; there is a playlist once something was measured.
        "preview_url": url_of(show.pk) if is_live and stream.health else None,
        "health": (stream.health or None) if is_live else None,
    }


def publisher_connected(*, key: str, publisher: str) -> Lease:
    """Take the lease of a key. Raises KeyUnknown or AlreadyPublishing."""
    key_hash = hash_of(key)
    usable = Stream.objects.filter(key_hash=key_hash).exclude(show__state=Show.State.ENDED)
    moment = now()
    is_free = (
        Q(publisher="") | Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=moment - timedelta(seconds=LEASE_SECS))
    )
    taken = usable.filter(is_free).update(publisher=publisher, last_seen_at=moment, health={})
    stream = usable.first()
    if stream is None:
        raise KeyUnknown
    if not taken:
        raise AlreadyPublishing
    return Lease(show_id=stream.show_id, publisher=publisher, key_hash=key_hash)


def publisher_seen(*, lease: Lease, health: Health | None) -> bool:
    """Renew the lease and keep what was measured (None: nothing yet). False: the lease is lost."""
    changes: dict[str, Any] = {"last_seen_at": now()}
    if health is not None:
        changes["health"] = health
    if not _held(lease).update(**changes):
        return False
    if health is not None:
        publish_on_commit(StreamMeasured(show_to=lease.show_id, health=health))
    return True


def publisher_gone(*, lease: Lease) -> None:
    """Free the key. Viewers are told later, and only if nobody comes back: see `end_stale_playback`."""
    if _held(lease).update(publisher="", last_seen_at=now()):
        publish_on_commit(StreamMeasured(show_to=lease.show_id, health=None))


def leases_lost(leases: Collection[Lease]) -> list[Lease]:
    """Of these, those whose key was rotated, whose show is over, or that someone else has taken."""
    rows = Stream.objects.filter(show_id__in=[lease.show_id for lease in leases])
    held = {
        (show_id, publisher, key_hash)
        for show_id, publisher, key_hash, state in rows.values_list("show_id", "publisher", "key_hash", "show__state")
        if state != Show.State.ENDED
    }
    return [lease for lease in leases if (lease.show_id, lease.publisher, lease.key_hash) not in held]


def begin_playback(*, show_ids: Collection[int]) -> list[int]:
    """Tell viewers that there is something to watch, in those shows that are on air; returns which were begun.

    A host's rehearsal before going live is nobody else's: so this is asked again until the show is on air.
    """
    waiting = Stream.objects.filter(show_id__in=show_ids, live_since__isnull=True, show__state=Show.State.LIVE)
    return _announce(waiting, is_live=True)


def end_stale_playback(*, grace_secs: float = GRACE_SECS) -> list[int]:
    """Tell viewers that the picture is gone where nothing came for `grace_secs`, or the show is over; returns where."""
    is_stale = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=now() - timedelta(seconds=grace_secs))
    over = Stream.objects.filter(is_stale | Q(show__state=Show.State.ENDED), live_since__isnull=False)
    return _announce(over, is_live=False)


def shows_over(show_ids: Collection[int]) -> set[int]:
    """Of these, the shows that have ended or are no more."""
    going_on = Show.objects.filter(pk__in=show_ids).exclude(state=Show.State.ENDED)
    return set(show_ids) - set(going_on.values_list("pk", flat=True))


def _announce(streams: QuerySet[Stream], *, is_live: bool) -> list[int]:
    # Asked every second, and the answer is nearly always no: the write lock is taken only when there is work.
    if not streams.exists():
        return []
    with transaction.atomic():
        changed = list(streams.select_for_update(of=("self",)).order_by("pk"))
        for stream in changed:
            stream.live_since = now() if is_live else None
            stream.version += 1
            stream.save(update_fields=["live_since", "version"])
        publish_on_commit(*(_changed(stream, is_live=is_live) for stream in changed))
    return [stream.show_id for stream in changed]


def _changed(stream: Stream, *, is_live: bool) -> StreamChanged:
    body = playback(stream.show_id, is_live=is_live, version=stream.version)
    return StreamChanged(show_to=stream.show_id, playback=body, version=stream.version)


def _held(lease: Lease) -> QuerySet[Stream]:
    return Stream.objects.filter(show_id=lease.show_id, publisher=lease.publisher)
