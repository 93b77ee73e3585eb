from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.messages.services import Draft, commit_messages
from community.moderation.selectors.rooms import NOTHING_SET
from live.room.models import AudienceMinute
from live.room.personal import personal_snapshots
from live.room.selectors import room_snapshot, series_of, stats_of, studio_of, studio_snapshot
from live.room.services import note_audience
from live.shelf.services import pin
from live.shows.models import Show
from live.shows.services import commit_likes
from project.kernel.clock import to_ms
from project.kernel.errors import Forbidden, LoginRequired, NotFound
from tests.support.buying import make_claim, order_claim, order_sku
from tests.support.factories import make_host, make_sale, make_shelf_item, make_show, make_user
from tests.support.promoting import make_drop

pytestmark = pytest.mark.django_db


def say(show: Show, *texts: str) -> None:
    commit_messages(
        [
            Draft(
                channel=f"show:{show.pk}",
                conversation_id=show.conversation_id,
                author_id=show.host_id,
                role="host",
                text=text,
                key=text,
            )
            for text in texts
        ]
    )


def test_an_empty_room() -> None:
    show = make_show(title="Tea", started_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert room_snapshot(show.pk, viewers=3) == {
        "show": {
            "id": show.pk,
            "title": "Tea",
            "state": "live",
            "cover": None,
            "host": {"id": show.host_id, "display_name": show.host.display_name, "avatar": None},
            "scheduled_at": None,
            "started_at": 1893456000000,
            "ended_at": None,
            "version": 0,
        },
        "playback": {"url": None, "live": False, "version": 0},
        "pinned": [],
        "shelf_count": 0,
        "sales": [],
        "drops": [],
        "messages": [],
        "last_seq": 0,
        "viewers": 3,
        "likes": 0,
        "chat": {"max_length": 200, "slow_mode_secs": 0},
        "rules": NOTHING_SET,
    }
    with pytest.raises(NotFound):
        room_snapshot(10**9, viewers=0)


def test_a_full_room_costs_no_more_queries_than_a_few(django_assert_max_num_queries) -> None:
    show = make_show()
    for item in [make_shelf_item(show=show) for _ in range(3)]:
        pin(show_id=show.pk, item_id=item.pk)
        make_sale(sku=item.product.skus.get(), channel=f"show:{show.pk}")
        make_drop(channel=f"show:{show.pk}")
    say(show, *(str(n) for n in range(60)))
    with django_assert_max_num_queries(17):
        snapshot = room_snapshot(show.pk, viewers=0)
    assert [len(snapshot[part]) for part in ("pinned", "sales", "drops", "messages")] == [3, 3, 3, 50]
    assert (snapshot["last_seq"], snapshot["messages"][0]["seq"]) == (60, 11)
    assert snapshot["messages"][0]["author"]["role"] == "host"


def test_a_person_sees_own_claims_and_unpaid_orders_alone() -> None:
    shopper, other = make_user(), make_user()
    claim, gone = make_claim(shopper=shopper), make_claim(shopper=shopper)
    make_claim(shopper=other)
    order, ordered = order_sku(buyer=shopper), order_claim(gone)
    order_sku(buyer=other)
    snapshot = personal_snapshots([shopper.pk])[shopper.pk]
    assert [card["id"] for card in snapshot["claims"]] == [claim.pk, gone.pk]
    assert [state["number"] for state in snapshot["orders"]] == [order.number, ordered.number]
    assert (snapshot["notices"], snapshot["sanctions"]) == ({"unread": 0, "version": 0}, [])


@pytest.mark.parametrize("people", [1, 5])
def test_many_who_come_back_cost_as_many_queries_as_one(people: int, django_assert_num_queries: Any) -> None:
    shoppers = [make_user() for _ in range(people)]
    ids = [shopper.pk for shopper in shoppers]
    # Claims, orders, carts, people, unread messages, mentions where it is muted, inboxes, sanctions.
    with django_assert_num_queries(8):
        assert set(personal_snapshots(ids)) == set(ids)
    for shopper in shoppers:
        make_claim(shopper=shopper)
        order_sku(buyer=shopper)
    # And what the claims are about: allotments, SKUs with products, pictures.
    with django_assert_num_queries(11):
        assert [len(one["claims"]) for one in personal_snapshots(ids).values()] == [1] * people


def test_the_figures_of_a_show() -> None:
    show = make_show()
    channel = f"show:{show.pk}"
    commit_likes(key="k", counts={show.pk: 12})
    say(show, "a", "b")
    make_claim(shopper=make_user(), sale=make_sale(channel=channel))
    for channel_of_order in (channel, channel, f"{channel}0"):
        order = order_sku(channel=channel_of_order)
        type(order).objects.filter(pk=order.pk).update(state="paid", paid_at=timezone.now())
    order_sku(channel=channel)
    assert stats_of(show.pk, viewers=7) == {
        "viewers": 7,
        "likes": 12,
        "orders_paid": 2,
        "gmv": {"amount": 2 * order.total, "currency": order.currency},
        "claims": 1,
        "messages": 2,
    }
    [*_, last] = series_of(show.pk)
    assert (last["orders"], last["gmv"]) == (2, 2 * order.total)


def test_the_course_of_a_show_has_a_point_a_minute() -> None:
    start = datetime(2026, 1, 1, 20, 0, 40, tzinfo=UTC)
    show = make_show(state="ended", started_at=start, ended_at=start + timedelta(minutes=2))
    AudienceMinute.objects.create(show=show, minute=start.replace(second=0) + timedelta(minutes=1), viewers=5)
    order = order_sku(channel=f"show:{show.pk}")
    paid_at = start + timedelta(minutes=4)
    type(order).objects.filter(pk=order.pk).update(state="paid", paid_at=paid_at)
    first = to_ms(start.replace(second=0))
    assert series_of(show.pk) == [
        {"at": first + n * 60_000, "viewers": viewers, "orders": orders, "gmv": gmv}
        for n, viewers, orders, gmv in [(0, 0, 0, 0), (1, 5, 0, 0), (2, 0, 0, 0), (3, 0, 0, 0), (4, 0, 1, order.total)]
    ]
    assert series_of(make_show(state="scheduled").pk) == []


def test_a_long_show_keeps_a_day_of_its_course() -> None:
    show = make_show(started_at=timezone.now() - timedelta(days=3))
    assert len(series_of(show.pk)) == 1440


def test_a_minute_is_counted_once_and_only_on_air() -> None:
    show, over = make_show(), make_show(state="ended")
    for viewers in (5, 9):
        note_audience(show_id=show.pk, minute_ms=60_000, viewers=viewers)
    note_audience(show_id=over.pk, minute_ms=60_000, viewers=5)
    assert list(AudienceMinute.objects.values_list("show", "viewers")) == [(show.pk, 5)]


def test_host_moderators_and_staff_look_into_the_studio() -> None:
    show = make_show()
    for user in (show.host, make_user(roles=["moderator"]), make_user(is_staff=True)):
        assert studio_of(user_id=user.pk, show_id=show.pk) == show
    for user in (make_user(), make_host()):
        with pytest.raises(Forbidden):
            studio_of(user_id=user.pk, show_id=show.pk)
    with pytest.raises(LoginRequired):
        studio_of(user_id=10**9, show_id=show.pk)
    with pytest.raises(NotFound):
        studio_of(user_id=show.host_id, show_id=10**9)
    assert set(studio_snapshot(show.pk, viewers=0)) == {"stats", "series"}
