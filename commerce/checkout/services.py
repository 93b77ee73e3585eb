"""From a claim, or units of SKUs, to the orders of a purchase: one for each seller."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from commerce.aftersales.selectors import not_returned
from commerce.cart import services as cart
from commerce.catalog.cards import SkuCard
from commerce.catalog.models import Sku
from commerce.catalog.selectors import sku_cards, sku_cards_of, skus_with_products, struck_prices
from commerce.checkout.errors import AlreadyOrdered, NotSellable, TotalChanged
from commerce.checkout.sellers import sellers_of
from commerce.flash_sales import services as flash_sales
from commerce.flash_sales.errors import ClaimExpired
from commerce.flash_sales.models import Claim
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.inventory.selectors import available
from commerce.orders import services as orders
from commerce.orders.models import Order, OrderLine
from commerce.orders.selectors import number_of_claim
from commerce.promotions import points
from commerce.promotions import services as promotions
from commerce.promotions.errors import CouponNotUsable
from commerce.promotions.members import member_prices
from commerce.promotions.models import CouponGrant
from commerce.promotions.pricing import Discount, Item, Priced, PricedLine, price
from commerce.promotions.selectors import coupons_for_checkout, thresholds_at
from commerce.shipping.selectors import Sent, as_order_address, freight_for, own_address
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, NotFound
from project.kernel.money import Money
from project.realtime.outbox import one_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a shopper wants to buy: units they hold by a claim, or `lines`: (SKU id, units)."""

    claim_id: int | None = None
    lines: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one seller ships, and what that costs in minor units."""

    seller: str
    lines: Sequence[PricedLine]
    freight: int

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What it costs at `at`. `cards`: how each SKU looks; `not_returned`: why products do not come back without a
    reason, by id; `grants`: the coupons of `priced.verdicts`, by id; `expires_at`: the end of a claim's hold;
    `address`: where it goes, as an order keeps it.
    """

    at: datetime
    priced: Priced
    parts: Sequence[Part]
    cards: Mapping[int, SkuCard]
    not_returned: Mapping[int, str]
    grants: Mapping[int, CouponGrant]
    claim: Claim | None = None
    expires_at: datetime | None = None
    address: Mapping[str, Any] | None = None

    @property
    def selected(self) -> list[int]:
        """The coupons that it is with."""
        return [verdict.coupon.id for verdict in self.priced.verdicts if verdict.selected]


def quote(
    *,
    shopper_id: int,
    wanted: Wanted,
    address_id: int | None = None,
    coupons: Collection[int] | None = None,
    spend: int = 0,
) -> Quote:
    """`coupons` are ids of grants; None for the best there are. `spend` points, or as many of them as can be used.
    Without an address, freight is that of no place.

    Raises NotFound, ClaimExpired, AlreadyOrdered, NotSellable, OutOfStock, NotDelivered, CouponNotUsable (not this
    person's, or over), Invalid (SKUs of several currencies).
    """
    address = None if address_id is None else as_order_address(own_address(owner_id=shopper_id, address_id=address_id))
    return _quote(shopper_id, wanted, address, coupons, spend)


def estimate(*, shopper_id: int | None, lines: Sequence[tuple[int, int]]) -> list[Priced]:
    """What lines of a cart cost before coupons, points and freight, by currency. What is not for sale is left out.
    None for a guest. Four queries, and three more for each currency.
    """
    skus = skus_with_products([sku_id for sku_id, _ in lines])
    wanted = [(sku_id, quantity) for sku_id, quantity in lines if sku_id in skus and skus[sku_id].is_for_sale]
    members = {} if shopper_id is None else member_prices(shopper_id, [sku_id for sku_id, _ in wanted])
    baskets: dict[str, list[Item]] = {}
    for sku_id, quantity in wanted:
        sku = skus[sku_id]
        baskets.setdefault(sku.currency, []).append(_item(sku, quantity, member_price=members.get(sku_id)))
    at = database_now()
    return [
        price(items, thresholds=thresholds_at(at, currency=currency)) for currency, items in sorted(baskets.items())
    ]


