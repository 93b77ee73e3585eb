"""What staff does with promotions: make, change, stop."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from django.db import IntegrityError, transaction

from commerce.catalog.models import Category, Product
from commerce.promotions.errors import TermsFixed
from commerce.promotions.models import Coupon, Offer, ThresholdDiscount
from commerce.promotions.selectors import promised
from commerce.promotions.services.drops import stop_drops_of
from commerce.promotions.services.giving import clean_code
from project.kernel.clock import database_now
from project.kernel.errors import Invalid

AnOffer = TypeVar("AnOffer", bound=Offer)
MOST_AMOUNT = 10**12
# In minor units.
Amount = Annotated[int, msgspec.Meta(ge=1, le=MOST_AMOUNT)]

# Nobody relies on these; the others are what people took the coupon for.
CHANGEABLE = frozenset({"name_zh", "name_en", "starts_at", "ends_at", "total", "per_day"})


def make_coupon(*, terms: Mapping[str, Any], by_id: int | None) -> Coupon:
    """`terms`: the model's fields, `categories` as slugs and `products` as ids. Raises Invalid."""
    coupon = Coupon(created_by_id=by_id)
    return _write(coupon, terms)


@transaction.atomic
def change_coupon(*, coupon: Coupon, terms: Mapping[str, Any]) -> Coupon:
    """Change what is named. Raises Invalid, and TermsFixed for what a coupon is worth once people have it, or
    a drop of it runs."""
    coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    changed = {name for name, value in terms.items() if _differs(coupon, name, value)}
    check_change(coupon=coupon, changed=changed, total=terms.get("total"))
    return _write(coupon, {name: terms[name] for name in changed})


def fixed_terms(coupon: Coupon, names: Iterable[str]) -> list[str]:
    """Which of these terms do not change any more, in alphabetical order: those of what people have, or what a drop
    has announced to them."""
    is_out = coupon.granted or (coupon.way == Coupon.Way.DROP and promised(coupon.pk))
    return sorted(set(names) - CHANGEABLE) if is_out else []


def check_change(*, coupon: Coupon, changed: Collection[str], total: int | None) -> None:
    """Whether these fields of a locked coupon may change, its total to this. Raises Invalid, and TermsFixed."""
    if fixed := fixed_terms(coupon, changed):
        raise TermsFixed(detail={"fields": fixed})
    taken = coupon.granted + promised(coupon.pk)
    if "total" in changed and total is not None and total < taken:
        raise Invalid(fields={"total": ["min_value"]}, detail={"granted": taken})


def make_threshold(*, terms: Mapping[str, Any], by_id: int | None) -> ThresholdDiscount:
    """As `make_coupon`."""
    return _write(ThresholdDiscount(created_by_id=by_id), terms)


@transaction.atomic
def change_threshold(*, threshold: ThresholdDiscount, terms: Mapping[str, Any]) -> ThresholdDiscount:
    """Orders keep what they were promised, so that everything may change. Raises Invalid."""
    return _write(ThresholdDiscount.objects.select_for_update().get(pk=threshold.pk), terms)


def stop(*, offer: Offer) -> None:
    """Nobody gets it any more from now on, also not from a drop; what was given stays good."""
    type(offer)._default_manager.filter(pk=offer.pk, stopped_at=None).update(stopped_at=database_now())
    if isinstance(offer, Coupon):
        stop_drops_of(coupon_id=offer.pk)


@transaction.atomic
def _write(offer: AnOffer, terms: Mapping[str, Any]) -> AnOffer:
    for name, value in terms.items():
        if name not in ("categories", "products"):
            setattr(offer, name, clean_code(value) if name == "code" and value else value)
    if problems := problems_of(offer):
        raise Invalid(fields=problems)
    try:
        with transaction.atomic():
            offer.save()
    except IntegrityError:
        if isinstance(offer, Coupon) and Coupon.objects.filter(code=offer.code).exclude(pk=offer.pk).exists():
            raise Invalid(fields={"code": ["unique"]}) from None
        raise
    if "categories" in terms:
        offer.categories.set(_categories(terms["categories"]))
    if "products" in terms:
        offer.products.set(_products(terms["products"]))
    return offer


def problems_of(offer: Offer) -> dict[str, list[str]]:
    """What is wrong with its terms, by field; those that each field has by itself were checked before."""
    problems: dict[str, list[str]] = {}
    if offer.ends_at <= offer.starts_at:
        problems["ends_at"] = ["before_start"]
    if isinstance(offer, Coupon):
        if (offer.off > 0) == (offer.percent_off > 0):
            problems["off"] = ["off_or_percent"]
        if (offer.way == Coupon.Way.CODE) != bool(offer.code):
            problems["code"] = ["required" if offer.way == Coupon.Way.CODE else "not_with_way"]
        if offer.way == Coupon.Way.DROP and offer.per_day is not None:
            problems["per_day"] = ["not_with_way"]
        if offer.valid_days is None and offer.usable_until is None:
            problems["valid_days"] = ["required"]
        if offer.usable_until and offer.usable_until <= offer.starts_at:
            problems["usable_until"] = ["before_start"]
    elif isinstance(offer, ThresholdDiscount):
        if not _ascends(offer.steps):
            problems["steps"] = ["invalid"]
        elif offer.repeats and len(offer.steps) != 1:
            problems["steps"] = ["one_step"]
    return problems


def _ascends(steps: Any) -> bool:
    """Whether it is `[[from, off]]`, from less to more."""
    try:
        pairs = msgspec.convert(steps, list[tuple[Amount, Amount]])
    except msgspec.ValidationError:
        return False
    starts = [start for start, _ in pairs]
    return bool(starts) and starts == sorted(set(starts)) and all(off <= start for start, off in pairs)


def _differs(coupon: Coupon, name: str, value: Any) -> bool:
    if name == "categories":
        return set(value) != set(coupon.categories.values_list("slug", flat=True))
    if name == "products":
        return set(value) != set(coupon.products.values_list("pk", flat=True))
    return bool(getattr(coupon, name) != (clean_code(value) if name == "code" and value else value))


def _categories(slugs: Collection[str]) -> list[Category]:
    found = list(Category.objects.filter(slug__in=set(slugs)))
    if len(found) < len(set(slugs)):
        raise Invalid(fields={"categories": ["does_not_exist"]})
    return found


def _products(ids: Collection[int]) -> list[Product]:
    found = list(Product.objects.filter(pk__in=set(ids)))
    if len(found) < len(set(ids)):
        raise Invalid(fields={"products": ["does_not_exist"]})
    return found
