"""The host's shows: one on air, one to come, one that is over, as `data/shows.toml` has them."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.messages.cards import RoomRole
from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages
from commerce.catalog.models import Sku
from community.accounts.models import User
from live.shelf import services as shelf
from live.shelf.models import ShelfItem
from live.shows import services as shows
from live.shows.models import Show
from project.demo.drawing.gallery import cover
from project.demo.goods import DATA, all_goods
from project.kernel.clock import now

HOST = "host@souk.example"
ROLES: dict[str, RoomRole] = {HOST: "host", "mod@souk.example": "moderator"}
ENDED_AGO = timedelta(days=2)
ENDED_LENGTH = timedelta(hours=1, minutes=42)
ENDED_LIKES = 12_480


def open_shows(*, people: dict[str, User]) -> int:
    """Make the shows that are missing; answers how many. `people`: the demo's accounts by e-mail."""
    with (DATA / "shows.toml").open("rb") as file:
        plan = tomllib.load(file)
    host = people[HOST]
    mine = Show.objects.filter(host=host)
    made = 0
    if not mine.filter(title=plan["ended"]["title"], state=Show.State.ENDED).exists():
        _ended(plan["ended"], people)
        made += 1
    if not mine.filter(state=Show.State.SCHEDULED, scheduled_at__gt=now()).exists():
        _scheduled(plan["scheduled"], host)
        made += 1
    if not mine.filter(state=Show.State.LIVE).exists():
        _live(plan["live"], people)
        made += 1
    return made


@transaction.atomic
def _live(plan: dict[str, Any], people: dict[str, User]) -> None:
    show = _show(plan, people[HOST])
    items = _fill_shelf(show, plan["shelf"])
    shows.go_live(show_id=show.pk)
    for key in plan["pinned"]:
        shelf.pin(show_id=show.pk, item_id=items[key].pk)
    _talk(show, plan["chat"], people)


@transaction.atomic
def _scheduled(plan: dict[str, Any], host: User) -> None:
    show = _show(plan, host, scheduled_at=_tomorrow_at(plan["hour"]))
    _fill_shelf(show, plan["shelf"])


@transaction.atomic
def _ended(plan: dict[str, Any], people: dict[str, User]) -> None:
    """A show that has been: it runs through in an instant, and its times are put back afterwards."""
    show = _show(plan, people[HOST])
    _fill_shelf(show, plan["shelf"])
    shows.go_live(show_id=show.pk)
    _talk(show, plan["chat"], people)
    shows.end_show(show_id=show.pk)
    start = now() - ENDED_AGO
    Show.objects.filter(pk=show.pk).update(
        scheduled_at=start, started_at=start, ended_at=start + ENDED_LENGTH, likes=ENDED_LIKES
    )
    Message.objects.filter(conversation=show.conversation_id).update(sent_at=start + ENDED_LENGTH / 2)


def _show(plan: dict[str, Any], host: User, *, scheduled_at: datetime | None = None) -> Show:
    goods = all_goods()
    drawn = BytesIO()
    picture = cover([goods[key].colours[0].thing for key in plan["cover"]], palette=plan["palette"])
    picture.save(drawn, "PNG", compress_level=1)
    size = drawn.tell()
    drawn.seek(0)
    return shows.create_show(host=host, title=plan["title"], scheduled_at=scheduled_at, cover=drawn, cover_size=size)


def _fill_shelf(show: Show, keys: list[str]) -> dict[str, ShelfItem]:
    products = dict(Sku.objects.filter(code__in=[f"{key}-01" for key in keys]).values_list("code", "product_id"))
    return {key: shelf.add_item(show_id=show.pk, product_id=products[f"{key}-01"]) for key in keys}


def _talk(show: Show, lines: list[list[str]], people: dict[str, User]) -> None:
    commit_messages(
        [
            Draft(
                channel=f"show:{show.pk}",
                conversation_id=show.conversation_id,
                author_id=people[email].pk,
                role=ROLES.get(email),
                text=text,
                key=f"demo-{number}",
            )
            for number, (email, text) in enumerate(lines)
        ]
    )


def _tomorrow_at(hour: int) -> datetime:
    evening = timezone.localtime(now()) + timedelta(days=1)
    return evening.replace(hour=hour, minute=0, second=0, microsecond=0)
