"""What is shown in a room, in the studio, and to a person who connects: everything joined."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count

from chat.messages.selectors import latest, quotes_hidden_of, seen_by
from chat.messages.text import MAX_TEXT_LENGTH
from commerce.flash_sales import selectors as flash_sales
from commerce.orders import selectors as orders
from commerce.promotions import selectors as promotions
from community.accounts.models import Role, User
from community.moderation.selectors.rooms import room_rules
from live.media.selectors import playback_of
from live.room.cards import Figures, Point, RoomSnapshot, StudioSnapshot
from live.room.models import AudienceMinute
from live.shelf import selectors as shelf
from live.shows.models import Show
from live.shows.selectors import channel_of, roles_in, show_state, shows
from live.shows.selectors import show as find_show
from project.kernel.clock import now, to_ms
from project.kernel.errors import Forbidden, LoginRequired, NotFound

MOST_MESSAGES = 50
MINUTE_MS = 60_000
# A day: beyond it the trend begins later than the show.
MOST_MINUTES = 1440


def room_snapshot(show_id: int, *, viewers: int) -> RoomSnapshot:
    """All that `show:<id>` shows, the same for everyone. Raises NotFound.

    The show is read first: whatever has a version up to its own is then in what is read after it.
    """
    show = shows().annotate(shelf_count=Count("items")).filter(pk=show_id).first()
    if show is None:
        raise NotFound
    channel = channel_of(show_id)
    rules = room_rules([channel])[channel]
    messages = latest(show.conversation_id, MOST_MESSAGES, roles=roles_in(show))
    return {
        "show": show_state(show),
        "playback": playback_of(show_id),
        "pinned": shelf.pinned_items(show_id),
        "shelf_count": show.shelf_count,
        "sales": flash_sales.sales_in(channel),
        "drops": promotions.drops_in(channel),
        "messages": messages,
        "last_seq": messages[-1]["seq"] if messages else 0,
        "viewers": viewers,
        "likes": show.likes,
        "chat": {"max_length": MAX_TEXT_LENGTH, "slow_mode_secs": rules["slow_mode_secs"]},
        "rules": rules,
    }


def room_snapshots(viewers: Mapping[int, int]) -> dict[int, RoomSnapshot]:
    """Snapshots by show id, for as many `viewers` in each. A show that does not exist is left out."""
    found = {}
    for show_id, count in viewers.items():
        with suppress(NotFound):
            found[show_id] = room_snapshot(show_id, viewers=count)
    return found


def has_hidden_of(user_id: int, snapshot: RoomSnapshot) -> bool:
    """Whether something of this person's is out of sight in it: seldom, and known without a query."""
    return any(
        (card.get("hidden") and card["author"]["id"] == user_id) or quotes_hidden_of(user_id, card)
        for card in snapshot["messages"]
    )


def room_seen_by(user_id: int, snapshot: RoomSnapshot) -> RoomSnapshot:
    """The `snapshot`, which everyone shares, with what this person has said in the shadow. Two queries at
    most."""
    return {**snapshot, "messages": seen_by(user_id, snapshot["messages"])}


def studio_of(*, user_id: int, show_id: int) -> Show:
    """The show, for those who may look over the host's shoulder: the host, moderators, staff.

    Raises NotFound, LoginRequired, Forbidden.
    """
    show = find_show(show_id)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise LoginRequired
    may_look = show.host_id == user_id or user.is_staff or user.roles.filter(name=Role.Name.MODERATOR).exists()
    if not may_look:
        raise Forbidden
    return show


def studio_for(user: User | AnonymousUser, show_id: int) -> Show:
    """As `studio_of`, for the user of a request."""
    if user.is_anonymous:
        find_show(show_id)
        raise LoginRequired
    return studio_of(user_id=user.pk, show_id=show_id)


def studio_snapshot(show_id: int, *, viewers: int) -> StudioSnapshot:
    """Raises NotFound."""
    return {"stats": stats_of(show_id, viewers=viewers), "series": series_of(show_id)}


def stats_of(show_id: int, *, viewers: int) -> Figures:
    """The figures of a show up to now. Three queries. Raises NotFound."""
    show = shows().select_related("conversation").filter(pk=show_id).first()
    if show is None:
        raise NotFound
    paid = orders.paid_totals(channel=channel_of(show_id))
    return {
        "viewers": viewers,
        "likes": show.likes,
        "orders_paid": paid["orders"],
        "gmv": {"amount": paid["gmv"], "currency": paid["currency"]},
        "claims": flash_sales.claims_count(channel_of(show_id)),
        "messages": show.conversation.last_seq,
    }


def series_of(show_id: int) -> list[Point]:
    """A point a minute from the show's start to its end or now. Raises NotFound."""
    show = find_show(show_id)
    if show.started_at is None:
        return []
    last = to_ms(show.ended_at or now()) // MINUTE_MS
    first = max(to_ms(show.started_at) // MINUTE_MS, last - MOST_MINUTES + 1)
    viewers = {to_ms(noted.minute) // MINUTE_MS: noted.viewers for noted in AudienceMinute.objects.filter(show=show)}
    paid = {point["at"] // MINUTE_MS: point for point in orders.paid_per_minute(channel=channel_of(show_id))}
    # Who watched in time and pays after the end still counts.
    last = max([last, *paid])
    nothing = {"orders": 0, "gmv": 0}
    return [
        {
            "at": minute * MINUTE_MS,
            "viewers": viewers.get(minute, 0),
            "orders": paid.get(minute, nothing)["orders"],
            "gmv": paid.get(minute, nothing)["gmv"],
        }
        for minute in range(first, last + 1)
    ]
