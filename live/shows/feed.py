"""What those who follow a host read of shows: each once, as it is now, at the time when it came to be so."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models.functions import Coalesce

from community.accounts.selectors import card
from community.social.feed import Item, Place, Source, latest
from live.shows.selectors import show_card, shows
from live.shows.serializers import ShowNewsSerializer


def read(user_ids: Collection[int], *, before: Place | None, limit: int) -> list[Item]:
    """One query."""
    found = shows().filter(host__in=user_ids).annotate(at=Coalesce("ended_at", "started_at", "created_at"))
    return [
        Item(Place(show.at, show.pk), card(show.host), {"show": show_card(show)})
        for show in latest(found, before=before, limit=limit)
    ]


SHOWS = Source(read, ShowNewsSerializer)
