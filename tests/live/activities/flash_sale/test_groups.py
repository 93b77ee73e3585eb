"""Flash sales in a group: by whoever runs it and sells, for members alone, on the way of every other claim."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from chat.conversations.models import Group
from chat.conversations.services import appoint, create_group, dissolve, join_group, leave_group, remove_member
from chat.messages.models import Message
from chat.messages.selectors import latest
from commerce.catalog.models import Sku
from commerce.flash_sales.errors import AlreadyRunning
from commerce.flash_sales.models import Claim, FlashSale
from commerce.flash_sales.selectors import sale_of
from commerce.flash_sales.services import (
    ClaimRequest,
    claim_batch,
    close_due_sales,
    open_due_sales,
    release_claim,
    release_lapsed_holds,
)
from commerce.inventory.errors import OutOfStock
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from community.accounts.models import User
from community.moderation.errors import Muted
from community.moderation.services.sanctions import add_sanction
from live.activities.coupon_drop.groups import offer_drop
from live.activities.flash_sale.groups import offer_sale
from live.activities.flash_sale.services import stop_sale
from live.shelf.models import ShelfItem
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.errors import Forbidden, Invalid, KeyReused, NotFound, NotOpen
from tests.support.buying import api
from tests.support.clients import Client, Connect, clients
from tests.support.factories import make_host, make_product, make_shelf_item, make_show, make_sku, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> User:
    return make_host(display_name="Ann")


@pytest.fixture
def group(host: User) -> Group:
    return create_group(founder_id=host.pk, title="Tea friends")


@pytest.fixture
def sku(host: User) -> Sku:
    """On the shelf of a show that is over."""
    sku = make_sku(product=make_product(title_zh="茶壶", title_en="Teapot"))
    make_shelf_item(show=make_show(host=host, state="ended"), product=sku.product)
    return sku


@pytest.fixture
async def connect(valkey: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    async with clients(monkeypatch) as connect:
        yield connect


def offer(group: Group, by: User, sku: Sku, **changes: Any) -> Any:
    asked = {"price": 1900, "total": 3, "limit": 2, "countdown_secs": 0, "duration_secs": 60, "key": "k"}
    return offer_sale(launched_by=by.pk, group_id=group.pk, sku_id=sku.pk, **(asked | changes))


def state() -> list[Any]:
    return [list(kind.objects.order_by("pk").values()) for kind in (FlashSale, Claim, Stock, Message)]


def refused(error: type[Exception], call: Any, published: Any) -> Any:
    before, told = state(), list(published)
    with pytest.raises(error) as caught:
        call()
    assert (state(), list(published)) == (before, told)
    return caught.value


def test_a_sale_stands_in_the_chat_for_its_members(group, host, sku, published) -> None:
    sale = offer(group, host, sku)
    channel = f"group:{group.pk}"
    assert (sale["channel"], sale["state"], sale["items"][0]["total"]) == (channel, "open", 3)
    assert Stock.objects.get(sku=sku).reserved == 3
    [message] = latest(group.pk, 5)
    assert (message["text"], message["author"]["id"]) == ("", host.pk)
    assert message["card"] == {
        "about": f"sale:{sale['id']}",
        "title": {"zh": "茶壶", "en": "Teapot"},
        "picture": None,
        "amount": 1900,
        "currency": "CNY",
    }
    assert sorted(event.type for event in published if channel in event.channels()) == ["chat.sent", "sale.opened"]
    # Once a key.
    published.clear()
    assert offer(group, host, sku) == sale
    assert (Message.objects.count(), FlashSale.objects.count(), list(published)) == (1, 1, [])
    ShelfItem.objects.all().delete()
    assert offer(group, host, sku) == sale
    refused(Invalid, lambda: offer(group, host, sku, key="another"), published)
    refused(KeyReused, lambda: offer(group, host, sku, total=4), published)
    others = create_group(founder_id=host.pk, title="Others")
    refused(KeyReused, lambda: offer(others, host, sku), published)


def test_who_may_launch_and_stop(group, host, sku, published) -> None:
    manager, selling, member, other = make_user(), make_host(), make_host(), make_host()
    for person in (manager, selling, member):
        join_group(user_id=person.pk, group_id=group.pk)
    for person in (manager, selling):
        appoint(appointed_by=host.pk, group_id=group.pk, user_id=person.pk, manager=True)
    own = make_shelf_item(show=make_show(host=selling)).product.skus.get()
    for person, error in ((manager, Forbidden), (member, Forbidden), (other, NotFound)):
        refused(error, lambda person=person: offer(group, person, sku), published)
    # What stands on nobody's shelf, and on somebody else's; and what is on sale no more.
    for seller, of in ((host, make_sku()), (host, own), (selling, sku)):
        error = refused(Invalid, lambda seller=seller, of=of: offer(group, seller, of), published)
        assert error.fields == {"sku": ["not_on_the_shelf"]}
    own.product.visible = False
    own.product.save()
    refused(Invalid, lambda: offer(group, selling, own), published)
    own.product.visible = True
    own.product.save()
    refused(OutOfStock, lambda: offer(group, host, sku, total=101), published)
    refused(Invalid, lambda: offer(group, host, sku, price=sku.price + 1), published)

    sales = [offer(group, host, sku), offer(group, selling, own)]
    refused(AlreadyRunning, lambda: offer(group, host, sku, key="l"), published)
    for person, error in ((member, Forbidden), (other, NotFound)):
        refused(error, lambda person=person: stop_sale(stopped_by=person.pk, sale_id=sales[0]["id"]), published)
    for sale in sales:
        stopped = stop_sale(stopped_by=manager.pk, sale_id=sale["id"])
        assert (stopped["state"], stopped["close_reason"]) == ("closed", "stopped")
    refused(NotOpen, lambda: stop_sale(stopped_by=host.pk, sale_id=sales[0]["id"]), published)
    assert set(Stock.objects.values_list("reserved", flat=True)) == {0}


def test_who_may_not_speak_there_does_not_launch(group, host, sku, published) -> None:
    add_sanction(
        by=make_user(is_staff=True).pk, user_id=host.pk, scope=f"group:{group.pk}", kind="mute", reason="spam", secs=60
    )
    with pytest.raises(Muted):
        offer(group, host, sku)
    assert (FlashSale.objects.exists(), Message.objects.exists()) == (False, False)
    assert Stock.objects.get(sku=sku).reserved == 0


def test_what_somebody_may_sell_in_a_group(group, host, sku) -> None:
    newer = make_shelf_item(show=make_show(host=host)).product
    hidden = make_shelf_item(show=make_show(host=host)).product
    type(hidden).objects.filter(pk=hidden.pk).update(visible=False)
    make_shelf_item(show=make_show())
    path = f"/api/groups/{group.pk}/sellable-products/"
    assert [card["id"] for card in api(host).get(path).json()] == [newer.pk, sku.product_id]
    member = make_host()
    join_group(user_id=member.pk, group_id=group.pk)
    assert [api(person).get(path).status_code for person in (make_host(), member)] == [404, 403]
    assert APIClient().get(path).status_code == 401


def hold(sale: dict[str, Any], shopper: User, key: str = "k") -> Any:
    """Claim one; what the batch decides is answered."""
    sku = sale["items"][0]["sku"]
    with transaction.atomic():
        [answer] = claim_batch(
            [ClaimRequest(sale_id=sale["id"], sku_id=sku, quantity=1, shopper_id=shopper.pk, key=key)]
        )
    return answer


@pytest.mark.parametrize("end", ["stopped", "dissolved", "over"])
def test_what_nobody_holds_goes_back_once_however_it_ends(group, host, sku, end, published) -> None:
    member = make_user()
    join_group(user_id=member.pk, group_id=group.pk)
    sale = offer(group, host, sku)
    assert hold(sale, member).position == 1
    if end == "stopped":
        stop_sale(stopped_by=host.pk, sale_id=sale["id"])
    elif end == "dissolved":
        dissolve(dissolved_by=host.pk, group_id=group.pk)
        assert "group.changed" in published.types
    else:
        earlier = now() - timedelta(seconds=1)
        FlashSale.objects.update(starts_at=earlier - timedelta(minutes=1), ends_at=earlier)
        close_due_sales()
    assert FlashSale.objects.get().close_reason == ("ended" if end == "over" else "stopped")
    # The one that is held may still be paid: the two others are free again.
    assert Stock.objects.get(sku=sku).reserved == 1
    Claim.objects.update(expires_at=now() - timedelta(seconds=1))
    assert [release_lapsed_holds(), release_lapsed_holds(), close_due_sales()] == [1, 0, 0]
    assert Stock.objects.get(sku=sku).reserved == 0
    assert (Stock.objects.get(sku=sku).on_hand, list(discrepancies())) == (100, [])
    assert published.types.count("sale.closed") == 1


def test_other_changes_of_a_group_end_nothing(group, host, sku) -> None:
    sale = offer(group, host, sku)
    member = make_user()
    join_group(user_id=member.pk, group_id=group.pk)
    appoint(appointed_by=host.pk, group_id=group.pk, user_id=member.pk, manager=True)
    elsewhere = create_group(founder_id=host.pk, title="Others")
    dissolve(dissolved_by=host.pk, group_id=elsewhere.pk)
    assert sale_of(sale["id"])["state"] == "open"


def test_a_winner_who_left_gets_no_second_one(group, host, sku, published) -> None:
    member = make_user()
    join_group(user_id=member.pk, group_id=group.pk)
    sale = offer(group, host, sku)
    won = hold(sale, member)
    leave_group(user_id=member.pk, group_id=group.pk)
    # What was won stays so, under its key; nothing new is.
    assert hold(sale, member) == won
    release_claim(claim=Claim.objects.get(), reason="lapsed")
    published.clear()
    before = state()
    assert isinstance(hold(sale, member, key="l"), NotFound)
    assert isinstance(hold(sale, make_user()), NotFound)
    assert (state(), list(published)) == (before, [])
    join_group(user_id=member.pk, group_id=group.pk)
    assert hold(sale, member, key="m").position == 2


ABOUT_A_SALE = {"sale.closed", "sale.opened", "sale.scheduled", "stock.changed"}


def replay(snapshot: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """What a client makes of the events of `sale:<id>`."""
    kept = deepcopy(snapshot)
    for event in events:
        if event["type"] == "stock.changed":
            if event["version"] >= kept["version"]:
                counts = {count["sku"]: count for count in event["items"]}
                kept["items"] = [{**item, **counts.get(item["sku"], {})} for item in kept["items"]]
                kept["version"] = event["version"]
        elif event["sale"]["version"] >= kept["version"]:
            kept = event["sale"]
    return kept


def open_sale(sale: dict[str, Any]) -> None:
    FlashSale.objects.filter(pk=sale["id"]).update(starts_at=now() - timedelta(seconds=1))
    open_due_sales()


def test_snapshot_and_events_are_a_fresh_snapshot(group, host, sku, published) -> None:
    member = make_user()
    join_group(user_id=member.pk, group_id=group.pk)
    sale = offer(group, host, sku, countdown_secs=10)
    channel = f"sale:{sale['id']}"
    steps: list[Any] = [
        lambda: open_sale(sale),
        lambda: hold(sale, member),
        lambda: release_claim(claim=Claim.objects.get(), reason="lapsed"),
        lambda: hold(sale, member, key="l"),
        lambda: dissolve(dissolved_by=host.pk, group_id=group.pk),
        lambda: release_claim(claim=Claim.objects.get(state="held"), reason="lapsed"),
    ]
    scheduled: list[Any] = published.wires(channel)
    assert replay(sale_of(sale["id"]), scheduled) == sale_of(sale["id"])
    types = {event["type"] for event in scheduled}
    for step in steps:
        before = sale_of(sale["id"])
        published.clear()
        step()
        events: list[Any] = published.wires(channel)
        after = sale_of(sale["id"])
        assert before != after
        assert replay(before, events) == replay(after, events) == replay(before, events[::-1]) == after
        types |= {event["type"] for event in events}
    assert types == ABOUT_A_SALE


def claiming(sale: dict[str, Any], key: str = "k") -> dict[str, Any]:
    return {"sale": sale["id"], "sku": sale["items"][0]["sku"], "key": key}


async def see_nothing(client: Client, sale: dict[str, Any], *, key: str) -> None:
    before = await database(state)
    assert await client.enter(f"sale:{sale['id']}") == {"error": "not_found"}
    assert await client.call("sale.claim", claiming(sale, key)) == {"error": "not_found"}
    assert await database(state) == before


@pytest.mark.django_db(transaction=True)
async def test_a_sale_is_launched_seen_and_claimed_by_members_alone(group, host, sku, connect) -> None:
    member, stranger = await database(make_user), await database(make_user)
    await database(join_group, user_id=member.pk, group_id=group.pk)
    owner, one, other, guest = [await connect(user) for user in (host, member, stranger, None)]
    chat = f"group:{group.pk}"
    await one.enter(chat)
    terms = {"group": group.pk, "sku": sku.pk, "price": 1900, "total": 3, "limit": 2, "countdown": 0, "duration": 60}
    for client, word in ((one, "forbidden"), (other, "not_found"), (guest, "login_required")):
        assert await client.call("sale.offer", {**terms, "key": "k"}) == {"error": word}
    sale = (await owner.call("sale.offer", {**terms, "key": "k"}))["sale"]
    assert (await owner.call("sale.offer", {**terms, "key": "k"}))["sale"] == sale
    channel = f"sale:{sale['id']}"
    assert (await one.event("chat.sent"))["message"]["card"]["about"] == channel
    assert (await one.event("sale.opened", channel=chat))["sale"] == sale

    await see_nothing(other, sale, key="k")
    assert await guest.enter(channel) == {"error": "not_found"}
    assert await guest.call("sale.claim", claiming(sale)) == {"error": "login_required"}
    assert await one.enter(channel) == {"sale": sale, "mine": []}
    won = await one.call("sale.claim", claiming(sale))
    assert (won["status"], won["position"]) == ("won", 1)
    claim = (await one.event("claim.won", channel=f"user:{member.pk}"))["claim"]
    assert (claim["id"], claim["sale"], claim["unit_price"]["amount"]) == (won["claim"], sale["id"], 1900)
    assert (await one.event("stock.changed", channel=channel))["items"][0]["held"] == 1

    for client, word in ((one, "forbidden"), (other, "not_found"), (guest, "login_required")):
        assert await client.call("sale.stop", {"sale": sale["id"]}) == {"error": word}
    # Who leaves is out at once, and keeps what was won.
    await database(leave_group, user_id=member.pk, group_id=group.pk)
    await one.put_out(channel)
    await see_nothing(one, sale, key="l")
    assert await one.call("sale.claim", claiming(sale)) == won
    # So is who is removed, or banned.
    await database(join_group, user_id=member.pk, group_id=group.pk)
    one.pushed_out.clear()
    assert (await one.enter(channel))["mine"] == [claim]
    await database(remove_member, removed_by=host.pk, group_id=group.pk, user_id=member.pk)
    await one.put_out(channel)
    await see_nothing(one, sale, key="l")
    assert (await owner.call("sale.stop", {"sale": sale["id"]}))["sale"]["close_reason"] == "stopped"


@pytest.mark.django_db(transaction=True)
async def test_who_is_banned_from_the_group_is_out_of_what_is_launched_there(group, host, sku, connect) -> None:
    member, quiet = await database(make_user), await database(make_user)
    for person in (member, quiet):
        await database(join_group, user_id=person.pk, group_id=group.pk)
    sale = await database(offer, group, host, sku)
    terms = {"name_zh": "券", "name_en": "Coupon", "off": 500, "minimum": 3000, "valid_days": 7}
    drop = await database(
        lambda: offer_drop(
            launched_by=host.pk,
            group_id=group.pk,
            coupon=terms,
            quantity=5,
            countdown_secs=0,
            duration_secs=60,
            key="d",
        )
    )
    one, other = await connect(member), await connect(quiet)
    channels = [f"sale:{sale['id']}", f"drop:{drop['id']}"]
    for client in (one, other):
        for channel in channels:
            assert "error" not in await client.enter(channel)
    scope = f"group:{group.pk}"
    for person, kind in ((member, "ban"), (quiet, "mute")):
        await database(
            lambda person=person, kind=kind: add_sanction(
                by=host.pk, user_id=person.pk, scope=scope, kind=kind, reason="spam", secs=600
            )
        )
    for channel in channels:
        await one.put_out(channel)
    await see_nothing(one, sale, key="k")
    assert await one.enter(channels[1]) == {"error": "not_found"}
    assert await one.call("drop.claim", {"drop": drop["id"], "key": "k"}) == {"error": "condition_unmet"}
    # A mute is about what one says.
    assert other.pushed_out == []
    assert (await other.call("sale.claim", claiming(sale)))["status"] == "won"
    assert (await other.call("drop.claim", {"drop": drop["id"], "key": "k"}))["status"] == "won"
