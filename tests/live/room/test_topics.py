from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest

from chat.messages import rooms
from commerce.cart import selectors as carts
from commerce.orders.models import Order
from community.moderation.services.hiding import set_hidden
from community.moderation.services.sanctions import add_sanction
from community.notices.selectors import never_used
from community.social.selectors import nobody
from live.room import audience, figures, selectors
from live.room.audience import Audience
from live.room.cards import PersonalSnapshot, RoomSnapshot
from live.room.figures import Figures
from live.room.models import AudienceMinute
from live.room.personal import personal_snapshots
from live.room.rounds import Rounds
from live.room.selectors import room_snapshot, studio_snapshot
from live.room.topic import ShowTopic, StudioTopic
from live.shows import likes
from live.shows.likes import LikeCounter
from live.shows.models import Show
from live.shows.services import commit_likes, end_show
from project.kernel.database import database
from project.kernel.gather import Gather
from project.realtime import presence, router
from project.realtime.topics import Caller
from tests.support.buying import make_claim, order_sku
from tests.support.factories import make_shelf_item, make_show, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done every second or two is done at once here."""
    show_topic, studio_topic = router.topic_of("show:1")[0], router.topic_of("studio:1")[0]
    assert isinstance(show_topic, ShowTopic)
    assert isinstance(studio_topic, StudioTopic)
    monkeypatch.setattr(show_topic, "_audience", Audience(every_secs=0.02))
    monkeypatch.setattr(studio_topic, "_figures", Figures(every_secs=0.02))
    monkeypatch.setattr(likes, "_counter", LikeCounter(every_secs=0.01))


@pytest.fixture
def show() -> Show:
    show = make_show()
    rooms.forget(f"show:{show.pk}")
    return show


class TestShow:
    async def test_everyone_enters_and_gets_the_room(self, show, connect) -> None:
        item = await database(make_shelf_item, show=show)
        host, guest = await connect(show.host), await connect()
        assert (await host.call("item.pin", {"show": show.pk, "item": item.pk})) == {"pinned": [item.pk]}
        # The guest, who is in the room, counts too.
        fresh = await database(room_snapshot, show.pk, viewers=1)
        assert await guest.enter(f"show:{show.pk}") == fresh
        assert [card["id"] for card in fresh["pinned"]] == [item.pk]
        assert await guest.enter("show:999999") == {"error": "not_found"}

    async def test_who_comes_at_the_same_moment_shares_a_snapshot(self, show, connect, monkeypatch) -> None:
        read: list[int] = []

        def count(show_id: int, *, viewers: int) -> RoomSnapshot:
            read.append(show_id)
            return room_snapshot(show_id, viewers=viewers)

        monkeypatch.setattr(selectors, "room_snapshot", count)
        guests = [await connect() for _ in range(40)]
        snapshots = await asyncio.gather(*(guest.enter(f"show:{show.pk}") for guest in guests))
        assert {snapshot["show"]["id"] for snapshot in snapshots} == {show.pk}
        assert len(read) < len(guests) / 4

    async def test_what_is_said_reaches_the_room(self, show, connect) -> None:
        host, guest = await connect(show.host), await connect()
        await guest.enter(f"show:{show.pk}")
        said = await host.call("chat.send", {"channel": f"show:{show.pk}", "text": "hello", "key": "k"})
        assert said["message"]["author"]["role"] == "host"
        assert (await guest.event("chat.sent"))["message"] == said["message"]
        again = await host.call("chat.send", {"channel": f"show:{show.pk}", "text": "hello", "key": "k"})
        assert again == said
        refused = await guest.call("chat.send", {"channel": f"show:{show.pk}", "text": "hello", "key": "k"})
        assert refused == {"error": "login_required"}

    async def test_what_was_said_in_the_shadow_its_author_finds_again(self, show, connect) -> None:
        channel = f"show:{show.pk}"
        mod, bo, ann = [await database(make_user, roles=roles) for roles in (["moderator"], [], [])]
        first, host = await connect(bo), await connect(show.host)
        before = (await first.call("chat.send", {"channel": channel, "text": "hello", "key": "k0"}))["message"]
        await database(add_sanction, by=mod.pk, user_id=bo.pk, scope=channel, kind="shadow_mute", reason="spam")
        psst = (await first.call("chat.send", {"channel": channel, "text": "psst", "key": "k1"}))["message"]
        after = (await host.call("chat.send", {"channel": channel, "text": "hm", "key": "k2"}))["message"]
        others = [await connect(ann), await connect(show.host), await connect(mod), await connect()]
        own, *seen = await asyncio.gather(
            *(client.enter(channel) for client in [await connect(bo), *others])
        )  # at one moment, so that they share what is read
        assert own["messages"] == [before, psst, after]
        assert own["last_seq"] == psst["seq"] + 1
        for snapshot in seen:
            assert [(card["text"], card.get("hidden", False)) for card in snapshot["messages"]] == [
                ("hello", False),
                ("", True),
                ("hm", False),
            ]
            assert "psst" not in json.dumps(snapshot)

    async def test_what_a_moderator_hid_its_author_does_not_find_again(self, show, connect) -> None:
        mod, bo = await database(make_user, roles=["moderator"]), await database(make_user)
        client, channel = await connect(bo), f"show:{show.pk}"
        said = (await client.call("chat.send", {"channel": channel, "text": "rude", "key": "k"}))["message"]
        await database(set_hidden, by=mod.pk, target=f"message:{said['id']}", hidden=True)
        [card] = (await client.enter(channel))["messages"]
        assert (card["text"], card["hidden"]) == ("", True)

    async def test_an_ended_show_is_quiet(self, show, connect) -> None:
        host, guest = await connect(show.host), await connect()
        await guest.enter(f"show:{show.pk}")
        await database(end_show, show_id=show.pk)
        assert (await guest.event("show.ended"))["show"]["state"] == "ended"
        said = await host.call("chat.send", {"channel": f"show:{show.pk}", "text": "hello", "key": "k"})
        assert said == {"error": "show_ended"}
        assert await guest.call("like.tap", {"show": show.pk, "count": 1}) == {"error": "show_ended"}

    async def test_likes_of_guests_are_counted(self, show, connect) -> None:
        guest = await connect()
        await guest.enter(f"show:{show.pk}")
        assert await guest.call("like.tap", {"show": show.pk, "count": 50}) == {}
        await guest.event("likes.counted", total=50)
        for count in (0, 51, "x"):
            assert await guest.call("like.tap", {"show": show.pk, "count": count}) == {"error": "bad request"}

    async def test_a_sale_is_launched_and_stopped(self, show, connect) -> None:
        item = await database(make_shelf_item, show=show)
        sku = await database(item.product.skus.get)
        host, guest = await connect(show.host), await connect()
        await guest.enter(f"show:{show.pk}")
        params = {"show": show.pk, "sku": sku.pk, "price": 100, "total": 5, "limit": 1, "countdown": 0, "duration": 60}
        sale = (await host.call("sale.launch", {**params, "key": "k"}))["sale"]
        assert (await guest.event("sale.opened"))["sale"] == sale
        assert (await host.call("sale.launch", {**params, "key": "l"})) == {"error": "already_running"}
        assert (await guest.call("sale.launch", {**params, "key": "m"})) == {"error": "login_required"}
        stopped = (await host.call("sale.stop", {"sale": sale["id"]}))["sale"]
        assert (await guest.event("sale.closed"))["sale"] == stopped

    async def test_viewers_are_people_not_connections(self, show, connect) -> None:
        viewer = await database(make_user)
        first, second, guest = await connect(viewer), await connect(viewer), await connect()
        for client in (first, second, guest):
            await client.enter(f"show:{show.pk}")
        await first.event("viewers.counted", count=2)
        assert (await presence.count(f"show:{show.pk}")) == (3, 2)
        await guest.leave()
        await first.event("viewers.counted", count=1)
        assert await database(AudienceMinute.objects.count) >= 1

    async def test_of_two_processes_one_says_the_count(self, show, connect, published) -> None:
        await connect()
        for process in (Audience(every_secs=60), Audience(every_secs=60)):
            await process.count(show.pk)
        assert published.types == ["viewers.counted"]

    async def test_nobody_is_counted_when_everybody_has_left(self, show, connect, monkeypatch) -> None:
        counted = []

        async def count(self: Audience, show_id: int) -> None:
            counted.append(show_id)

        monkeypatch.setattr(Audience, "count", count)
        topic = router.topic_of("show:1")[0]
        topic._audience = audience.Audience(every_secs=0.005)
        client = await connect()
        await client.enter(f"show:{show.pk}")
        async with asyncio.timeout(10):
            while not counted:
                await asyncio.sleep(0.005)
        await client.leave()
        seen = len(counted)
        await asyncio.sleep(0.03)
        assert len(counted) == seen

    async def test_rounds_end_even_if_the_work_makes_an_error_of_the_cancellation(self) -> None:
        begun = []

        async def work(id: int) -> None:
            begun.append(id)
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise ConnectionError("the connection went away") from None

        rounds = Rounds(work, every_secs=0.005)
        rounds.start(7)
        async with asyncio.timeout(10):
            while not begun:
                await asyncio.sleep(0.005)
        rounds.stop(7)
        await asyncio.sleep(0.02)
        assert begun == [7]


class TestStudio:
    async def test_host_moderators_and_staff_enter(self, show, connect) -> None:
        moderator = await database(make_user, roles=["moderator"])
        staff = await database(make_user, is_staff=True)
        before = await database(studio_snapshot, show.pk, viewers=0)
        seen = [await (await connect(user)).enter(f"studio:{show.pk}") for user in (show.host, moderator, staff)]
        # Its series goes on with every minute.
        after = await database(studio_snapshot, show.pk, viewers=0)
        assert all(one in (before, after) for one in seen)

    async def test_nobody_else_does(self, show, connect) -> None:
        viewer = await database(make_user, roles=["host"])
        assert await (await connect(viewer)).enter(f"studio:{show.pk}") == {"error": "forbidden"}
        assert await (await connect()).enter(f"studio:{show.pk}") == {"error": "login_required"}
        assert await (await connect(viewer)).enter("studio:999999") == {"error": "not_found"}

    async def test_figures_come_when_they_change(self, show, connect) -> None:
        host = await connect(show.host)
        await host.enter(f"studio:{show.pk}")
        await database(commit_likes, key="k", counts={show.pk: 5})
        order = await database(order_sku, channel=f"show:{show.pk}")
        await database(Order.objects.filter(pk=order.pk).update, state="paid", paid_at=order.created_at)
        fresh = (await database(studio_snapshot, show.pk, viewers=0))["stats"]
        assert (fresh["likes"], fresh["orders_paid"]) == (5, 1)
        await host.event("stats.counted", stats=fresh)

    async def test_figures_that_do_not_change_are_said_once(self, show, connect, published, monkeypatch) -> None:
        monkeypatch.setattr(figures, "SAY_AGAIN_AFTER_ROUNDS", 10**6)
        host = await connect(show.host)
        await host.enter(f"studio:{show.pk}")
        await host.event("stats.counted")
        await asyncio.sleep(0.1)
        assert published.types == ["stats.counted"]


class TestUser:
    async def test_everybody_gets_one_s_own_at_connect(self, connect) -> None:
        shopper = await database(make_user)
        await database(make_claim, shopper=shopper)
        await database(order_sku, buyer=shopper)
        client = await connect(shopper)
        [reply] = client.replies.values()
        subs = reply["connect"]["subs"]
        assert set(subs) == {f"user:{shopper.pk}"}
        fresh = (await database(personal_snapshots, [shopper.pk]))[shopper.pk]
        assert subs[f"user:{shopper.pk}"]["data"] == fresh
        assert (len(fresh["claims"]), len(fresh["orders"])) == (1, 1)

    async def test_a_storm_of_people_costs_few_queries(self, connect, monkeypatch) -> None:
        asked: list[int] = []

        async def read(user_ids: Sequence[int]) -> dict[int, PersonalSnapshot]:
            asked.append(len(user_ids))
            return await database(personal_snapshots, user_ids)

        topic = router.topic_of("user:1")[0]
        monkeypatch.setattr(topic, "_snapshots", Gather(read))
        people = [await database(make_user) for _ in range(20)]
        callers = [Caller(user_id=user.pk) for user in people]
        snapshots = await asyncio.gather(*(topic.join(caller=caller, id=caller.id) for caller in callers))
        assert asked == [20]
        empty = {
            "claims": [],
            "orders": [],
            "cart": carts.never_used(),
            "people": nobody(),
            "unread": 0,
            "notices": never_used(),
            "sanctions": [],
        }
        assert snapshots == [empty] * 20

    async def test_nobody_gets_another_s(self, connect) -> None:
        one, other = await database(make_user), await database(make_user)
        assert "error" in await (await connect(one)).enter(f"user:{other.pk}")
        assert "error" in await (await connect()).enter(f"user:{other.pk}")
