from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import IO

from django.db import transaction
from django.db.models import F

from chat.conversations.models import Conversation
from chat.conversations.services import open_conversation
from chat.messages import rooms
from community.accounts.models import User
from live.shows import covers, selectors
from live.shows.errors import NotLive, ShowIsOver
from live.shows.events import LikesCounted, ShowChanged, ShowEnded, ShowStarted
from live.shows.models import LikeTally, Show
from project.kernel.clock import database_now
from project.kernel.errors import Forbidden, Invalid, NotFound
from project.realtime.outbox import publish_on_commit

MAX_TITLE_LENGTH = 80
# Long after anybody could commit the same likes again.
TALLIES_KEPT_FOR = timedelta(hours=1)


class Unchanged:
    """Stands for an argument that was not given, where None means "none"."""


UNCHANGED = Unchanged()


def create_show(
    *,
    host: User,
    title: str,
    scheduled_at: datetime | None = None,
    cover: IO[bytes] | None = None,
    cover_size: int = 0,
) -> Show:
    """A scheduled show with a room of its own. `cover_size` in bytes. Raises Forbidden, Invalid."""
    if not selectors.may_host(host):
        raise Forbidden
    title = _clean_title(title)
    picture = covers.reencoded(cover, size=cover_size) if cover else None
    with transaction.atomic():
        return Show.objects.create(
            host=host,
            conversation=open_conversation(kind=Conversation.Kind.SHOW),
            title=title,
            scheduled_at=scheduled_at,
            cover=picture or "",
        )


def update_show(
    *,
    show_id: int,
    title: str | None = None,
    scheduled_at: datetime | Unchanged | None = UNCHANGED,
    cover: IO[bytes] | None = None,
    cover_size: int = 0,
) -> Show:
    """Change what is given. Raises NotFound, Invalid, ShowIsOver."""
    picture = covers.reencoded(cover, size=cover_size) if cover else None
    with transaction.atomic():
        show = lock_show(show_id=show_id)
        if show.state == Show.State.ENDED:
            raise ShowIsOver
        if title is not None:
            show.title = _clean_title(title)
        if not isinstance(scheduled_at, Unchanged):
            show.scheduled_at = scheduled_at
        if picture:
            if old := show.cover.name:
                storage = show.cover.storage
                transaction.on_commit(lambda: storage.delete(old), robust=True)
            show.cover = picture
        show.version += 1
        show.save(update_fields=["title", "scheduled_at", "cover", "version"])
        publish_on_commit(ShowChanged(show=selectors.show_state(show)))
    return show


def go_live(*, show_id: int) -> Show:
    """Put a scheduled show on air; one that is on air stays so. Raises NotFound, ShowIsOver."""
    with transaction.atomic():
        started = Show.objects.filter(pk=show_id, state=Show.State.SCHEDULED).update(
            state=Show.State.LIVE, started_at=database_now(), version=F("version") + 1
        )
        show = selectors.show(show_id)
        if started:
            _rule_changed(show_id)
            publish_on_commit(ShowStarted(show=selectors.show_state(show)))
        elif show.state != Show.State.LIVE:
            raise ShowIsOver
    return show


def end_show(*, show_id: int) -> Show:
    """End a show that is on air, for good; one that is over stays so. Raises NotFound, NotLive."""
    with transaction.atomic():
        ended = Show.objects.filter(pk=show_id, state=Show.State.LIVE).update(
            state=Show.State.ENDED, ended_at=database_now(), version=F("version") + 1
        )
        show = selectors.show(show_id)
        if ended:
            _rule_changed(show_id)
            publish_on_commit(ShowEnded(show=selectors.show_state(show)))
        elif show.state != Show.State.ENDED:
            raise NotLive
    return show


def lock_show(*, show_id: int) -> Show:
    """The show, locked until the transaction ends: whoever holds it may issue the next `version`. Raises NotFound."""
    show = selectors.shows().select_for_update(of=("self",)).filter(pk=show_id).first()
    if show is None:
        raise NotFound
    return show


def next_version(*, show: Show) -> int:
    """Issue the next version of a locked show, for an event about something in it."""
    show.version += 1
    show.save(update_fields=["version"])
    return show.version


def commit_likes(*, key: str, counts: Mapping[int, int]) -> None:
    """Add likes by show id. The same key again adds nothing; a show that is gone is left out."""
    with transaction.atomic():
        keys = {show_id: f"{key}:{show_id}" for show_id in counts}
        known = set(LikeTally.objects.filter(key__in=keys.values()).values_list("key", flat=True))
        locked = Show.objects.select_for_update().filter(pk__in=counts).order_by("pk")
        added = [show for show in locked if keys[show.pk] not in known]
        LikeTally.objects.bulk_create(LikeTally(show=show, key=keys[show.pk], count=counts[show.pk]) for show in added)
        for show in added:
            show.likes += counts[show.pk]
        if added:
            Show.objects.bulk_update(added, ["likes"])
            publish_on_commit(*(LikesCounted(total=show.likes, show_to=show.pk) for show in added))


def forget_like_tallies() -> int:
    """Delete tallies whose keys nobody will repeat; returns how many."""
    count, _ = LikeTally.objects.filter(at__lt=database_now() - TALLIES_KEPT_FOR).delete()
    return count


def _rule_changed(show_id: int) -> None:
    transaction.on_commit(lambda: rooms.forget(selectors.channel_of(show_id)), robust=True)


def _clean_title(title: str) -> str:
    clean = " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in title).split())
    clean = unicodedata.normalize("NFC", clean)
    if not clean:
        raise Invalid(fields={"title": ["blank"]})
    if len(clean) > MAX_TITLE_LENGTH:
        raise Invalid(fields={"title": ["max_length"]}, detail={"max_length": MAX_TITLE_LENGTH})
    return clean
