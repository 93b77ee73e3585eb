"""Reads of addresses, freight, promises and parcels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db.models import Count, Prefetch, QuerySet, Sum

from commerce.catalog.models import Product
from commerce.catalog.selectors import currency_of
from commerce.orders.models import Order
from commerce.shipping import freight, regions
from commerce.shipping.cards import PurposeName, ShipmentCard, ShipmentStateName
from commerce.shipping.carriers import offered
from commerce.shipping.errors import NotDelivered
from commerce.shipping.models import (
    Address,
    FreightTemplate,
    ProductFreight,
    Shipment,
    ShipmentLine,
    ShipmentState,
)
from project.kernel.clock import to_ms
from project.kernel.errors import NotFound
from project.kernel.queries import Among, compiled

CONFIRMED_AFTER = timedelta(days=10)
# A parcel that its carrier has seen and not delivered is waited for this long.
LOST_AFTER = timedelta(days=30)
TROUBLED = (ShipmentState.EXCEPTION, ShipmentState.RETURNED)


def addresses_of(owner_id: int) -> QuerySet[Address]:
    """The owner's own, the default first, then the newest."""
    return Address.objects.filter(owner_id=owner_id)


def own_address(*, owner_id: int, address_id: int) -> Address:
    """Raises NotFound, also for somebody else's."""
    found = _addresses(owner_id, address_id)
    if not found:
        raise NotFound
    return found[0]


@compiled
def _addresses(owner_id: int, address_id: int) -> QuerySet[Address]:
    return Address.objects.filter(owner=owner_id, pk=address_id)


def as_order_address(address: Address) -> dict[str, str]:
    """An entry of the book as an order keeps it: `{name, phone, region, line}`, the region a text."""
    details = address.details
    region = regions.text_of(details["region"])
    line = details["line"]
    if details["country"] != regions.CHINA:
        region = f"{region}, {details['country']}"
        if details["postcode"]:
            line = f"{line}, {details['postcode']}"
    return {"name": details["name"], "phone": details["phone"], "region": region, "line": line}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Units of a product that are to be sent; `total` is what they cost, in minor units of `currency`."""

    product_id: int
    quantity: int
    total: int
    currency: str


def freight_templates() -> QuerySet[FreightTemplate]:
    """By name, with their rules and the number of products that are sent by each."""
    return FreightTemplate.objects.prefetch_related("rules").annotate(sends=Count("products")).order_by("name")


def freight_template(template_id: int) -> FreightTemplate:
    """Raises NotFound."""
    found = freight_templates().filter(pk=template_id).first()
    if found is None:
        raise NotFound
    return found


def freight_for(items: Sequence[Sent], address: Mapping[str, Any] | None) -> int:
    """What it costs to send a basket to an address (of the book or of an order; None: not known yet).

    In minor units of the goods' currency: the freight of each template for the goods that go by it, and the shop's
    flat price once for all others, and for goods in another currency than their template. Raises NotDelivered where a
    template does not go to, in whichever currency.
    """
    place = regions.place_of(address)
    links = links_of({item.product_id for item in items})
    templates = {link.template_id: _template(link.template) for link in links.values()}
    sum_, refused = 0, set()
    baskets: dict[int | None, list[Sent]] = {}
    for item in items:
        link = links.get(item.product_id)
        key = link.template_id if link and link.template.currency == item.currency else None
        baskets.setdefault(key, []).append(item)
        if link and not freight.rule_for(templates[link.template_id].rules, place):
            refused.add(item.product_id)
    for key, basket in baskets.items():
        template = freight.flat(settings.FREIGHT_MINOR) if key is None else templates[key]
        weighs = template.by_weight
        amount = sum(item.quantity * (links[item.product_id].weight if weighs else 1) for item in basket)
        cost = freight.freight_of(template, place, amount=amount, goods_total=sum(item.total for item in basket))
        if cost is None:
            refused |= {item.product_id for item in basket}
        else:
            sum_ += cost
    if refused:
        raise NotDelivered(detail={"products": sorted(refused)})
    return sum_


def promise_of(*, product_id: int, place: str) -> dict[str, Any]:
    """When a product is sent and when it arrives, and what one unit costs to send; as `PromiseSerializer`.

    Raises NotFound for a product that is not shown.
    """
    if not Product.objects.filter(pk=product_id, visible=True).exists():
        raise NotFound
    link = links_of({product_id}).get(product_id)
    flat = freight.flat(settings.FREIGHT_MINOR)
    template = _template(link.template) if link else flat
    currency = currency_of(product_id) or settings.DEFAULT_CURRENCY
    # As `freight_for` does: a template's prices are those of goods in its currency.
    priced = template if link and link.template.currency == currency else flat
    one = link.weight if link and priced.by_weight else 1
    cost = freight.freight_of(priced, place, amount=one, goods_total=0)
    rule = freight.rule_for(template.rules, place)
    if rule is None or cost is None:
        return {"delivered": False, "ships_within_hours": None, "days": None, "freight": None, "free_from": None}
    free_from = rule.free_from if priced is template else None
    return {
        "delivered": True,
        "ships_within_hours": template.ships_within_hours,
        "days": {"min": rule.days_min, "max": rule.days_max},
        "freight": {"amount": cost, "currency": currency},
        "free_from": None if free_from is None else {"amount": free_from, "currency": currency},
    }


def delivery_of(*, product_ids: Collection[int], address: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """When the last of several products is sent and arrives, as `DeliverySerializer`; without an address, as to most
    places. None where one of them is not delivered.
    """
    place = regions.place_of(address)
    links = links_of(product_ids)
    templates = [_template(link.template) for link in links.values()]
    if set(product_ids) - links.keys():
        templates.append(freight.flat(settings.FREIGHT_MINOR))
    rules = [freight.rule_for(template.rules, place) for template in templates]
    days = [(rule.days_min, rule.days_max) for rule in rules if rule]
    if not days or len(days) < len(rules):
        return None
    return {
        "ships_within_hours": max(template.ships_within_hours for template in templates),
        "days": {"min": max(least for least, _ in days), "max": max(most for _, most in days)},
    }


def shipments_of(order_ids: Collection[int]) -> dict[int, list[ShipmentCard]]:
    """Parcels by order, oldest first; an order without any is missing."""
    found: dict[int, list[ShipmentCard]] = {}
    rows = Shipment.objects.filter(order_id__in=order_ids).select_related("order")
    for shipment in rows.prefetch_related("lines", "events").order_by("pk"):
        found.setdefault(shipment.order_id, []).append(card_of(shipment))
    return found


def card_of(shipment: Shipment) -> ShipmentCard:
    return {
        "id": shipment.pk,
        "order": shipment.order.number,
        "purpose": cast(PurposeName, str(shipment.purpose)),
        "carrier": shipment.carrier,
        "carrier_name": offered.name_of(shipment.carrier),
        "number": shipment.number,
        "state": cast(ShipmentStateName, shipment.state),
        "version": shipment.version,
        "lines": [{"line": row.line_id, "quantity": row.quantity} for row in shipment.lines.all()],
        "events": [
            {
                "id": event.event_id,
                "state": cast(ShipmentStateName, event.state),
                "at": to_ms(event.at),
                "place": event.place,
                "text": event.text,
            }
            for event in shipment.events.all()
        ],
        "created_at": to_ms(shipment.created_at),
        "delivered_at": None if shipment.delivered_at is None else to_ms(shipment.delivered_at),
    }


def orders_to_ship() -> QuerySet[Order]:
    """Paid, and not all of it on its way."""
    return Order.objects.filter(state=Order.State.PAID).select_related("buyer").prefetch_related("lines")


def shipments() -> QuerySet[Shipment]:
    return Shipment.objects.select_related("order").prefetch_related("lines", "events")


def left_to_ship(order: Order) -> dict[int, int]:
    """Units of each line that are neither on their way nor refunded, by the line's id."""
    shipped = dict(
        _to_buyers().filter(line__order_id=order.pk).order_by().values_list("line_id").annotate(units=Sum("quantity"))
    )
    return {
        line.pk: max(0, line.quantity - line.refunded_quantity - shipped.get(line.pk, 0)) for line in order.lines.all()
    }