def place_order(
    *,
    shopper_id: int,
    wanted: Wanted,
    address_id: int,
    expected_total: int,
    coupons: Collection[int] | None = None,
    spend: int = 0,
    channel: str = "",
    invoice: dict[str, str] | None = None,
) -> list[Order]:
    """Order what is wanted for the total that the shopper saw: an order for each seller. All or nothing: a refusal ends
    the transaction that it happens in, where there is one.

    A claim's order may be paid as long as the claim is held, and comes from where its sale ran, whatever `channel`
    says. An order that costs nothing is paid with that. Raises what `quote` raises, TotalChanged and PointsShort.
    """
    address = as_order_address(own_address(owner_id=shopper_id, address_id=address_id))
    with transaction.atomic(savepoint=False), one_batch():
        if wanted.claim_id is not None:
            # Before the lock: nobody holds up another shopper's claim.
            _own_claim(shopper_id, wanted.claim_id)
            flash_sales.lock_claim(claim_id=wanted.claim_id)
        offer = _quote(shopper_id, wanted, address, coupons, spend)
        if offer.priced.total.amount != expected_total:
            raise TotalChanged(detail={"total": offer.priced.total.as_dict()})
        purchase = orders.free_number()
        promotions.lock(owner_id=shopper_id, grant_ids=offer.selected, purchase=purchase)
        numbers = [purchase, *(orders.free_number() for _ in offer.parts[1:])]
        for number, part in zip(numbers, offer.parts, strict=True):
            if part.points:
                points.book().lock(user_id=shopper_id, points=part.points, reference=number)
        if len(offer.parts) > 1:
            # Each order takes its own: together they would not go by SKU.
            inventory.hold(sku_ids=[line.sku_id for line in offer.priced.lines])
        opened = [
            orders.open_order(
                buyer_id=shopper_id,
                lines=[_order_line(line, offer) for line in part.lines],
                currency=offer.priced.currency,
                freight_total=part.freight,
                address=address,
                channel=offer.claim.sale.channel if offer.claim else channel,
                expires_at=offer.expires_at or offer.at + timedelta(seconds=settings.ORDER_UNPAID_SECS),
                seller=part.seller,
                purchase=purchase,
                invoice=invoice,
                number=number,
            )
            for number, part in zip(numbers, offer.parts, strict=True)
        ]
        for order in opened:
            if order.total == 0:
                orders.settle_free(order=order)
        if wanted.lines:
            cart.clear_bought(shopper_id=shopper_id, bought=dict(wanted.lines))
        return opened


def lines_of(offer: Quote) -> list[OrderLine]:
    """The lines as an order keeps them, not saved."""
    return [_order_line(line, offer) for line in offer.priced.lines]


def discount_of(discount: Discount) -> dict[str, Any]:
    """As `OrderLine.discounts` keeps it."""
    return {
        "kind": discount.kind,
        "key": discount.key,
        "name": discount.name,
        "amount": discount.amount,
        "funded_by": discount.funded_by,
    }


def _quote(
    shopper_id: int, wanted: Wanted, address: Mapping[str, Any] | None, coupons: Collection[int] | None, spend: int
) -> Quote:
    if wanted.claim_id is not None:
        return _quote_claim(_own_claim(shopper_id, wanted.claim_id), address)
    return _quote_lines(shopper_id, wanted.lines, address, coupons, spend)


def _quote_claim(claim: Claim, address: Mapping[str, Any] | None) -> Quote:
    if number := number_of_claim(claim.pk):
        raise AlreadyOrdered(detail={"order": number})
    at = database_now()
    if claim.state != Claim.State.HELD or claim.expires_at <= at:
        raise ClaimExpired
    allotment = claim.allotment
    card = sku_cards([allotment.sku_id])[allotment.sku_id]
    item = Item(
        sku_id=allotment.sku_id,
        product_id=card["product"],
        quantity=claim.quantity,
        price=Money(**card["price"]),
        list_price=_money(allotment.list_price, allotment.currency),
        activity_price=Money(claim.price, claim.currency),
    )
    shipping = _Shipping([item.product_id], address)
    priced = price([item], freight=shipping.freight)
    return Quote(
        at=at,
        priced=priced,
        parts=shipping.parts,
        cards={allotment.sku_id: card},
        not_returned=not_returned([item.product_id]),
        grants={},
        claim=claim,
        expires_at=claim.expires_at,
        address=address,
    )


