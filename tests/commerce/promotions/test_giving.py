from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from commerce.promotions import services
from commerce.promotions.errors import (
    CodeUnknown,
    CouponLimitReached,
    CouponNotOffered,
    CouponOver,
    CouponsGone,
)
from commerce.promotions.models import Coupon, CouponGrant
from commerce.promotions.selectors import takeable
from commerce.promotions.services import giving
from community.accounts.models import User
from community.notices.models import Notice
from project.kernel.clock import now
from project.kernel.errors import DomainError, NotFound
from tests.support.buying import order_sku
from tests.support.factories import make_user
from tests.support.promoting import make_coupon

pytestmark = pytest.mark.django_db
PAST = timedelta(days=-2)


@pytest.fixture
def user() -> User:
    return make_user()


def refused(error: type[DomainError], ask: Callable[[], object]) -> Any:
    """What it says; nothing was given out."""
    before = list(Coupon.objects.values_list("pk", "granted", "granted_today")), CouponGrant.objects.count()
    with pytest.raises(error) as refusal:
        ask()
    assert (list(Coupon.objects.values_list("pk", "granted", "granted_today")), CouponGrant.objects.count()) == before
    return refusal.value.detail


def test_a_coupon_is_taken_once_however_often_it_is_asked_for(user: User) -> None:
    coupon = make_coupon(valid_days=7)
    first = services.take(user_id=user.pk, coupon_id=coupon.pk)
    assert services.take(user_id=user.pk, coupon_id=coupon.pk) == first
    assert (first.state, first.usable_until - first.granted_at) == ("usable", timedelta(days=7))
    coupon.refresh_from_db()
    assert (coupon.granted, coupon.granted_today, CouponGrant.objects.count()) == (1, 1, 1)


def test_nobody_has_more_than_one_person_may_have(user: User) -> None:
    coupon = make_coupon(per_user=2)
    for ordinal in (1, 2):
        services.take(user_id=user.pk, coupon_id=coupon.pk, ordinal=ordinal)
    assert refused(CouponLimitReached, lambda: services.take(user_id=user.pk, coupon_id=coupon.pk, ordinal=3)) == {
        "per_user": 2
    }


def test_there_are_no_more_than_there_are(user: User) -> None:
    coupon = make_coupon(total=1)
    services.take(user_id=user.pk, coupon_id=coupon.pk)
    other = make_user()
    assert refused(CouponsGone, lambda: services.take(user_id=other.pk, coupon_id=coupon.pk)) == {"today": False}


def test_the_next_day_there_are_more(user: User) -> None:
    coupon = make_coupon(per_day=1)
    services.take(user_id=user.pk, coupon_id=coupon.pk)
    other = make_user()
    assert refused(CouponsGone, lambda: services.take(user_id=other.pk, coupon_id=coupon.pk)) == {"today": True}
    coupon.refresh_from_db()
    assert coupon.day
    Coupon.objects.update(day=coupon.day - timedelta(days=1))
    services.take(user_id=other.pk, coupon_id=coupon.pk)
    coupon.refresh_from_db()
    assert (coupon.granted, coupon.granted_today) == (2, 1)


def test_who_waits_over_midnight_counts_for_the_day_that_has_come(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = datetime(2030, 5, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
    coupon = make_coupon(
        per_day=1, starts_at=midnight - timedelta(days=1), ends_at=midnight + timedelta(days=1), valid_days=7
    )
    says = iter([midnight - timedelta(seconds=1)])
    monkeypatch.setattr(giving, "database_now", lambda: next(says, midnight + timedelta(seconds=1)))
    Coupon.objects.update(day=midnight.date(), granted=1, granted_today=1)
    assert refused(CouponsGone, lambda: services.take(user_id=user.pk, coupon_id=coupon.pk)) == {"today": True}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"starts_at": now() + timedelta(hours=1)}, "not_started"),
        ({"starts_at": now() + PAST, "ends_at": now() + PAST / 2}, "ended"),
        ({"stopped_at": now()}, "ended"),
    ],
)
def test_outside_of_its_time_nobody_gets_it(user: User, fields: dict[str, Any], why: str) -> None:
    coupon = make_coupon(**fields)
    assert refused(CouponNotOffered, lambda: services.take(user_id=user.pk, coupon_id=coupon.pk)) == {"why": why}


@pytest.mark.parametrize("way", ["targeted", "drop"])
def test_what_is_not_for_everyone_is_not_there(user: User, way: str) -> None:
    coupon = make_coupon(way=way)
    refused(NotFound, lambda: services.take(user_id=user.pk, coupon_id=coupon.pk))
    refused(NotFound, lambda: services.take(user_id=user.pk, coupon_id=10**9))


