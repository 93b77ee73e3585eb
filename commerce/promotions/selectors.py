"""Reads of promotions: what there is, what somebody has, and both as the price pipeline takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar, cast

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from commerce.catalog.cards import CategoryCard
from commerce.catalog.models import Product
from commerce.catalog.selectors import products_on_sale
from commerce.promotions import pricing
from commerce.promotions.cards import (
    ClaimedCoupon,
    CouponCard,
    DropCloseReason,
    DropCondition,
    DropState,
    DropStateName,
    GrantCard,
    ThresholdCard,
)
from commerce.promotions.models import Coupon, CouponDrop, CouponGrant, NewGrant, Offer, ThresholdDiscount
from project.kernel.claims import Standing
from project.kernel.clock import database_now, to_ms
from project.kernel.errors import NotFound
from project.kernel.money import Money, MoneyJSON
from project.kernel.queries import compiled

AnOffer = TypeVar("AnOffer", bound=Offer)
GrantState = Literal["usable", "used", "expired"]
GRANT_STATES: tuple[GrantState, ...] = ("usable", "used", "expired")
# As many as a checkout looks through, those that end first.
MOST_COUPONS = 100
SCOPE = ("categories", "products")
RUNNING = (CouponDrop.State.SCHEDULED, CouponDrop.State.OPEN)


def thresholds_at(at: datetime, *, currency: str) -> list[pricing.Threshold]:
    """Those in force, by precedence. Three queries, one when there are none."""
    return [_threshold(one) for one in _in_force(at, currency)]


@compiled
def _in_force(at: datetime, currency: str) -> QuerySet[ThresholdDiscount]:
    found = ThresholdDiscount.objects.filter(currency=currency, starts_at__lte=at, ends_at__gt=at, stopped_at=None)
    return found.prefetch_related(*SCOPE)


def coupons_for_checkout(*, owner_id: int, currency: str, at: datetime) -> list[tuple[CouponGrant, pricing.Coupon]]:
    """What the person could use then, those that end first at the front. Three queries, one when there are none."""
    return [(grant, _coupon(grant)) for grant in _usable(owner_id, currency, at)]


@compiled
def _usable(owner_id: int, currency: str, at: datetime) -> QuerySet[CouponGrant]:
    found = CouponGrant.objects.filter(
        owner=owner_id, state=CouponGrant.State.USABLE, usable_until__gt=at, coupon__currency=currency
    )
    return _with_coupon(found).order_by("usable_until", "pk")[:MOST_COUPONS]


def takeable(*, user_id: int | None, product_id: int | None = None) -> QuerySet[Coupon]:
    """What everyone may take now, or soon, or could have taken; newest first, each with how many the person has. For a
    product: of those, what is for it, has begun and is left.
    """
    at = database_now()
    mine = CouponGrant.objects.filter(coupon=OuterRef("pk"), owner_id=user_id).order_by().values("coupon")
    found = (
        Coupon.objects.filter(way__in=[Coupon.Way.PUBLIC, Coupon.Way.NEWCOMER], ends_at__gt=at, stopped_at=None)
        .filter(Q(usable_until=None) | Q(usable_until__gt=at))
        .annotate(mine=Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0))
        .prefetch_related(*SCOPE)
    )
    if product_id is None:
        return found
    left = Q(total=None) | Q(granted__lt=F("total"))
    return found.filter(left, _covers(product_id), starts_at__lte=at)


def _covers(product_id: int) -> Q:
    """As `pricing.Scope` does, in the database."""
    categories = Coupon.categories.through._default_manager.filter(coupon=OuterRef("pk"))
    products = Coupon.products.through._default_manager.filter(coupon=OuterRef("pk"))
    everything = ~Exists(categories) & ~Exists(products)
    category = Product.objects.filter(pk=product_id).values("category")
    return everything | Exists(products.filter(product=product_id)) | Exists(categories.filter(category__in=category))


def thresholds_for(product_id: int) -> list[ThresholdCard]:
    """In force now for a product, by precedence. Raises NotFound."""
    product = products_on_sale().only("category").filter(pk=product_id).first()
    if product is None:
        raise NotFound
    at, item = database_now(), (product.category_id, product.pk)
    currencies = product.skus.filter(sellable=True).order_by("currency").values_list("currency", flat=True).distinct()
    return [
        threshold_card(rule, currency)
        for currency in currencies
        for rule in thresholds_at(at, currency=currency)
        if rule.scope.has(*item)
    ]


def threshold_card(rule: pricing.Threshold, currency: str) -> ThresholdCard:
    def money(amount: int) -> MoneyJSON:
        return Money(amount, currency).as_dict()

    return {
        "key": rule.key,
        "name": rule.name,
        "steps": [{"start": money(start), "off": money(off)} for start, off in rule.steps],
        "repeats": rule.repeats,
        "most_off": None if rule.most_off is None else money(rule.most_off),
    }


def droppable() -> QuerySet[Coupon]:
    """Coupons that a drop can give now, newest first, each with how many are `left`: None without a limit."""
    at = database_now()
    open_drops = CouponDrop.objects.filter(coupon=OuterRef("pk"), state__in=RUNNING).order_by().values("coupon")
    in_drops = Coalesce(Subquery(open_drops.annotate(n=Sum(F("quantity") - F("given"))).values("n")), 0)
    return (
        Coupon.objects.filter(way=Coupon.Way.DROP, starts_at__lte=at, ends_at__gt=at, stopped_at=None)
        .annotate(left=F("total") - F("granted") - in_drops)
        .filter(Q(left=None) | Q(left__gt=0))
        .prefetch_related(*SCOPE)
    )


def grants_of(owner_id: int, *, state: GrantState) -> QuerySet[CouponGrant]:
    """The person's own coupons: "usable" (also those that an unpaid order holds), "used" or "expired", newest first."""
    at = database_now()
    locked = Q(state=CouponGrant.State.LOCKED)
    which = {
        "usable": locked | Q(state=CouponGrant.State.USABLE, usable_until__gt=at),
        "used": Q(state=CouponGrant.State.USED),
        "expired": Q(state=CouponGrant.State.USABLE, usable_until__lte=at),
    }[state]
    return _with_coupon(CouponGrant.objects.filter(which, owner_id=owner_id))


