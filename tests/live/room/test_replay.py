"""Snapshot plus events equals a fresh snapshot: for each event, for all of them, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from chat.messages.changes import edit_message, pin_message, react, recall_message
from chat.messages.services import Draft, commit_messages
from commerce.flash_sales import services as flash_sales
from commerce.promotions import services as promotions
from commerce.promotions.models import CouponDrop
from community.moderation.services.rooms import set_room
from live.activities.coupon_drop.services import launch_drop
from live.activities.flash_sale.services import launch_sale
from live.media.models import Stream
from live.media.services import begin_playback, end_stale_playback
from live.room.selectors import room_snapshot
from live.shelf.services import add_item, pin, remove_item, reorder, set_sold_out, unpin
from live.shows.models import Show
from live.shows.services import commit_likes, end_show, go_live, update_show
from project.kernel.clock import now
from tests.live.room.replay import comparable, replay
from tests.support.announced import Announced
from tests.support.factories import make_shelf_item, make_show, make_sku, make_user
from tests.support.messages import hide

pytestmark = pytest.mark.django_db

Step = Callable[[], object]

IN_ROOMS = {
    "chat.edited",
    "chat.hidden",
    "chat.pinned",
    "chat.reacted",
    "chat.recalled",
    "chat.restored",
    "chat.sent",
    "chat.unpinned",
    "drop.closed",
    "drop.opened",
    "drop.scheduled",
    "item.changed",
    "item.pinned",
    "item.unpinned",
    "likes.counted",
    "room.changed",
    "sale.closed",
    "sale.opened",
    "sale.scheduled",
    "shelf.changed",
    "show.changed",
    "show.ended",
    "show.started",
    "stream.changed",
}


def fresh(show: Show) -> dict[str, Any]:
    return room_snapshot(show.pk, viewers=0)


@pytest.fixture
def show() -> Show:
    show = make_show(state="scheduled")
    Stream.objects.create(show=show, publisher="p", last_seen_at=now())
    return show


def steps_of(show: Show) -> Iterator[tuple[str, Step]]:
    """A show from before its beginning to its end; each step is made when the one before was taken."""
    items = [make_shelf_item(show=show) for _ in range(4)]
    ids = [item.pk for item in items]
    author = make_user()
    sku = items[0].product.skus.get()
    sale: dict[str, Any] = {}
    drop: dict[str, Any] = {}

    def say(text: str, who: Any) -> None:
        commit_messages(
            [
                Draft(
                    channel=f"show:{show.pk}",
                    conversation_id=show.conversation_id,
                    author_id=who.pk,
                    role="host" if who == show.host else None,
                    text=f"{text} {n}",
                    key=f"{text} {n}",
                )
                for n in range(30)
            ]
        )

    def launch(countdown_secs: int) -> None:
        sale.update(
            launch_sale(
                launched_by=show.host_id,
                show_id=show.pk,
                sku_id=sku.pk,
                price=100,
                total=5,
                limit=1,
                countdown_secs=countdown_secs,
                duration_secs=60,
                key=f"launch {countdown_secs}",
            )
        )

    def drop_coupons(countdown_secs: int) -> None:
        drop.update(
            launch_drop(
                launched_by=show.host_id,
                show_id=show.pk,
                coupon={"name_zh": "券", "name_en": "Coupon", "off": 500, "valid_days": 7},
                quantity=5,
                countdown_secs=countdown_secs,
                duration_secs=60,
                watch_minutes=1,
                must_follow=True,
                key=f"drop {countdown_secs}",
            )
        )

    def open_drop() -> None:
        CouponDrop.objects.filter(pk=drop["id"]).update(starts_at=now() - timedelta(seconds=1))
        promotions.open_due_drops()

    yield "chat before the show", lambda: say("hello", author)
    yield "another title", lambda: update_show(show_id=show.pk, title="A better title")
    yield "a pin before the show", lambda: pin(show_id=show.pk, item_id=ids[0])
    yield "go live", lambda: go_live(show_id=show.pk)
    yield "picture", lambda: begin_playback(show_ids=[show.pk])
    yield "a second pin", lambda: pin(show_id=show.pk, item_id=ids[1])
    yield "a third pin", lambda: pin(show_id=show.pk, item_id=ids[2])
    yield "sold out", lambda: set_sold_out(show_id=show.pk, item_id=ids[1], sold_out=True)
    yield "an item more", lambda: add_item(show_id=show.pk, product_id=make_sku().product_id)
    yield "the last item first", lambda: remove_item(show_id=show.pk, item_id=ids[3])
    yield (
        "another order",
        lambda: reorder(show_id=show.pk, item_ids=list(show.items.order_by("-number").values_list("pk", flat=True))),
    )
    yield "unpin", lambda: unpin(show_id=show.pk, item_id=ids[0])
    yield "pin again", lambda: pin(show_id=show.pk, item_id=ids[0])
    yield "a pinned item goes", lambda: remove_item(show_id=show.pk, item_id=ids[2])
    yield "a sale with a countdown", lambda: launch(10)
    yield "the sale is stopped", lambda: flash_sales.stop_sale(sale_id=sale["id"])
    yield "a sale at once", lambda: launch(0)
    yield "coupons with a countdown", lambda: drop_coupons(10)
    yield "they can be claimed", open_drop
    yield "no more coupons", lambda: promotions.stop_drop(drop_id=drop["id"])
    yield "coupons at once", lambda: drop_coupons(0)
    yield "likes", lambda: commit_likes(key="k", counts={show.pk: 30})
    yield "more likes", lambda: commit_likes(key="l", counts={show.pk: 3})
    yield "the host speaks", lambda: say("welcome", show.host)
    here = {"channel": f"show:{show.pk}"}
    by_author, by_host = {**here, "user_id": author.pk}, {**here, "user_id": show.host_id, "seq": 60}
    yield "an old message is worded anew", lambda: edit_message(**by_author, seq=30, text="good evening")
    yield "the host words anew", lambda: edit_message(**by_host, text="welcome, all")
    yield "somebody reacts", lambda: react(**by_author, seq=60, emoji="👍", added=True)
    yield "it is pinned", lambda: pin_message(**by_host, pinned=True)
    yield "it is hidden", lambda: hide(show.conversation_id, 60, by=show.host, hidden=True)
    yield "it is restored", lambda: hide(show.conversation_id, 60, by=show.host, hidden=False)
    yield "it is unpinned", lambda: pin_message(**by_host, pinned=False)
    yield "it is recalled", lambda: recall_message(**by_host)
    by_rules = {**here, "by": show.host_id}
    yield "slowly", lambda: set_room(**by_rules, slow_mode_secs=30, followers_only=True)
    yield "nobody speaks", lambda: set_room(**by_rules, chat=False, held=True, raid_secs=600)
    yield "as before", lambda: set_room(**by_rules, chat=True, held=False, slow_mode_secs=0, raid_secs=0)
    yield "the end", lambda: (end_show(show_id=show.pk), end_stale_playback())


def test_every_step_can_be_replayed(show: Show, published: Announced) -> None:
    types = set()
    for name, step in steps_of(show):
        before = fresh(show)
        published.clear()
        step()
        events = published.wires(f"show:{show.pk}")
        after = fresh(show)
        assert events, name
        assert replay(before, events) == comparable(after), name
        # A snapshot taken between COMMIT and publish has it already: the event changes nothing then.
        assert replay(after, events) == comparable(after), name
        types |= {event["type"] for event in events}
    assert types == IN_ROOMS


def test_a_snapshot_of_any_moment_and_all_events_lead_to_the_same_room(show: Show, published: Announced) -> None:
    moments = []
    for name, step in steps_of(show):
        moments.append((name, fresh(show)))
        step()
    events = published.wires(f"show:{show.pk}")
    for name, snapshot in moments:
        # What the snapshot has already comes again, as after a recovery.
        assert replay(snapshot, events) == comparable(fresh(show)), name


@pytest.mark.parametrize("seed", range(20))
def test_events_may_come_in_any_order(show: Show, published: Announced, seed: int) -> None:
    steps = list(steps_of(show))
    first = fresh(show)
    for _, step in steps:
        step()
    events = published.wires(f"show:{show.pk}")
    Random(seed).shuffle(events)
    assert replay(first, events) == comparable(fresh(show))
