"""From a claim, or from a SKU and a quantity, to an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from commerce.catalog.cards import SkuCard
from commerce.catalog.models import Sku
from commerce.catalog.selectors import sku_cards
from commerce.checkout.errors import AlreadyOrdered, NotSellable, TotalChanged
from commerce.checkout.pricing import Item, Priced, price
from commerce.flash_sales import services as flash_sales
from commerce.flash_sales.errors import ClaimExpired
from commerce.flash_sales.models import Claim
from commerce.inventory.errors import OutOfStock
from commerce.inventory.selectors import available
from commerce.orders import services as orders
from commerce.orders.models import Order, OrderLine
from commerce.orders.selectors import number_of_claim
from project.kernel.clock import database_now
from project.kernel.errors import NotFound
from project.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a shopper wants to buy: units they hold by a claim, or units of a SKU."""

    claim_id: int | None = None
    sku_id: int | None = None
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What it costs now. `card` is how the SKU looks; `expires_at` is the end of a claim's hold."""

    priced: Priced
    card: SkuCard
    claim: Claim | None
    expires_at: datetime | None


def quote(*, shopper_id: int, wanted: Wanted) -> Quote:
    """Raises NotFound, ClaimExpired, AlreadyOrdered, NotSellable, OutOfStock."""
    if wanted.claim_id is None:
        return _quote_sku(wanted)
    return _quote_claim(_own_claim(shopper_id, wanted.claim_id))


def place_order(
    *, shopper_id: int, wanted: Wanted, address: dict[str, str], expected_total: int, channel: str = ""
) -> Order:
    """Order what is wanted for the total that the shopper saw. All or nothing.

    A claim's order may be paid as long as the claim is held, and comes from where its sale ran, whatever `channel`
    says. Raises what `quote` raises, and TotalChanged.
    """
    with transaction.atomic():
        if wanted.claim_id is not None:
            # Before the lock: nobody holds up another shopper's claim.
            _own_claim(shopper_id, wanted.claim_id)
            flash_sales.lock_claim(claim_id=wanted.claim_id)
        offer = quote(shopper_id=shopper_id, wanted=wanted)
        priced = offer.priced
        if priced.total.amount != expected_total:
            raise TotalChanged(detail={"total": priced.total.as_dict()})
        return orders.open_order(
            buyer_id=shopper_id,
            lines=lines_of(offer),
            currency=priced.currency,
            freight_total=priced.freight_total,
            address=address,
            channel=offer.claim.sale.channel if offer.claim else channel,
            expires_at=offer.expires_at or database_now() + timedelta(seconds=settings.ORDER_UNPAID_SECS),
        )


def lines_of(offer: Quote) -> list[OrderLine]:
    """The lines as an order keeps them, not saved."""
    card = offer.card
    return [
        OrderLine(
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
        )
        for line in offer.priced.lines
    ]


def _own_claim(shopper_id: int, claim_id: int) -> Claim:
    claims = Claim.objects.select_related("allotment", "sale")
    claim = claims.filter(pk=claim_id, shopper_id=shopper_id).first()
    if claim is None:
        raise NotFound
    return claim


def _quote_claim(claim: Claim) -> Quote:
    if number := number_of_claim(claim.pk):
        raise AlreadyOrdered(detail={"order": number})
    if claim.state != Claim.State.HELD or claim.expires_at <= database_now():
        raise ClaimExpired
    allotment = claim.allotment
    card = sku_cards([allotment.sku_id])[allotment.sku_id]
    item = Item(
        sku_id=allotment.sku_id,
        quantity=claim.quantity,
        price=Money(card["price"]["amount"], card["price"]["currency"]),
        list_price=Money(allotment.list_price, allotment.currency),
        activity_price=Money(claim.price, claim.currency),
    )
    return Quote(priced=_price(item), card=card, claim=claim, expires_at=claim.expires_at)


def _quote_sku(wanted: Wanted) -> Quote:
    assert wanted.sku_id is not None
    sku = Sku.objects.select_related("product").filter(pk=wanted.sku_id).first()
    if sku is None:
        raise NotFound
    if not sku.sellable or not sku.product.visible:
        raise NotSellable
    free = available([sku.pk]).get(sku.pk, 0)
    if free < wanted.quantity:
        raise OutOfStock(detail={"sku": sku.pk, "available": free})
    item = Item(
        sku_id=sku.pk,
        quantity=wanted.quantity,
        price=Money(sku.price, sku.currency),
        list_price=None if sku.list_price is None else Money(sku.list_price, sku.currency),
    )
    return Quote(priced=_price(item), card=sku_cards([sku.pk])[sku.pk], claim=None, expires_at=None)


def _price(item: Item) -> Priced:
    return price([item], freight=settings.FREIGHT_MINOR)