def coupons() -> QuerySet[Coupon]:
    """All of them, for staff: newest first, each with how many were used."""
    used = Count("grants", filter=Q(grants__state=CouponGrant.State.USED))
    return Coupon.objects.annotate(used=used).prefetch_related(*SCOPE).order_by("-pk")


def thresholds() -> QuerySet[ThresholdDiscount]:
    """All of them, for staff, newest first."""
    return ThresholdDiscount.objects.prefetch_related(*SCOPE).order_by("-pk")


def one_of(found: QuerySet[AnOffer], offer_id: int) -> AnOffer:
    """Raises NotFound."""
    offer = found.filter(pk=offer_id).first()
    if offer is None:
        raise NotFound
    return offer


def state_of(offer: Offer) -> Literal["scheduled", "running", "ended", "stopped"]:
    at = database_now()
    if offer.stopped_at:
        return "stopped"
    if offer.starts_at > at:
        return "scheduled"
    return "running" if offer.ends_at > at else "ended"


def coupon_card(coupon: Coupon) -> CouponCard:
    def money(amount: int) -> MoneyJSON:
        return Money(amount, coupon.currency).as_dict()

    return {
        "id": coupon.pk,
        "name": {"zh": coupon.name_zh, "en": coupon.name_en},
        "off": money(coupon.off) if coupon.off else None,
        "percent_off": coupon.percent_off,
        "most_off": None if coupon.most_off is None else money(coupon.most_off),
        "minimum": money(coupon.minimum),
        "group": coupon.group,
        "categories": category_cards(coupon),
        "products": sorted(one.pk for one in coupon.products.all()),
    }


def category_cards(offer: Offer) -> list[CategoryCard]:
    return [{"slug": one.slug, "name": {"zh": one.name_zh, "en": one.name_en}} for one in offer.categories.all()]


def grant_card(grant: CouponGrant, *, at: datetime) -> GrantCard:
    expired = grant.state == CouponGrant.State.USABLE and grant.usable_until <= at
    state: Any = "expired" if expired else str(grant.state)
    return {
        "id": grant.pk,
        "coupon": coupon_card(grant.coupon),
        "state": state,
        "usable_until": to_ms(grant.usable_until),
    }


def new_grant_card(grant: NewGrant, coupon: CouponCard) -> GrantCard:
    return {"id": grant.id, "coupon": coupon, "state": "usable", "usable_until": to_ms(grant.usable_until)}


def drop_of(drop_id: int) -> DropState:
    """Raises NotFound."""
    found = drop_states([drop_id])
    if not found:
        raise NotFound
    return found[drop_id]


def drop_states(drop_ids: Collection[int]) -> dict[int, DropState]:
    """By id; what does not exist is left out. Three queries."""
    return {state["id"]: state for state in _drop_states(CouponDrop.objects.filter(pk__in=drop_ids))}


def was_dropped(*, by: int, key: str) -> bool:
    """Whether a launch with this key is there: asked again, it is answered, not checked."""
    return CouponDrop.objects.filter(launched_by_id=by, key=key).exists()


def drops_in(channel: str, *, running_only: bool = True) -> list[DropState]:
    """Drops of a channel, oldest first; three queries however many, one when there are none."""
    found = CouponDrop.objects.filter(channel=channel).order_by("pk")
    return _drop_states(found.filter(state__in=RUNNING) if running_only else found)


