"""What somebody reads of the people whom one follows or is friends with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from commerce.catalog.models import Sku
from commerce.catalog.selectors import product_card
from commerce.reviews import services as reviews
from commerce.reviews.models import Review
from community.accounts.models import User
from community.accounts.selectors import card
from community.social import feed, services
from live.shows.models import Show
from tests.support.buying import order_sku
from tests.support.factories import make_host, make_show, make_sku, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def ann() -> User:
    return make_user(display_name="Ann")


@pytest.fixture
def browser(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


@pytest.fixture
def host(ann: User) -> User:
    """Whom Ann follows."""
    host = make_host(display_name="Acha")
    services.follow(user_id=ann.pk, other_id=host.pk)
    return host


@pytest.fixture
def friend(ann: User) -> User:
    friend = make_user(display_name="Ben")
    services.ask(user_id=ann.pk, other_id=friend.pk)
    services.accept(user_id=friend.pk, other_id=ann.pk)
    return friend


def write_review(author: User, *, sku: Sku | None = None, at: datetime = NOON, **fields: Any) -> Review:
    line = order_sku(buyer=author, sku=sku or make_sku()).lines.get()
    return Review.objects.create(
        line=line, product=line.sku.product, author=author, **{"stars": 5, "text": "好", "created_at": at, **fields}
    )


def schedule(host: User, *, at: datetime) -> Show:
    show = make_show(host=host, state=Show.State.SCHEDULED)
    Show.objects.filter(pk=show.pk).update(created_at=at)
    return show


def page(client: Client, path: str = "/api/feed/") -> Any:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.json()


def names(items: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(item["kind"], item[item["kind"]]["id"]) for item in items]


def read(client: Client) -> list[tuple[str, int]]:
    return names(page(client)["results"])


def test_nobody_to_hear_of(browser: Client) -> None:
    make_show()
    write_review(make_user())
    assert page(browser) == {"next": None, "previous": None, "results": []}


def test_a_guest_has_none(client: Client) -> None:
    assert client.get("/api/feed/").status_code == 401


def test_shows_of_hosts_and_reviews_of_friends_the_latest_first(browser: Client, host: User, friend: User) -> None:
    live = make_show(host=host, started_at=NOON - timedelta(hours=1), title="Evening tea")
    review = write_review(friend, stars=4, text="Good tea.")
    by_host = write_review(host, at=NOON - timedelta(hours=2))
    items = page(browser)["results"]
    assert names(items) == [("review", review.pk), ("show", live.pk), ("review", by_host.pk)]
    assert (items[0]["at"], items[0]["person"]) == ("2026-11-03T12:00:00Z", card(friend))
    assert (items[0]["review"]["stars"], items[0]["review"]["text"]) == (4, "Good tea.")
    assert items[0]["product"] == product_card(review.product_id)
    assert (items[1]["at"], items[1]["person"]) == ("2026-11-03T11:00:00Z", card(host))
    assert (items[1]["show"]["state"], items[1]["show"]["title"]) == ("live", "Evening tea")


def test_a_show_is_told_of_once_as_it_is_now(browser: Client, host: User) -> None:
    hour = timedelta(hours=1)
    coming = schedule(host, at=NOON)
    live = make_show(host=host, started_at=NOON + hour)
    over = make_show(host=host, state=Show.State.ENDED, started_at=NOON - hour, ended_at=NOON + 2 * hour)
    assert read(browser) == [("show", over.pk), ("show", live.pk), ("show", coming.pk)]


def test_pages_of_equal_times_neither_repeat_nor_skip(browser: Client, host: User, friend: User) -> None:
    sku = make_sku()
    told = [("show", make_show(host=host, started_at=NOON).pk) for _ in range(feed.PAGE_SIZE + 3)]
    told += [("review", write_review(friend, sku=sku).pk) for _ in range(feed.PAGE_SIZE + 1)]
    told += [("review", write_review(friend, sku=sku, at=NOON + timedelta(microseconds=at)).pk) for at in (-1, 1)]
    found, sizes, path = [], [], "/api/feed/"
    while path:
        answer = page(browser, path)
        found += names(answer["results"])
        sizes.append(len(answer["results"]))
        path = answer["next"]
    assert sorted(found) == sorted(told)
    assert (found[0], found[-1]) == (told[-1], told[-2])
    assert sizes == [20, 20, 6]


def test_what_is_new_moves_no_page(browser: Client, host: User) -> None:
    shows = [make_show(host=host, started_at=NOON + timedelta(minutes=at)) for at in range(feed.PAGE_SIZE + 1)]
    first = page(browser)
    make_show(host=host, started_at=NOON + timedelta(hours=1))
    assert names(page(browser, first["next"])["results"]) == [("show", shows[0].pk)]


def test_a_full_page_can_be_the_last(browser: Client, host: User) -> None:
    for _ in range(feed.PAGE_SIZE):
        make_show(host=host)
    assert page(browser)["next"] is None


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "1.show",
        "1.show.x",
        "1.case.1",
        "-1.show.1",
        f"{10**16}.show.1",
        f"1.show.{2**63}",
        "²1.show.1",
        "1.show.1\n",
    ],
)
def test_a_cursor_that_no_page_gave_out_is_refused(browser: Client, host: User, cursor: str) -> None:
    answer = browser.get("/api/feed/", {"cursor": cursor})
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"cursor": ["invalid"]})


def test_a_review_that_is_not_for_everyone_is_left_out(browser: Client, friend: User) -> None:
    write_review(friend, anonymous=True)
    hidden, hidden_goods, gone = (write_review(friend) for _ in range(3))
    reviews.hide(review_id=hidden.pk, by_id=make_user(is_staff=True).pk, reason="abuse")
    hidden_goods.product.visible = False
    hidden_goods.product.save()
    gone.line.sku.sellable = False
    gone.line.sku.save()
    assert read(browser) == []
    reviews.unhide(review_id=hidden.pk)
    assert read(browser) == [("review", hidden.pk)]


@pytest.mark.parametrize("who", ["reader", "other"])
def test_a_block_ends_it_whoever_makes_it(browser: Client, ann: User, host: User, friend: User, who: str) -> None:
    make_show(host=host)
    write_review(friend)
    for other in (host, friend):
        one, two = (ann, other) if who == "reader" else (other, ann)
        services.block(user_id=one.pk, other_id=two.pk)
    assert read(browser) == []


def test_closed_accounts_and_one_s_own_deeds_are_left_out(browser: Client, ann: User, host: User, friend: User) -> None:
    make_show(host=host)
    write_review(friend)
    write_review(ann)
    User.objects.filter(pk__in=[host.pk, friend.pk]).update(is_active=False)
    assert read(browser) == []


def test_who_follows_one_is_not_heard_of_for_that(browser: Client, ann: User) -> None:
    fan = make_host()
    services.follow(user_id=fan.pk, other_id=ann.pk)
    services.ask(user_id=fan.pk, other_id=ann.pk)
    make_show(host=fan)
    assert read(browser) == []


def test_a_long_page_costs_as_many_queries_as_a_short_one(
    browser: Client, ann: User, host: User, friend: User, django_assert_num_queries: Any
) -> None:
    make_show(host=host)
    write_review(friend)
    with django_assert_num_queries(12):
        assert len(read(browser)) == 2
    for _ in range(6):
        other = make_host()
        services.follow(user_id=ann.pk, other_id=other.pk)
        make_show(host=other)
        write_review(other)
    with django_assert_num_queries(12):
        assert len(read(browser)) == 14
