"""A coupon drop as clients in a room live through it."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from chat.conversations.services import create_group, join_group
from commerce.promotions.models import Coupon, CouponDrop, CouponGrant
from commerce.promotions.selectors import drops_in
from commerce.promotions.services import stop_drop
from community.social.services import follow
from live.room.selectors import room_snapshot
from live.shows.models import Show
from project.kernel.database import database
from project.realtime.attendance import SLOT_SECS, Attendance
from tests.support.factories import make_host, make_show, make_user
from tests.support.promoting import make_coupon, make_drop

pytestmark = pytest.mark.django_db(transaction=True)

TERMS = {"name": "Hello", "off": 500, "minimum": 3000}


@pytest.fixture
def show() -> Show:
    return make_show()


def launch(show: Show, **changes: Any) -> dict[str, Any]:
    asked = {"show": show.pk, "terms": TERMS, "quantity": 2, "countdown": 0, "duration": 60, "key": "k"}
    return {**asked, **changes}


async def test_from_the_launch_to_the_last_coupon(show: Show, connect: Any) -> None:
    one, other, late = [await database(make_user) for _ in range(3)]
    host, first, second, third, guest = [await connect(user) for user in (show.host, one, other, late, None)]
    await guest.enter(f"show:{show.pk}")
    drop = (await host.call("drop.launch", launch(show)))["drop"]
    assert (await guest.event("drop.opened", channel=f"show:{show.pk}"))["drop"] == drop
    assert (drop["coupon"]["name"], drop["valid_days"]) == ({"zh": "Hello", "en": "Hello"}, 7)
    assert (await first.enter(f"show:{show.pk}"))["drops"] == [drop]
    assert await guest.enter(f"drop:{drop['id']}") == {"drop": drop, "mine": None, "progress": []}

    claim = {"drop": drop["id"], "key": "mine"}
    assert await guest.call("drop.claim", claim) == {"error": "login_required"}
    won = await first.call("drop.claim", claim)
    assert (won["status"], won["position"]) == ("won", 1)
    granted = await first.event("coupon.granted", channel=f"user:{one.pk}")
    assert (granted["drop"], granted["position"], granted["grant"]["id"]) == (drop["id"], 1, won["grant"])
    assert granted["grant"]["usable_until"] == won["usable_until"]
    assert (await guest.event("drop.counted"))["given"] == 1
    assert (await first.enter(f"drop:{drop['id']}"))["mine"] == {"grant": granted["grant"], "position": 1}

    assert (await second.call("drop.claim", claim))["position"] == 2
    closed = (await guest.event("drop.closed", channel=f"show:{show.pk}"))["drop"]
    assert (closed["close_reason"], closed["given"]) == ("gone", 2)
    assert await third.call("drop.claim", claim) == {"error": "sold_out"}
    assert await first.call("drop.claim", claim) == won
    assert await database(room_snapshot, show.pk, viewers=0) == {
        **await database(room_snapshot, show.pk, viewers=0),
        "drops": [],
    }
    assert await database(lambda: sorted(CouponGrant.objects.values_list("owner_id", flat=True))) == [one.pk, other.pk]


async def test_who_has_not_watched_long_enough_sees_how_long_it_takes(show: Show, connect: Any) -> None:
    user = await database(make_user)
    host, viewer = await connect(show.host), await connect(user)
    await viewer.enter(f"show:{show.pk}")
    drop = (await host.call("drop.launch", launch(show, watch_minutes=1)))["drop"]
    progress = {"kind": "watched", "least": 60, "of": None, "have": 0}
    assert (await viewer.enter(f"drop:{drop['id']}"))["progress"] == [progress]
    claim = {"drop": drop["id"], "key": "mine"}
    assert await viewer.call("drop.claim", claim) == {"error": "condition_unmet"}
    watching = Attendance()
    for slot in range(6):
        await watching.note(f"show:{show.pk}", at=slot * SLOT_SECS)
    again = await connect(user)
    assert (await again.enter(f"drop:{drop['id']}"))["progress"] == [{**progress, "have": 60}]
    assert (await again.call("drop.claim", claim))["status"] == "won"
    assert (await again.ask("unsubscribe", {"channel": f"drop:{drop['id']}"})) == {}
    assert (await again.enter(f"drop:{drop['id']}"))["progress"] == []


async def test_who_follows_the_host_and_is_in_the_group_may_claim(show: Show, connect: Any) -> None:
    fan, group = (
        await database(make_user),
        await database(lambda: create_group(founder_id=show.host_id, title="Tea friends")),
    )
    host, viewer = await connect(show.host), await connect(fan)
    drop = (await host.call("drop.launch", launch(show, follow=True, group=group.pk)))["drop"]
    name = f"drop:{drop['id']}"
    of = {"channel": f"group:{group.pk}", "title": "Tea friends"}
    follows, belongs = {"kind": "followed", "least": 1, "of": None}, {"kind": "member", "least": 1, "of": of}
    assert drop["conditions"] == [follows, belongs]

    async def progress() -> list[int]:
        snapshot = await viewer.enter(name)
        assert [{**one, "have": 0} for one in snapshot["progress"]] == [{**follows, "have": 0}, {**belongs, "have": 0}]
        await viewer.ask("unsubscribe", {"channel": name})
        return [one["have"] for one in snapshot["progress"]]

    claim = {"drop": drop["id"], "key": "mine"}
    assert (await progress(), await viewer.call("drop.claim", claim)) == ([0, 0], {"error": "condition_unmet"})
    await database(follow, user_id=fan.pk, other_id=show.host_id)
    assert (await progress(), await viewer.call("drop.claim", claim)) == ([1, 0], {"error": "condition_unmet"})
    await database(join_group, user_id=fan.pk, group_id=group.pk)
    assert await progress() == [1, 1]
    assert (await viewer.call("drop.claim", claim))["status"] == "won"


async def test_what_the_host_may_ask_for(show: Show, connect: Any) -> None:
    host, other = await connect(show.host), await connect(await database(make_host))
    coupon = await database(lambda: make_coupon(way="drop", total=5))
    assert await other.call("drop.launch", launch(show)) == {"error": "forbidden"}
    assert await host.call("drop.launch", launch(show, terms=None)) == {"error": "invalid"}
    assert await host.call("drop.launch", launch(show, coupon=coupon.pk)) == {"error": "invalid"}
    assert await host.call("drop.launch", launch(show, terms=None, coupon=coupon.pk, quantity=6)) == {
        "error": "coupons_gone"
    }
    assert await database(CouponDrop.objects.count) == 0
    drop = (await host.call("drop.launch", launch(show, terms=None, coupon=coupon.pk)))["drop"]
    assert drop["coupon"]["id"] == coupon.pk
    unnamed = (await host.call("drop.launch", launch(show, terms={"percent_off": 10, "name": " "}, key="l")))["drop"]
    assert unnamed["coupon"]["name"] == {"zh": "直播间优惠券", "en": "Show coupon"}
    assert await other.call("drop.stop", {"drop": drop["id"]}) == {"error": "forbidden"}
    assert (await host.call("drop.stop", {"drop": drop["id"]}))["drop"]["close_reason"] == "stopped"
    assert await host.call("drop.stop", {"drop": drop["id"]}) == {"error": "not_open"}
    assert await host.enter("drop:999999") == {"error": "not_found"}


def client_of(user: Any = None) -> APIClient:
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


def test_all_drops_of_a_show_are_for_those_who_run_it(show: Show) -> None:
    old, running = make_drop(channel=f"show:{show.pk}"), make_drop(channel=f"show:{show.pk}", state="scheduled")
    stop_drop(drop_id=old.pk)
    path = f"/api/shows/{show.pk}/drops/"
    body = client_of(show.host).get(path).json()
    assert [drop["id"] for drop in body] == [old.pk, running.pk]
    assert body == drops_in(f"show:{show.pk}", running_only=False)
    assert [client_of(user).get(path).status_code for user in (None, make_host())] == [401, 403]


def test_which_coupons_a_host_can_drop(show: Show) -> None:
    coupon = make_coupon(way="drop", total=10)
    make_drop(coupon=coupon, quantity=4)
    endless = make_coupon(way="drop")
    make_coupon()
    path = f"/api/shows/{show.pk}/droppable-coupons/"
    body = client_of(show.host).get(path).json()
    assert [(one["id"], one["left"]) for one in body] == [(endless.pk, None), (coupon.pk, 6)]
    assert body[0]["off"] == {"amount": 500, "currency": "CNY"}
    assert [client_of(user).get(path).status_code for user in (None, make_host())] == [401, 403]
    assert Coupon.objects.count() == 3
