from __future__ import annotations

from typing import Any

import pytest

from chat.conversations.services import create_group, join_group
from commerce.promotions.models import Coupon, CouponDrop
from commerce.promotions.selectors import drop_of
from live.activities.coupon_drop.services import launch_drop, stop_drop
from live.shows.errors import NotLive
from live.shows.models import Show
from live.shows.services import end_show
from project.kernel.errors import Forbidden, Invalid, NotFound, NotOpen
from tests.support.buying import api
from tests.support.factories import make_host, make_show, make_user
from tests.support.promoting import make_coupon, make_drop

pytestmark = pytest.mark.django_db

TERMS = {"name_zh": "券", "name_en": "Coupon", "off": 500, "minimum": 3000, "valid_days": 7}


@pytest.fixture
def show() -> Show:
    return make_show()


def launch(show: Show, **changes: Any) -> Any:
    asked = {
        "launched_by": show.host_id,
        "show_id": show.pk,
        "coupon": TERMS,
        "quantity": 10,
        "countdown_secs": 10,
        "duration_secs": 60,
        "watch_minutes": 0,
        "key": "k",
    }
    return launch_drop(**(asked | changes))


def test_the_host_launches_and_stops_a_drop(show, published) -> None:
    drop = launch(show, watch_minutes=3)
    assert (drop["channel"], drop["state"], drop["version"]) == (f"show:{show.pk}", "scheduled", 1)
    assert (drop["quantity"], drop["given"], drop["ends_at"] - drop["starts_at"]) == (10, 0, 60_000)
    assert drop["conditions"] == [{"kind": "watched", "least": 180, "of": None}]
    assert drop["coupon"]["off"] == {"amount": 500, "currency": "CNY"}
    assert launch(show, watch_minutes=3) == drop
    stopped = stop_drop(stopped_by=show.host_id, drop_id=drop["id"])
    assert (stopped["state"], stopped["close_reason"]) == ("closed", "stopped")
    assert published.types == ["drop.scheduled", "drop.closed"]
    with pytest.raises(NotOpen):
        stop_drop(stopped_by=show.host_id, drop_id=drop["id"])


def test_the_staff_may_too_with_a_coupon_that_is_there(show) -> None:
    staff, coupon = make_user(is_staff=True).pk, make_coupon(way="drop", total=100)
    drop = launch(show, launched_by=staff, coupon=coupon.pk, countdown_secs=0)
    assert (drop["state"], drop["coupon"]["id"], drop["conditions"]) == ("open", coupon.pk, [])
    assert stop_drop(stopped_by=staff, drop_id=drop["id"])["state"] == "closed"


def test_a_drop_is_for_followers_and_for_members_of_a_group_of_ones_own(show, published) -> None:
    group = create_group(founder_id=show.host_id, title="茶友会")
    drop = launch(show, must_follow=True, group_id=group.pk, watch_minutes=1)
    assert drop["conditions"] == [
        {"kind": "followed", "least": 1, "of": None},
        {"kind": "member", "least": 1, "of": {"channel": f"group:{group.pk}", "title": "茶友会"}},
        {"kind": "watched", "least": 60, "of": None},
    ]
    assert drop_of(drop["id"]) == drop
    others = create_group(founder_id=make_user().pk, title="Theirs")
    assert isinstance(refused(NotFound, lambda: launch(show, group_id=others.pk, key="l"), published), NotFound)
    join_group(user_id=show.host_id, group_id=others.pk)
    assert isinstance(refused(Forbidden, lambda: launch(show, group_id=others.pk, key="l"), published), Forbidden)


def test_the_host_chooses_among_groups_that_the_host_runs(show) -> None:
    own, others = (
        create_group(founder_id=show.host_id, title="茶友会"),
        create_group(founder_id=make_user().pk, title="Theirs"),
    )
    join_group(user_id=show.host_id, group_id=others.pk)
    path = f"/api/shows/{show.pk}/drop-groups/"
    assert api(show.host).get(path).json() == [{"id": own.pk, "title": "茶友会"}]
    assert api(make_host()).get(path).status_code == 403


def refused(error: type[Exception], call: Any, published: Any) -> Exception:
    before = list(CouponDrop.objects.values()), list(Coupon.objects.values()), list(published)
    with pytest.raises(error) as caught:
        call()
    assert (list(CouponDrop.objects.values()), list(Coupon.objects.values()), list(published)) == before
    return caught.value


def test_nobody_else_may(show, published) -> None:
    drop = launch(show)
    for user in (make_user(), make_host(), make_user(roles=["moderator"])):
        refused(Forbidden, lambda user=user: launch(show, launched_by=user.pk, key="l"), published)
        refused(Forbidden, lambda user=user: stop_drop(stopped_by=user.pk, drop_id=drop["id"]), published)


@pytest.mark.parametrize("state", ["scheduled", "ended"])
def test_only_on_air(show, state, published) -> None:
    Show.objects.filter(pk=show.pk).update(state=state)
    refused(NotLive, lambda: launch(show), published)


def test_what_the_drop_itself_refuses(show, published) -> None:
    refused(Invalid, lambda: launch(show, quantity=0), published)
    refused(Invalid, lambda: launch(show, coupon={**TERMS, "off": 0}), published)


def test_a_drop_of_elsewhere_is_not_found(show, published) -> None:
    elsewhere = make_drop(channel="group:1")
    refused(NotFound, lambda: stop_drop(stopped_by=show.host_id, drop_id=elsewhere.pk), published)
    refused(NotFound, lambda: stop_drop(stopped_by=show.host_id, drop_id=10**9), published)


def test_the_end_of_a_show_is_the_end_of_its_drops(show, published) -> None:
    drop, other = launch(show), make_drop(channel=f"show:{show.pk}0")
    published.clear()
    end_show(show_id=show.pk)
    assert published.types == ["show.ended", "drop.closed"]
    assert CouponDrop.objects.get(pk=drop["id"]).state == "closed"
    assert CouponDrop.objects.get(pk=other.pk).state == "open"