def drop_state(drop: CouponDrop, coupon: Coupon, card: CouponCard) -> DropState:
    return {
        "id": drop.pk,
        "channel": drop.channel,
        "state": cast(DropStateName, drop.state),
        "starts_at": to_ms(drop.starts_at),
        "ends_at": to_ms(drop.ends_at),
        "version": drop.version,
        "close_reason": cast(DropCloseReason, drop.close_reason) or None,
        "coupon": card,
        "valid_days": coupon.valid_days,
        "usable_until": None if coupon.usable_until is None else to_ms(coupon.usable_until),
        "quantity": drop.quantity,
        "given": drop.given,
        "conditions": conditions_of(drop),
    }


def conditions_of(drop: CouponDrop) -> list[DropCondition]:
    """Those of drops from before conditions were about anything are about the drop's own place."""
    return [{"kind": one["kind"], "least": one["least"], "of": one.get("of")} for one in drop.conditions]


def claimed(asked: Collection[tuple[int, int]]) -> dict[tuple[int, int], ClaimedCoupon]:
    """What people got of drops, by (drop, user); who got nothing is left out. Four queries at most."""
    drops, users = {drop for drop, _ in asked}, {user for _, user in asked}
    grants = list(_with_coupon(CouponGrant.objects.filter(drop__in=drops, owner__in=users)))
    found: dict[tuple[int, int], ClaimedCoupon] = {}
    at = database_now()
    for grant in grants:
        assert grant.drop_id is not None
        assert grant.position is not None
        found[grant.drop_id, grant.owner_id] = {"grant": grant_card(grant, at=at), "position": grant.position}
    return found


def promised(coupon_id: int) -> int:
    """How many of a coupon drops may still give."""
    running = CouponDrop.objects.filter(coupon_id=coupon_id, state__in=RUNNING)
    return running.aggregate(left=Sum(F("quantity") - F("given")))["left"] or 0


def drop_standing(drop_id: int) -> Standing | None:
    """None where there is no such drop; `terms`: its channel and conditions. One query, another where the people who
    got something of it have to be known: when others are refused.
    """
    drop = CouponDrop.objects.select_related("coupon").filter(pk=drop_id).first()
    if drop is None:
        return None
    coupon, now = drop.coupon, database_now()
    ends_at = min(drop.ends_at, coupon.ends_at)
    gone = drop.given >= drop.quantity or (coupon.total is not None and coupon.granted >= coupon.total)
    closed = not gone and (drop.state == CouponDrop.State.CLOSED or coupon.stopped_at is not None)
    claimants: Sequence[int] = ()
    if gone or closed or ends_at <= now or drop.conditions:
        claimants = list(CouponGrant.objects.filter(drop=drop).values_list("owner_id", flat=True))
    return Standing(
        closed=closed,
        starts_in_secs=(drop.starts_at - now).total_seconds(),
        ends_in_secs=(ends_at - now).total_seconds(),
        gone=gone,
        claimants=frozenset(claimants),
        terms=(drop.channel, conditions_of(drop)),
    )


def _drop_states(drops: QuerySet[CouponDrop]) -> list[DropState]:
    found = drops.select_related("coupon").prefetch_related("coupon__categories", "coupon__products")
    return [drop_state(drop, drop.coupon, coupon_card(drop.coupon)) for drop in found]


def grants_in(discounts: Collection[Any]) -> set[int]:
    """The ids of the coupons among an order line's `discounts`."""
    return {int(one["key"].partition(":")[2]) for one in discounts if one["kind"] == "coupon"}


def _with_coupon(grants: QuerySet[CouponGrant]) -> QuerySet[CouponGrant]:
    return grants.select_related("coupon").prefetch_related("coupon__categories", "coupon__products")


def _scope(offer: Offer) -> pricing.Scope:
    return pricing.Scope(
        categories=frozenset(one.pk for one in offer.categories.all()),
        products=frozenset(one.pk for one in offer.products.all()),
    )


def _threshold(one: ThresholdDiscount) -> pricing.Threshold:
    steps: Sequence[Sequence[int]] = one.steps
    return pricing.Threshold(
        key=f"threshold:{one.pk}",
        name={"zh": one.name_zh, "en": one.name_en},
        steps=tuple((start, off) for start, off in steps),
        repeats=one.repeats,
        most_off=one.most_off,
        scope=_scope(one),
        funded_by=one.funded_by,
    )


def _coupon(grant: CouponGrant) -> pricing.Coupon:
    coupon = grant.coupon
    return pricing.Coupon(
        id=grant.pk,
        name={"zh": coupon.name_zh, "en": coupon.name_en},
        off=coupon.off,
        percent_off=coupon.percent_off,
        most_off=coupon.most_off,
        minimum=coupon.minimum,
        group=coupon.group,
        scope=_scope(coupon),
        funded_by=coupon.funded_by,
    )