def _quote_lines(
    shopper_id: int,
    lines: Sequence[tuple[int, int]],
    address: Mapping[str, Any] | None,
    coupons: Collection[int] | None,
    spend: int,
) -> Quote:
    skus = skus_with_products([sku_id for sku_id, _ in lines])
    items, at = _items(shopper_id, lines, skus), database_now()
    currency = items[0].price.currency
    held = coupons_for_checkout(owner_id=shopper_id, currency=currency, at=at)
    grants = {grant.pk: grant for grant, _ in held}
    if coupons is not None and (unknown := set(coupons) - grants.keys()):
        raise CouponNotUsable(detail={"coupons": sorted(unknown)})
    shipping = _Shipping([item.product_id for item in items], address)
    priced = price(
        items,
        thresholds=thresholds_at(at, currency=currency),
        coupons=[coupon for _, coupon in held],
        selected=coupons,
        points=points.book().offer(user_id=shopper_id, currency=currency),
        spend=spend,
        freight=shipping.freight,
    )
    return Quote(
        at=at,
        priced=priced,
        parts=shipping.parts,
        cards=sku_cards_of(skus.values()),
        not_returned=not_returned([item.product_id for item in items]),
        grants=grants,
        address=address,
    )


def _items(shopper_id: int, lines: Sequence[tuple[int, int]], skus: Mapping[int, Sku]) -> list[Item]:
    ids = [sku_id for sku_id, _ in lines]
    if missing := set(ids) - skus.keys():
        raise NotFound(detail={"skus": sorted(missing)})
    if len({sku.currency for sku in skus.values()}) > 1:
        raise Invalid(fields={"lines": ["one_currency"]})
    free = available(ids)
    for sku_id, quantity in lines:
        sku = skus[sku_id]
        if not sku.is_for_sale:
            raise NotSellable(detail={"sku": sku_id})
        if free.get(sku_id, 0) < quantity:
            raise OutOfStock(detail={"sku": sku_id, "available": free.get(sku_id, 0)})
    members = member_prices(shopper_id, ids)
    struck = struck_prices(skus.values())
    return [
        _item(
            skus[sku_id],
            quantity,
            list_price=Money(**struck[sku_id]) if sku_id in struck else None,
            member_price=members.get(sku_id),
        )
        for sku_id, quantity in lines
    ]


def _item(sku: Sku, quantity: int, *, member_price: Money | None, list_price: Money | None = None) -> Item:
    return Item(
        sku_id=sku.pk,
        product_id=sku.product_id,
        category_id=sku.product.category_id,
        quantity=quantity,
        price=Money(sku.price, sku.currency),
        list_price=list_price,
        member_price=member_price,
    )


class _Shipping:
    """The last stage of the pipeline: what is priced is split by seller, and each seller's part has its freight."""

    def __init__(self, product_ids: Collection[int], address: Mapping[str, Any] | None) -> None:
        self.sellers = sellers_of(product_ids)
        self.address = address
        self.parts: list[Part] = []

    def freight(self, lines: Sequence[PricedLine]) -> int:
        """In minor units, for all of them. Raises NotDelivered."""
        by_seller: dict[str, list[PricedLine]] = {}
        for line in lines:
            by_seller.setdefault(self.sellers.get(line.item.product_id, ""), []).append(line)
        self.parts = [
            Part(seller=seller, lines=own, freight=freight_for([_sent(line) for line in own], self.address))
            for seller, own in sorted(by_seller.items())
        ]
        return sum(part.freight for part in self.parts)


def _sent(line: PricedLine) -> Sent:
    return Sent(
        product_id=line.item.product_id,
        quantity=line.quantity,
        total=line.paid,
        currency=line.total.currency,
    )


def _order_line(line: PricedLine, offer: Quote) -> OrderLine:
    card = offer.cards[line.sku_id]
    return OrderLine(
        sku_id=line.sku_id,
        claim=offer.claim,
        title_zh=card["title"]["zh"],
        title_en=card["title"]["en"],
        options=card["options"],
        picture=card["picture"] or "",
        quantity=line.quantity,
        unit_price=line.unit_price.amount,
        list_price=line.list_price.amount if line.list_price else None,
        total=line.total.amount,
        discount=line.discount,
        discounts=[discount_of(one) for one in line.discounts],
        points=line.points,
        not_returned=offer.not_returned.get(card["product"], ""),
    )


def _own_claim(shopper_id: int, claim_id: int) -> Claim:
    claims = Claim.objects.select_related("allotment", "sale")
    claim = claims.filter(pk=claim_id, shopper_id=shopper_id).first()
    if claim is None:
        raise NotFound
    return claim


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)