def test_a_newcomer_never_paid_for_anything(user: User) -> None:
    coupon = make_coupon(way="newcomer")
    order = order_sku(buyer=user)
    services.take(user_id=user.pk, coupon_id=coupon.pk)
    other = order_sku()
    for one in (order, other):
        one.paid_at = now()
        one.save()
    assert refused(CouponNotOffered, lambda: services.take(user_id=other.buyer_id, coupon_id=coupon.pk)) == {
        "why": "newcomers_only"
    }


@pytest.mark.parametrize("code", ["SOUK-2026", "souk-2026", " Souk-2026 "])
def test_a_code_as_people_type_it(user: User, code: str) -> None:
    coupon = make_coupon(way="code", code="SOUK-2026")
    assert services.redeem(user_id=user.pk, code=code).coupon == coupon


def test_a_code_that_nobody_knows(user: User) -> None:
    make_coupon(way="code", code="SOUK-2026")
    refused(CodeUnknown, lambda: services.redeem(user_id=user.pk, code="SOUK-2027"))


def test_a_targeted_coupon_is_given_to_each_and_each_is_told_once(user: User, published: Any) -> None:
    coupon, other, third = make_coupon(way="targeted", total=2), make_user(), make_user(is_active=False)
    late, ids = make_user(), [user.pk, other.pk, third.pk]
    told = dict.fromkeys([user.pk, other.pk], "given") | {third.pk: "unknown"}
    assert services.give(coupon_id=coupon.pk, user_ids=ids) == told
    assert [event.user_to for event in published if event.type == "coupon.granted"] == [user.pk, other.pk]
    notice = Notice.objects.get(user=user)
    assert (notice.kind, notice.data["about"], notice.data["title"]) == (
        "coupon",
        f"coupon:{coupon.pk}",
        {"zh": coupon.name_zh, "en": coupon.name_en},
    )
    # Again: who has it keeps it, and hears nothing; for the one who comes late none is left.
    again = {user.pk: "had", late.pk: "gone", 10**9: "unknown"}
    assert services.give(coupon_id=coupon.pk, user_ids=again) == again
    assert (Coupon.objects.get().granted, CouponGrant.objects.count(), Notice.objects.count()) == (2, 2, 2)


def test_what_cannot_be_given_is_given_to_nobody(user: User) -> None:
    refused(NotFound, lambda: services.give(coupon_id=10**9, user_ids=[user.pk]))
    for error, coupon, ordinal in (
        (CouponNotOffered, make_coupon(), 1),
        (CouponNotOffered, make_coupon(way="targeted", stopped_at=now()), 1),
        (CouponOver, make_coupon(way="targeted", usable_until=now() + PAST), 1),
        (CouponLimitReached, make_coupon(way="targeted", per_user=2), 3),
    ):
        refused(
            error,
            lambda coupon=coupon, ordinal=ordinal: services.give(  # type: ignore[misc]
                coupon_id=coupon.pk, user_ids=[user.pk], ordinal=ordinal
            ),
        )
    assert not Notice.objects.exists()


def test_a_coupon_ends_with_its_last_day_or_its_days(user: User) -> None:
    until = now() + timedelta(days=3)
    grant = services.take(user_id=user.pk, coupon_id=make_coupon(usable_until=until, valid_days=7).pk)
    assert grant.usable_until == until


@pytest.mark.parametrize("way", ["public", "code", "targeted", "newcomer"])
def test_a_coupon_whose_last_day_is_over_is_not_given_out(user: User, way: str) -> None:
    coupon = make_coupon(way=way, code="OLD" if way == "code" else None, usable_until=now() + PAST, valid_days=7)
    ask: dict[str, Callable[[], object]] = {
        "code": lambda: services.redeem(user_id=user.pk, code="OLD"),
        "targeted": lambda: services.give(coupon_id=coupon.pk, user_ids=[user.pk]),
    }
    refused(CouponOver, ask.get(way, lambda: services.take(user_id=user.pk, coupon_id=coupon.pk)))
    assert not takeable(user_id=user.pk).exists()


def test_who_took_it_in_time_is_told_so_afterwards(user: User) -> None:
    coupon = make_coupon(usable_until=now() + timedelta(days=1))
    grant = services.take(user_id=user.pk, coupon_id=coupon.pk)
    Coupon.objects.update(usable_until=now() + PAST)
    CouponGrant.objects.update(usable_until=now() + PAST)
    assert services.take(user_id=user.pk, coupon_id=coupon.pk) == grant