def shipped_units(order_ids: Collection[int]) -> dict[int, int]:
    """Units on their way by line, for lines of which there are any."""
    rows = _to_buyers().filter(line__order_id__in=order_ids).order_by().values_list("line_id")
    return dict(rows.annotate(units=Sum("quantity")))


def has_parcels(order: Order) -> bool:
    """Whether anything that was bought was sent."""
    return order.shipments.filter(purpose=Shipment.Purpose.ORDER).exists()


def received_by(shipment: Shipment) -> datetime | None:
    """When a parcel is taken as received unless people say otherwise; None while it has trouble, and waits for them."""
    if shipment.state in TROUBLED:
        return None
    if shipment.delivered_at is not None:
        return shipment.delivered_at + CONFIRMED_AFTER
    return shipment.created_at + (CONFIRMED_AFTER if shipment.state == ShipmentState.CREATED else LOST_AFTER)


def links_of(product_ids: Collection[int]) -> dict[int, ProductFreight]:
    """By what products are sent, by their ids; those at the shop's flat price are left out. Two queries."""
    return {link.product_id: link for link in _freight_of(product_ids)}


def _to_buyers() -> QuerySet[ShipmentLine]:
    """Units of orders; not what goes back, nor what is sent in exchange."""
    return ShipmentLine.objects.filter(shipment__purpose=Shipment.Purpose.ORDER)


@compiled
def _freight_of(products: Collection[int]) -> QuerySet[ProductFreight]:
    rows = ProductFreight.objects.filter(Among("product", products)).select_related("template")
    return rows.prefetch_related(Prefetch("template__rules"))


def _template(row: FreightTemplate) -> freight.Template:
    return freight.Template(
        by_weight=row.basis == FreightTemplate.Basis.WEIGHT,
        ships_within_hours=row.ships_within_hours,
        rules=tuple(
            freight.Rule(
                regions=tuple(rule.regions),
                delivered=rule.delivered,
                first=rule.first,
                first_price=rule.first_price,
                further=rule.further,
                further_price=rule.further_price,
                free_from=rule.free_from,
                days_min=rule.days_min,
                days_max=rule.days_max,
            )
            for rule in row.rules.all()
        ),
    )
