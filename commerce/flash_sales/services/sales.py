"""The life of a sale: scheduled → open → closed. Each step happens once, by the database's clock."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models import F

from commerce.catalog import services as catalog
from commerce.catalog.models import Sku
from commerce.catalog.selectors import lowest_prices
from commerce.flash_sales.cards import CloseReason
from commerce.flash_sales.errors import AlreadyRunning
from commerce.flash_sales.events import SaleClosed, SaleEvent, SaleOpened, SaleScheduled
from commerce.flash_sales.models import Allotment, FlashSale
from commerce.flash_sales.selectors import RUNNING, sale_of
from commerce.inventory import services as inventory
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, KeyReused, NotFound, NotOpen
from project.realtime.outbox import publish_on_commit

MOST_COUNTDOWN_SECS = 300
DURATION_SECS = (60, 1200)
MOST_UNITS = 100_000

log = logging.getLogger(__name__)
State = FlashSale.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One SKU of a sale: the deal price in minor units, how many in all, how many a customer."""

    sku_id: int
    price: int
    total: int
    limit: int


def schedule_sale(
    *,
    channel: str,
    launched_by: int,
    offers: Sequence[Offer],
    countdown_secs: int,
    duration_secs: int,
    key: str,
) -> FlashSale:
    """Take the units out of the stock and schedule the sale; without a countdown it opens at once.

    The same key again answers the same sale. Raises Invalid, NotFound (a SKU), KeyReused, OutOfStock, AlreadyRunning.
    """
    with transaction.atomic():
        if known := FlashSale.objects.filter(launched_by_id=launched_by, key=key).first():
            return _same(known, channel, offers)
        # Not against those who only refer to a SKU: an order that holds its stock commits while we wait for that.
        locked = Sku.objects.select_for_update(no_key=True, of=("self",)).select_related("product")
        skus = locked.order_by("pk").in_bulk(sorted(offer.sku_id for offer in offers))
        _check(skus, offers, countdown_secs, duration_secs)
        taken = Allotment.objects.filter(sale__channel=channel, sale__state__in=RUNNING, sku__in=skus)
        if taken.exists():
            raise AlreadyRunning
        now = database_now()
        starts_at = now + timedelta(seconds=countdown_secs)
        lowest = lowest_prices(skus.values(), until=now)
        sale = FlashSale.objects.create(
            channel=channel,
            launched_by_id=launched_by,
            key=key,
            state=State.SCHEDULED if countdown_secs else State.OPEN,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(seconds=duration_secs),
            version=1,
        )
        for offer in sorted(offers, key=lambda offer: offer.sku_id):
            sku = skus[offer.sku_id]
            inventory.reserve(sku_id=sku.pk, quantity=offer.total, reference=f"sale:{sale.pk}")
            Allotment.objects.create(
                sale=sale,
                sku=sku,
                price=offer.price,
                currency=sku.currency,
                list_price=lowest[sku.pk] if lowest[sku.pk] > offer.price else None,
                total=offer.total,
                per_customer_limit=offer.limit,
            )
        _announce(SaleScheduled if countdown_secs else SaleOpened, sale)
        return sale


def open_due_sales() -> int:
    """Open what is scheduled and due; returns how many. A claim needs no open row: it goes by the clock."""
    return sum(
        _try_step(sale_id, to=State.OPEN) for sale_id in _ids(FlashSale.State.SCHEDULED, starts_at__lte=database_now())
    )


def close_due_sales() -> int:
    """Close what is over, or sold to the last unit; returns how many."""
    now = database_now()
    due = _ids(State.OPEN, ends_at__lte=now) + _ids(State.SCHEDULED, ends_at__lte=now)
    gone = FlashSale.objects.filter(state=State.OPEN).exclude(allotments__total__gt=F("allotments__sold"))
    closed = sum(_try_step(sale_id, to=State.CLOSED, reason="ended") for sale_id in due)
    return closed + sum(
        _try_step(sale_id, to=State.CLOSED, reason="sold_out") for sale_id in gone.values_list("pk", flat=True)
    )


def stop_sale(*, sale_id: int) -> FlashSale:
    """End a sale now. Who holds units may still pay. Raises NotFound, NotOpen when it is over already."""
    if not FlashSale.objects.filter(pk=sale_id).exists():
        raise NotFound
    if not _step(sale_id, to=State.CLOSED, reason="stopped"):
        raise NotOpen
    return FlashSale.objects.get(pk=sale_id)


