from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from chat.messages.cards import RoomRole
from chat.messages.rooms import Room
from community.accounts.models import Role, User
from community.accounts.selectors import card, has_role
from live.shows.cards import ShowCard, ShowState, ShowStateName
from live.shows.errors import ShowIsOver
from live.shows.models import Show
from project.kernel.clock import to_ms
from project.kernel.errors import Forbidden, LoginRequired, NotFound
from project.realtime import presence


def channel_of(show_id: int) -> str:
    return f"show:{show_id}"


def shows() -> QuerySet[Show]:
    """All shows: everyone may see every one of them."""
    return Show.objects.select_related("host")


def show(show_id: int) -> Show:
    """Raises NotFound."""
    found = shows().filter(pk=show_id).first()
    if found is None:
        raise NotFound
    return found


def is_live(show_id: int) -> bool:
    return Show.objects.filter(pk=show_id, state=Show.State.LIVE).exists()


def hosts_of(show_ids: Collection[int]) -> dict[int, int]:
    """The host's id by show; one query. Unknown shows are left out."""
    return dict(Show.objects.filter(pk__in=show_ids).values_list("pk", "host_id"))


def shows_hosted_by(user: User) -> QuerySet[Show]:
    return shows().filter(host=user)


def show_run_by(user: User | AnonymousUser, show_id: int) -> Show:
    """The show, for its host or the staff. Raises NotFound, LoginRequired, Forbidden."""
    found = show(show_id)
    if user.is_anonymous:
        raise LoginRequired
    if found.host_id != user.pk and not user.is_staff:
        raise Forbidden
    return found


def show_run_by_id(user_id: int, show_id: int) -> Show:
    """As `show_run_by`, for a user known by id."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return show_run_by(user or AnonymousUser(), show_id)


def may_host(user: User) -> bool:
    return user.is_staff or has_role(user.pk, Role.Name.HOST)


def roles_in(show: Show) -> dict[int, RoomRole]:
    """Who is `host` or `moderator` in the room of a show, by user id. One query."""
    moderators = Role.objects.filter(name=Role.Name.MODERATOR, user__is_active=True).values_list("user_id", flat=True)
    roles: dict[int, RoomRole] = dict.fromkeys(moderators, "moderator")
    return {**roles, show.host_id: "host"}


def room_of_show(show_id: int) -> Room:
    """The posting rule of `show:<id>`: everyone may write, before and during the show. Raises NotFound."""
    found = show(show_id)
    return Room(
        conversation_id=found.conversation_id,
        roles=roles_in(found),
        refusal=ShowIsOver if found.state == Show.State.ENDED else None,
    )


def viewers_of(show: Show) -> int:
    """Distinct people in the room now; a show that is over has none."""
    return 0 if show.state == Show.State.ENDED else presence.count_sync(channel_of(show.pk)).people


def cover_url(show: Show) -> str | None:
    return show.cover.url if show.cover else None


def show_card(show: Show) -> ShowCard:
    return {
        "id": show.pk,
        "title": show.title,
        "cover": cover_url(show),
        "state": cast(ShowStateName, show.state),
        "host": card(show.host),
        "scheduled_at": show.scheduled_at,
        "started_at": show.started_at,
        "ended_at": show.ended_at,
        "viewers": viewers_of(show),
        "likes": show.likes,
    }


def show_cards(shows: Sequence[Show]) -> list[ShowCard]:
    return [show_card(show) for show in shows]


def show_state(show: Show) -> ShowState:
    return {
        "id": show.pk,
        "title": show.title,
        "state": cast(ShowStateName, show.state),
        "cover": cover_url(show),
        "host": card(show.host),
        "scheduled_at": _ms(show.scheduled_at),
        "started_at": _ms(show.started_at),
        "ended_at": _ms(show.ended_at),
        "version": show.version,
    }


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)
