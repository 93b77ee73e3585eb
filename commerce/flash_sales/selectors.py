from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import cast

from django.db.models import Q, Sum

from commerce.catalog.cards import SkuCard
from commerce.catalog.selectors import sku_cards
from commerce.flash_sales.cards import (
    ClaimCard,
    ClaimStateName,
    CloseReason,
    SaleItem,
    SaleState,
    SaleStateName,
    StockState,
)
from commerce.flash_sales.models import Allotment, Claim, FlashSale, NewClaim
from project.kernel.claims import Standing
from project.kernel.clock import database_now, to_ms
from project.kernel.errors import NotFound

RUNNING = (FlashSale.State.SCHEDULED, FlashSale.State.OPEN)


def sale_of(sale_id: int) -> SaleState:
    """Raises NotFound."""
    states = states_of(FlashSale.objects.filter(pk=sale_id))
    if not states:
        raise NotFound
    return states[0]


def sales_in(channel: str, *, running_only: bool = True) -> list[SaleState]:
    """Sales launched in a channel, oldest first; three queries however many."""
    found = FlashSale.objects.filter(channel=channel).order_by("pk")
    return states_of(found.filter(state__in=RUNNING) if running_only else found)


def was_launched(*, by: int, key: str) -> bool:
    """Whether a launch with this key is there: asked again, it is answered, not checked."""
    return FlashSale.objects.filter(launched_by_id=by, key=key).exists()


def moving_sales_in(channel: str) -> list[int]:
    """The ids of a channel's sales that still change: they are coming or running, or somebody holds units of them."""
    moving = Q(state__in=RUNNING) | Q(allotments__held__gt=0)
    return list(
        FlashSale.objects.filter(moving, channel=channel).order_by("pk").values_list("pk", flat=True).distinct()
    )


def states_of(sales: Iterable[FlashSale]) -> list[SaleState]:
    sales = list(sales)
    allotments = list(Allotment.objects.filter(sale__in=sales).order_by("pk"))
    cards = sku_cards({allotment.sku_id for allotment in allotments})
    return [
        {
            "id": sale.pk,
            "channel": sale.channel,
            "state": cast(SaleStateName, sale.state),
            "starts_at": to_ms(sale.starts_at),
            "ends_at": to_ms(sale.ends_at),
            "version": sale.version,
            "close_reason": cast(CloseReason, sale.close_reason) or None,
            "items": [_item(one, cards[one.sku_id]) for one in allotments if one.sale_id == sale.pk],
        }
        for sale in sales
    ]


def stock_of(allotments: Iterable[Allotment]) -> list[StockState]:
    return [{"sku": one.sku_id, "total": one.total, "held": one.held, "sold": one.sold} for one in allotments]


def open_claims(user_ids: Collection[int]) -> dict[int, list[ClaimCard]]:
    """What shoppers hold now, oldest first, by user id; who holds nothing is left out."""
    claims = list(Claim.objects.filter(shopper_id__in=user_ids, state=Claim.State.HELD).order_by("pk"))
    found: dict[int, list[ClaimCard]] = {}
    for claim, card in zip(claims, claim_cards(claims), strict=True):
        found.setdefault(claim.shopper_id, []).append(card)
    return found


def claims_in(sale_id: int, *, user_id: int) -> list[ClaimCard]:
    """All of a shopper's claims in a sale, oldest first."""
    return claim_cards(Claim.objects.filter(sale_id=sale_id, shopper_id=user_id).order_by("pk"))


def claim_cards(claims: Iterable[Claim]) -> list[ClaimCard]:
    claims = list(claims)
    if not claims:
        return []
    skus = dict(Allotment.objects.filter(pk__in={c.allotment_id for c in claims}).values_list("pk", "sku_id"))
    cards = sku_cards(set(skus.values()))
    return [claim_card(claim, cards[skus[claim.allotment_id]]) for claim in claims]


def claim_card(claim: Claim | NewClaim, card: SkuCard) -> ClaimCard:
    return {
        "id": claim.id,
        "sale": claim.sale_id,
        "sku": card["sku"],
        "quantity": claim.quantity,
        "unit_price": {"amount": claim.price, "currency": claim.currency},
        "state": cast(ClaimStateName, claim.state),
        "position": claim.position,
        "expires_at": to_ms(claim.expires_at),
        "title": card["title"],
        "picture": card["picture"],
        "options": card["options"],
    }


def claims_count(channel: str) -> int:
    """How many claims were won in all sales of a channel."""
    return Claim.objects.filter(sale__channel=channel).count()


def standing(*, sale_id: int, sku_id: int) -> Standing | None:
    """None where there is no such SKU in a sale. Two queries, a third when everything is gone."""
    allotment = Allotment.objects.select_related("sale").filter(sale_id=sale_id, sku_id=sku_id).first()
    if allotment is None:
        return None
    sale, now = allotment.sale, database_now()
    gone = allotment.remaining + _lapsed_units(allotment, now) <= 0
    closed = sale.state == FlashSale.State.CLOSED
    claimants: Sequence[int] = ()
    if gone or closed or sale.ends_at <= now:
        claimants = list(Claim.objects.filter(sale_id=sale_id).values_list("shopper_id", flat=True).distinct())
    return Standing(
        closed=closed,
        starts_in_secs=(sale.starts_at - now).total_seconds(),
        ends_in_secs=(sale.ends_at - now).total_seconds(),
        gone=gone,
        claimants=frozenset(claimants),
    )


def lapsed(now: datetime) -> Q:
    """Holds whose time is over and that no payment keeps."""
    return Q(state=Claim.State.HELD, paying_since=None, expires_at__lte=now)


def _lapsed_units(allotment: Allotment, now: datetime) -> int:
    units = Claim.objects.filter(lapsed(now), allotment=allotment).aggregate(units=Sum("quantity"))["units"]
    return units or 0


def _item(allotment: Allotment, card: SkuCard) -> SaleItem:
    return {
        "sku": allotment.sku_id,
        "product": card["product"],
        "title": card["title"],
        "picture": card["picture"],
        "options": card["options"],
        "price": {"amount": allotment.price, "currency": allotment.currency},
        "list_price": (
            None if allotment.list_price is None else {"amount": allotment.list_price, "currency": allotment.currency}
        ),
        "total": allotment.total,
        "held": allotment.held,
        "sold": allotment.sold,
        "limit": allotment.per_customer_limit,
    }