def stop_sales_in(*, channel: str) -> int:
    """End all sales of a channel that has ended itself; returns how many."""
    running = FlashSale.objects.filter(channel=channel, state__in=RUNNING).order_by("pk")
    return sum(_step(sale_id, to=State.CLOSED, reason="stopped") for sale_id in running.values_list("pk", flat=True))


def _check(skus: dict[int, Sku], offers: Sequence[Offer], countdown_secs: int, duration_secs: int) -> None:
    fields: dict[str, list[str]] = {}
    if not offers or len({offer.sku_id for offer in offers}) != len(offers):
        fields["sku"] = ["required" if not offers else "repeated"]
    if not 0 <= countdown_secs <= MOST_COUNTDOWN_SECS:
        fields["countdown"] = ["out_of_range"]
    if not DURATION_SECS[0] <= duration_secs <= DURATION_SECS[1]:
        fields["duration"] = ["out_of_range"]
    for offer in offers:
        sku = skus.get(offer.sku_id)
        if sku is None or not sku.is_for_sale:
            raise NotFound(detail={"sku": offer.sku_id})
        if not 0 < offer.price <= sku.price:
            fields["price"] = ["out_of_range"]
        if not 1 <= offer.total <= MOST_UNITS:
            fields["total"] = ["out_of_range"]
        if not 1 <= offer.limit <= offer.total:
            fields["limit"] = ["out_of_range"]
    if fields:
        raise Invalid(fields=fields)


def _same(sale: FlashSale, channel: str, offers: Sequence[Offer]) -> FlashSale:
    """The sale that was launched with this key, if that is what is asked for again. Raises KeyReused."""
    kept = {(a.sku_id, a.price, a.total, a.per_customer_limit) for a in sale.allotments.all()}
    if sale.channel != channel or kept != {(o.sku_id, o.price, o.total, o.limit) for o in offers}:
        raise KeyReused
    return sale


def _ids(state: str, **due: object) -> list[int]:
    return list(FlashSale.objects.filter(state=state, **due).order_by("pk").values_list("pk", flat=True))


def _try_step(sale_id: int, *, to: str, reason: CloseReason | Literal[""] = "") -> bool:
    """One sale that cannot take its step must not hold up the others; it is tried again."""
    try:
        return _step(sale_id, to=to, reason=reason)
    except Exception:
        log.exception("sale %d does not become %s", sale_id, to)
        return False


def _step(sale_id: int, *, to: str, reason: CloseReason | Literal[""] = "") -> bool:
    """One step of a sale's life; False when somebody else has made it."""
    with transaction.atomic():
        sale = FlashSale.objects.select_for_update().get(pk=sale_id)
        if sale.state == to or sale.state == State.CLOSED:
            return False
        sale.state = to
        sale.version += 1
        if to == State.CLOSED:
            sale.closed_at = database_now()
            sale.close_reason = reason
            _return_units(sale)
            _record_prices(sale, until=min(sale.closed_at, sale.ends_at))
        sale.save(update_fields=["state", "version", "closed_at", "close_reason"])
        _announce(SaleClosed if to == State.CLOSED else SaleOpened, sale)
        return True


def _return_units(sale: FlashSale) -> None:
    """What nobody holds or bought goes back to the stock; what is held follows when its hold ends."""
    for allotment in sale.allotments.order_by("sku_id"):
        if allotment.remaining:
            inventory.release(sku_id=allotment.sku_id, quantity=allotment.remaining, reference=f"sale:{sale.pk}:unsold")
        allotment.returned_at = sale.closed_at
        allotment.save(update_fields=["returned_at"])


def _record_prices(sale: FlashSale, *, until: datetime) -> None:
    """What was asked counts as a price of the SKUs, unless the sale never began."""
    if until > sale.starts_at:
        for allotment in sale.allotments.all():
            catalog.record_deal(
                sku_id=allotment.sku_id,
                price=allotment.price,
                currency=allotment.currency,
                since=sale.starts_at,
                until=until,
            )


def _announce(event: type[SaleEvent], sale: FlashSale) -> None:
    publish_on_commit(event(sale=sale_of(sale.pk)))
