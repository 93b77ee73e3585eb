"""Coupons dropped in a group: by whoever runs it and may give coupons, for members alone, once a key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from chat.conversations.models import Group
from chat.conversations.services import appoint, create_group, dissolve, join_group, leave_group
from chat.messages.models import Message
from chat.messages.selectors import latest
from commerce.promotions.models import Coupon, CouponDrop, CouponGrant
from community.accounts.models import User
from live.activities.coupon_drop.groups import offer_drop
from live.activities.coupon_drop.services import stop_drop
from project.kernel.database import database
from project.kernel.errors import Forbidden, Invalid, NotFound
from tests.support.buying import api
from tests.support.clients import Connect, clients
from tests.support.factories import make_host, make_user
from tests.support.promoting import make_coupon

pytestmark = pytest.mark.django_db

TERMS = {"name_zh": "茶券", "name_en": "Tea coupon", "off": 500, "minimum": 3000, "valid_days": 7}


@pytest.fixture
def host() -> User:
    return make_host(display_name="Ann")


@pytest.fixture
def group(host: User) -> Group:
    return create_group(founder_id=host.pk, title="Tea friends")


@pytest.fixture
async def connect(valkey: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    async with clients(monkeypatch) as connect:
        yield connect


def offer(group: Group, by: User, **changes: Any) -> Any:
    asked = {"coupon": TERMS, "quantity": 10, "countdown_secs": 0, "duration_secs": 60, "key": "k"}
    return offer_drop(launched_by=by.pk, group_id=group.pk, **(asked | changes))


def test_a_drop_stands_in_the_chat_for_its_members(group, host, published) -> None:
    drop = offer(group, host)
    channel = f"group:{group.pk}"
    assert (drop["channel"], drop["state"]) == (channel, "open")
    assert drop["conditions"] == [{"kind": "member", "least": 1, "of": {"channel": channel, "title": "Tea friends"}}]
    [message] = latest(group.pk, 5)
    assert (message["text"], message["author"]["id"]) == ("", host.pk)
    assert message["card"] == {
        "about": f"drop:{drop['id']}",
        "title": {"zh": "茶券", "en": "Tea coupon"},
        "picture": None,
        "amount": None,
        "currency": None,
    }
    told = [event.type for event in published if channel in event.channels()]
    assert sorted(told) == ["chat.sent", "drop.opened"]
    # Once a key.
    published.clear()
    assert offer(group, host) == drop
    assert (Message.objects.count(), CouponDrop.objects.count(), list(published)) == (1, 1, [])
    assert stop_drop(stopped_by=host.pk, drop_id=drop["id"])["state"] == "closed"


def test_nobody_else_gives_coupons(group, host, published) -> None:
    manager, member, other = make_user(), make_host(), make_host()
    for person in (manager, member):
        join_group(user_id=person.pk, group_id=group.pk)
    appoint(appointed_by=host.pk, group_id=group.pk, user_id=manager.pk, manager=True)
    before = Message.objects.count()
    published.clear()
    for person, error in ((manager, Forbidden), (member, Forbidden), (other, NotFound)):
        with pytest.raises(error):
            offer(group, person)
    with pytest.raises(Invalid):
        offer(group, host, quantity=0)
    assert (CouponDrop.objects.exists(), Coupon.objects.exists(), list(published)) == (False, False, [])
    assert Message.objects.count() == before
    drop = offer(group, host)
    for person, error in ((member, Forbidden), (other, NotFound)):
        with pytest.raises(error):
            stop_drop(stopped_by=person.pk, drop_id=drop["id"])
    assert stop_drop(stopped_by=manager.pk, drop_id=drop["id"])["state"] == "closed"


def test_a_drop_ends_with_its_group(group, host, published) -> None:
    drop = offer(group, host)
    other = offer(create_group(founder_id=host.pk, title="Others"), host, key="l")
    published.clear()
    dissolve(dissolved_by=host.pk, group_id=group.pk)
    [closed] = [event for event in published if event.type == "drop.closed"]
    assert (closed.drop["id"], closed.drop["close_reason"]) == (drop["id"], "stopped")
    assert dict(CouponDrop.objects.values_list("pk", "state")) == {drop["id"]: "closed", other["id"]: "open"}


def test_which_coupons_can_be_dropped_in_a_group(group, host) -> None:
    coupon = make_coupon(way="drop", total=10)
    make_coupon()
    offer(group, host, coupon=coupon.pk, quantity=4)
    path = f"/api/groups/{group.pk}/droppable-coupons/"
    assert [(one["id"], one["left"]) for one in api(host).get(path).json()] == [(coupon.pk, 6)]
    manager, member = make_user(), make_host()
    for person in (manager, member):
        join_group(user_id=person.pk, group_id=group.pk)
    appoint(appointed_by=host.pk, group_id=group.pk, user_id=manager.pk, manager=True)
    assert [api(person).get(path).status_code for person in (make_host(), manager, member)] == [404, 403, 403]
    assert APIClient().get(path).status_code == 401


@pytest.mark.django_db(transaction=True)
async def test_a_drop_is_seen_and_claimed_by_members_alone(group, host, connect) -> None:
    member, stranger = await database(make_user), await database(make_user)
    await database(join_group, user_id=member.pk, group_id=group.pk)
    drop = await database(offer, group, host)
    channel = f"drop:{drop['id']}"
    claim = {"drop": drop["id"], "key": "k"}
    one, other, guest = await connect(member), await connect(stranger), await connect(None)
    for outside in (other, guest):
        assert await outside.enter(channel) == {"error": "not_found"}
    assert await other.call("drop.claim", claim) == {"error": "condition_unmet"}
    assert await guest.call("drop.claim", claim) == {"error": "login_required"}
    assert not await database(CouponGrant.objects.exists)
    assert (await one.enter(channel))["drop"] == drop
    # Who leaves is out of it at once.
    await database(leave_group, user_id=member.pk, group_id=group.pk)
    await one.put_out(channel)
    assert await one.enter(channel) == {"error": "not_found"}
    assert await one.call("drop.claim", claim) == {"error": "condition_unmet"}
    assert not await database(CouponGrant.objects.exists)
    assert (await database(CouponDrop.objects.get)).given == 0
    await database(join_group, user_id=member.pk, group_id=group.pk)
    assert (await one.call("drop.claim", claim))["status"] == "won"


@pytest.mark.django_db(transaction=True)
async def test_a_coupon_without_a_name_is_called_after_whom_it_is_for(group, host, connect) -> None:
    asked = {"group": group.pk, "terms": {"off": 500}, "quantity": 1, "countdown": 0, "duration": 60, "key": "k"}
    drop = (await (await connect(host)).call("drop.offer", asked))["drop"]
    assert drop["coupon"]["name"] == {"zh": "群友专享券", "en": "Coupon for members"}
