"""A drop's life and claims of it: exact numbers after each step, and nothing after a refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.promotions import services, tasks
from commerce.promotions.errors import (
    CouponLimitReached,
    CouponNotOffered,
    CouponOver,
    CouponsGone,
    TermsFixed,
    TooManyDrops,
)
from commerce.promotions.models import Coupon, CouponDrop, CouponGrant
from commerce.promotions.selectors import drop_of, droppable, drops_in, promised
from commerce.promotions.services import DropAnswer, DropRequest
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import DomainError, Invalid, KeyReused, NotFound, NotOpen, SoldOut
from tests.support.announced import Announced
from tests.support.factories import make_host, make_user
from tests.support.promoting import make_coupon, make_drop, make_grant

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def rows() -> tuple[list[Any], ...]:
    return tuple(list(model.objects.order_by("pk").values()) for model in (Coupon, CouponDrop, CouponGrant))


def refused(error: type[Exception], call: Callable[[], object], published: Announced) -> Any:
    """What it says; nothing was changed, and nobody was told."""
    before = rows(), list(published)
    with pytest.raises(error) as refusal:
        call()
    assert (rows(), list(published)) == before
    return refusal.value


def claim(drop: CouponDrop, *people: User, key: str = "k") -> list[DropAnswer | DomainError]:
    with transaction.atomic():
        return services.claim_coupons([DropRequest(drop_id=drop.pk, user_id=one.pk, key=key) for one in people])


def claim_one(drop: CouponDrop, person: User, *, key: str = "k") -> DropAnswer:
    (answer,) = claim(drop, person, key=key)
    if isinstance(answer, DomainError):
        raise answer
    return answer


def schedule(coupon: Any, **changes: Any) -> CouponDrop:
    asked = {
        "channel": "group:3",
        "launched_by": changes.pop("launched_by", None) or make_host().pk,
        "coupon": coupon,
        "quantity": 5,
        "countdown_secs": 30,
        "duration_secs": 60,
        "key": "k",
    }
    return services.schedule_drop(**(asked | changes))


def droppable_coupon(**fields: Any) -> Coupon:
    return make_coupon(**{"way": "drop", "total": 5, **fields})


# Its life


def test_a_drop_opens_and_closes_on_time(published: Announced) -> None:
    drop = schedule(droppable_coupon().pk)
    assert (drop.state, drop.ends_at - drop.starts_at) == ("scheduled", MINUTE)
    tasks.turn_drops()
    assert published.types == ["drop.scheduled"]
    start = now() - timedelta(seconds=1)
    CouponDrop.objects.update(starts_at=start)
    tasks.turn_drops()
    tasks.turn_drops()
    CouponDrop.objects.update(ends_at=start + timedelta(milliseconds=1))
    tasks.turn_drops()
    tasks.turn_drops()
    assert published.types == ["drop.scheduled", "drop.opened", "drop.closed"]
    closed = drop_of(drop.pk)
    assert (closed["state"], closed["close_reason"], closed["version"], closed["given"]) == ("closed", "ended", 3, 0)
    assert [event["drop"]["version"] for event in published.wires(f"drop:{drop.pk}")] == [1, 2, 3]
    assert published.wires("group:3") == published.wires(f"drop:{drop.pk}")


def test_without_a_countdown_it_is_open_at_once(published: Announced) -> None:
    assert schedule(droppable_coupon().pk, countdown_secs=0).state == "open"
    assert published.types == ["drop.opened"]


def test_the_same_key_is_the_same_drop(published: Announced) -> None:
    coupon, host = droppable_coupon(), make_host().pk
    drop = schedule(coupon.pk, launched_by=host)
    assert schedule(coupon.pk, launched_by=host) == drop
    assert published.types == ["drop.scheduled"]
    refused(KeyReused, lambda: schedule(coupon.pk, launched_by=host, quantity=4), published)
    refused(KeyReused, lambda: schedule(coupon.pk, launched_by=host, channel="group:4"), published)
    assert schedule(droppable_coupon().pk).pk != drop.pk


TERMS = {"name_zh": "券", "name_en": "Coupon", "off": 500, "minimum": 3000, "valid_days": 7}


def test_terms_become_a_coupon_of_this_drop_alone(published: Announced) -> None:
    host = make_host().pk
    drop = schedule(TERMS, launched_by=host)
    coupon = drop.coupon
    assert (coupon.way, coupon.total, coupon.off, coupon.minimum, coupon.per_user) == ("drop", 5, 500, 3000, 1)
    assert (coupon.starts_at, coupon.ends_at, coupon.created_by_id) == (drop.starts_at, drop.ends_at, host)
    assert schedule(TERMS, launched_by=host) == drop
    refused(KeyReused, lambda: schedule({**TERMS, "off": 600}, launched_by=host), published)
    refused(Invalid, lambda: schedule({**TERMS, "percent_off": 5}, key="l"), published)
    assert list(droppable()) == []


def test_a_new_coupon_is_worth_money_of_the_shop(settings: Any) -> None:
    settings.DEFAULT_CURRENCY = "JPY"
    assert schedule(TERMS).coupon.currency == "JPY"


def test_as_many_are_promised_as_there_are(published: Announced) -> None:
    coupon = droppable_coupon(total=12)
    first = schedule(coupon.pk)
    schedule(coupon.pk, key="l")
    assert [one.left for one in droppable()] == [2]
    refused(CouponsGone, lambda: schedule(coupon.pk, key="m", quantity=3), published)
    refused(Invalid, lambda: services.change_coupon(coupon=coupon, terms={"total": 9}), published)
    CouponDrop.objects.filter(pk=first.pk).update(state="open", starts_at=now() - MINUTE)
    claim(first, *[make_user() for _ in range(2)])
    services.stop_drop(drop_id=first.pk)
    # What nobody claimed is promised no more.
    assert (promised(coupon.pk), [one.left for one in droppable()]) == (5, [5])
    schedule(coupon.pk, key="m", quantity=5)
    assert [one.left for one in droppable()] == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"quantity": 0}, {"quantity": ["out_of_range"]}),
        ({"quantity": 100_001}, {"quantity": ["out_of_range"]}),
        ({"countdown_secs": 301}, {"countdown": ["out_of_range"]}),
        ({"duration_secs": 9}, {"duration": ["out_of_range"]}),
        ({"conditions": [{"kind": "wealth", "least": 1}]}, {"conditions": ["invalid"]}),
        ({"conditions": [{"kind": "watched", "least": 60}] * 2}, {"conditions": ["invalid"]}),
        ({"conditions": [{"kind": "watched", "least": 0}]}, {"conditions": ["out_of_range"]}),
    ],
)
def test_what_cannot_be_dropped(changes: dict[str, Any], fields: Any, published: Announced) -> None:
    coupon = droppable_coupon(total=None)
    assert refused(Invalid, lambda: schedule(coupon.pk, **changes), published).fields == fields


def test_which_coupons_cannot_be_dropped(published: Announced) -> None:
    soon, later = now() + timedelta(seconds=70), now() + timedelta(days=2)
    for way in ("public", "targeted", "newcomer"):
        coupon = make_coupon(way=way)
        refused(NotFound, lambda coupon=coupon: schedule(coupon.pk), published)
    refused(NotFound, lambda: schedule(10**12), published)
    for fields in (
        {"stopped_at": now()},
        {"ends_at": soon},
        {"starts_at": later, "ends_at": later + MINUTE},
    ):
        coupon = droppable_coupon(**fields)
        refused(CouponNotOffered, lambda coupon=coupon: schedule(coupon.pk), published)
    coupon = droppable_coupon(usable_until=soon)
    refused(CouponOver, lambda: schedule(coupon.pk), published)
    with pytest.raises(Invalid) as error:
        services.make_coupon(
            terms={**TERMS, "way": "drop", "per_day": 3, "starts_at": now(), "ends_at": later}, by_id=None
        )
    assert error.value.fields == {"per_day": ["not_with_way"]}


@pytest.mark.parametrize("terms", [{"off": 1}, {"way": "public"}, {"valid_days": 1}, {"currency": "JPY"}])
def test_what_is_being_dropped_stays_as_it_was_announced(terms: dict[str, Any], published: Announced) -> None:
    drop = schedule(droppable_coupon().pk)
    error = refused(TermsFixed, lambda: services.change_coupon(coupon=drop.coupon, terms=terms), published)
    assert error.detail == {"fields": list(terms)}
    services.stop_drop(drop_id=drop.pk)
    services.change_coupon(coupon=drop.coupon, terms=terms)


def test_three_at_a_time_in_one_place(published: Announced) -> None:
    coupon = droppable_coupon(total=None)
    for key in "abc":
        schedule(coupon.pk, key=key)
    refused(TooManyDrops, lambda: schedule(coupon.pk, key="d"), published)
    assert schedule(coupon.pk, key="e", channel="group:33").state == "scheduled"
    assert [drop["state"] for drop in drops_in("group:3")] == ["scheduled"] * 3


def test_a_drop_is_stopped_once(published: Announced) -> None:
    drop = make_drop()
    assert services.stop_drop(drop_id=drop.pk).close_reason == "stopped"
    assert published.types == ["drop.closed"]
    refused(NotOpen, lambda: services.stop_drop(drop_id=drop.pk), published)
    refused(NotFound, lambda: services.stop_drop(drop_id=10**12), published)


def test_the_end_of_a_place_is_the_end_of_its_drops(published: Announced) -> None:
    here, soon, elsewhere = make_drop(), make_drop(state="scheduled"), make_drop(channel="show:10")
    assert services.stop_drops_in(channel="show:1") == 2
    assert [drop_of(drop.pk)["state"] for drop in (here, soon, elsewhere)] == ["closed", "closed", "open"]
    assert published.types == ["drop.closed", "drop.closed"]


def test_who_stops_a_coupon_stops_its_drops(published: Announced) -> None:
    drop = make_drop()
    services.stop(offer=drop.coupon)
    assert drop_of(drop.pk)["close_reason"] == "stopped"
    assert published.types == ["drop.closed"]


@pytest.mark.parametrize(
    ("field", "ago", "reason"), [("stopped_at", timedelta(0), "stopped"), ("ends_at", timedelta(seconds=1), "ended")]
)
def test_what_happens_to_the_coupon_behind_the_back_of_its_drop(field: str, ago: timedelta, reason: str) -> None:
    drop, person = make_drop(), make_user()
    Coupon.objects.update(**{field: now() - ago})
    (answer,) = claim(drop, person)
    assert isinstance(answer, NotOpen)
    tasks.turn_drops()
    assert drop_of(drop.pk)["close_reason"] == reason


# Claims


def test_who_comes_first_gets_one(published: Announced) -> None:
    drop, people = make_drop(quantity=3), [make_user() for _ in range(4)]
    answers = claim(drop, *people)
    grants = list(CouponGrant.objects.order_by("position"))
    assert [(grant.owner, grant.position, grant.state, grant.ordinal) for grant in grants] == [
        (person, position, "usable", 1) for position, person in enumerate(people[:3], 1)
    ]
    assert [answer for answer in answers if isinstance(answer, DropAnswer)] == [
        DropAnswer(
            grant_id=grant.pk, position=grant.position or 0, usable_until=round(grant.usable_until.timestamp() * 1000)
        )
        for grant in grants
    ]
    assert isinstance(answers[3], SoldOut)
    assert {grant.usable_until - grant.granted_at for grant in grants} == {timedelta(days=7)}
    assert published.types == ["coupon.granted"] * 3 + ["drop.closed"]
    for grant in grants:
        (told,) = published.wires(f"user:{grant.owner_id}")
        assert (told["drop"], told["position"], told["grant"]["id"]) == (drop.pk, grant.position, grant.pk)
        assert told["grant"]["coupon"]["off"] == {"amount": 500, "currency": "CNY"}
    # Nothing comes back, so it is over with the last one.
    closed = drop_of(drop.pk)
    assert (closed["state"], closed["close_reason"], closed["given"], closed["version"]) == ("closed", "gone", 3, 2)
    drop.coupon.refresh_from_db()
    assert drop.coupon.granted == 3
    assert isinstance(claim(drop, make_user())[0], SoldOut)


def test_how_many_are_given_is_said(published: Announced) -> None:
    drop = make_drop(quantity=5)
    claim(drop, make_user(), make_user())
    claim(drop, make_user())
    assert published.wires(f"drop:{drop.pk}") == [
        {"type": "drop.counted", "at": event.at, "drop": drop.pk, "version": version, "given": given}
        for event, version, given in zip(
            [event for event in published if event.type == "drop.counted"], [2, 3], [2, 3], strict=True
        )
    ]
    assert published.wires("show:1") == []


def test_the_same_key_gets_the_same_coupon_also_when_all_is_over(published: Announced) -> None:
    drop, person = make_drop(quantity=2), make_user()
    first, again = claim(drop, person, person)
    assert first == again
    claim(drop, make_user())
    assert claim_one(drop, person) == first
    CouponDrop.objects.update(ends_at=now())
    assert claim_one(drop, person) == first
    refused(CouponLimitReached, lambda: claim_one(drop, person, key="l"), published)
    assert CouponGrant.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        # The times are those of the test, not those at which it was collected.
        lambda: {"state": "closed", "close_reason": "stopped"},
        lambda: {"starts_at": now() + MINUTE},
        lambda: {"starts_at": now() - 2 * MINUTE, "ends_at": now()},
    ],
    ids=["stopped", "before", "after"],
)
def test_outside_of_its_time_nothing_is_given(change: Callable[[], dict[str, Any]], published: Announced) -> None:
    drop, person = make_drop(), make_user()
    CouponDrop.objects.update(**change())
    refused(NotOpen, lambda: claim_one(drop, person), published)


def test_the_clock_opens_it_before_the_row_does() -> None:
    drop = make_drop(state="scheduled", starts_at=now() - MINUTE, ends_at=now() + MINUTE)
    assert claim_one(drop, make_user()).position == 1


def test_one_person_has_as_many_of_a_coupon_as_it_allows(published: Announced) -> None:
    coupon, person = droppable_coupon(total=20, per_user=2), make_user()
    drops = [make_drop(coupon=coupon, quantity=5) for _ in range(3)]
    for drop in drops[:2]:
        claim_one(drop, person)
    assert sorted(CouponGrant.objects.values_list("ordinal", flat=True)) == [1, 2]
    refused(CouponLimitReached, lambda: claim_one(drops[2], person), published)
    # One batch may hold claims of several drops.
    other = make_user()
    with transaction.atomic():
        answers = services.claim_coupons(
            [DropRequest(drop_id=drop.pk, user_id=other.pk, key="k") for drop in [*drops, CouponDrop(pk=10**12)]]
        )
    assert [type(answer) for answer in answers] == [DropAnswer, DropAnswer, CouponLimitReached, NotFound]
    coupon.refresh_from_db()
    assert coupon.granted == 4


def test_a_coupon_that_was_had_otherwise_counts_too(published: Announced) -> None:
    drop, person = make_drop(), make_user()
    make_grant(person, drop.coupon)
    refused(CouponLimitReached, lambda: claim_one(drop, person), published)


def test_never_more_than_the_coupon_has_even_when_somebody_changes_it_by_hand(published: Announced) -> None:
    drop = make_drop(quantity=3)
    claim_one(drop, make_user())
    Coupon.objects.update(total=1)
    refused(SoldOut, lambda: claim_one(drop, make_user()), published)


def test_the_database_itself_gives_no_more_than_there_are() -> None:
    drop, person = make_drop(quantity=1), make_user()
    claim_one(drop, person)
    grant = CouponGrant.objects.get()
    for wrong in (
        lambda: CouponDrop.objects.filter(pk=drop.pk).update(given=2),
        lambda: CouponGrant.objects.create(
            coupon=drop.coupon,
            owner=person,
            ordinal=2,
            usable_until=now(),
            granted_at=now(),
            drop=drop,
            drop_key="l",
            position=2,
        ),
        lambda: CouponGrant.objects.filter(pk=grant.pk).update(position=None),
        lambda: CouponGrant.objects.filter(pk=grant.pk).update(drop_key=""),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_as_many_queries_for_forty_as_for_four() -> None:
    def queries(people: int) -> int:
        drop, crowd = make_drop(quantity=100), [make_user(password=None) for _ in range(people)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            claim(drop, *crowd)
        return len(captured)

    assert queries(40) == queries(4)
