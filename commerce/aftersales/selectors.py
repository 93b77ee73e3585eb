"""Reads of after-sale cases: what there is, and what may be asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from django.db.models import OuterRef, Q, QuerySet

from commerce.aftersales import reasons
from commerce.aftersales.cards import CaseCard, CaseKindName, CaseStateName
from commerce.aftersales.models import Case, ReturnExclusion
from commerce.aftersales.shares import share_of
from commerce.catalog.cards import Option
from commerce.catalog.models import Product, Sku
from commerce.inventory.models import Stock
from commerce.orders.models import Order, OrderLine
from commerce.shipping.selectors import TROUBLED, left_to_ship
from project.kernel.clock import database_now, to_ms
from project.kernel.errors import NotFound
from project.kernel.money import Money
from project.kernel.queries import Among, compiled

Kind, State = Case.Kind, Case.State
# Source: 消费者权益保护法, article 25: seven days from the receipt, without giving a reason.
WITHOUT_REASON_FOR = timedelta(days=7)
OVER = frozenset({State.DECLINED, State.CLOSED, State.EXCHANGED})
OPEN = (
    State.REQUESTED,
    State.AWAITING_RETURN,
    State.RETURNED,
    State.RECEIVED_BACK,
    State.RESENT,
    State.REFUNDING,
)
# What the seller has to do; also where what was sent in exchange got lost or came back.
SELLERS_TURN = Q(state__in=(State.REQUESTED, State.RETURNED, State.RECEIVED_BACK)) | Q(
    state=State.RESENT, replacement_parcel__state__in=TROUBLED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A kind of after-sale that is on offer, and why one may ask for it."""

    kind: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A SKU that may be sent in exchange, and how many of it are free."""

    sku_id: int
    options: list[Option]
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may be asked for a line: up to `max_quantity` units, for which `max_amount` (minor units) was paid.

    `without_reason_until`: until when they are taken back without one; None when they are not. `held`: the SKUs
    that the units are of by now, and how many of each. `replacements`: what they may be exchanged for.
    """

    line_id: int
    choices: tuple[Choice, ...]
    max_quantity: int
    max_amount: int
    unshipped: bool
    without_reason_until: datetime | None
    held: Mapping[Sku, int]
    replacements: tuple[Replacement, ...]

    def reasons_for(self, kind: str) -> tuple[str, ...]:
        return next((choice.reasons for choice in self.choices if choice.kind == kind), ())


def cases() -> QuerySet[Case]:
    """With what their pages show."""
    parcels = [
        f"{name}__{part}" for name in ("return_parcel", "replacement_parcel") for part in ("order", "lines", "events")
    ]
    return Case.objects.select_related(
        "order", "line__sku__stock", "sku__stock", "replacement__stock"
    ).prefetch_related("events", "pictures", *parcels)


def cases_of(buyer_id: int) -> QuerySet[Case]:
    """The buyer's own, newest first."""
    return cases().filter(order__buyer_id=buyer_id)


def own_case(*, buyer_id: int, case_id: int) -> Case:
    """Raises NotFound, also for somebody else's."""
    return _one(cases_of(buyer_id), case_id)


def case_for_staff(case_id: int) -> Case:
    """Raises NotFound."""
    return _one(cases(), case_id)


def open_cases_of(order: Order | OuterRef) -> QuerySet[Case]:
    """Those of an order that still wait for somebody."""
    return Case.objects.filter(order=order, state__in=OPEN)


def return_terms(product_id: int) -> dict[str, Any]:
    """Whether a product comes back without a reason; as `ReturnTermsSerializer`. Raises NotFound for one that is not
    shown.
    """
    if not Product.objects.filter(pk=product_id, visible=True).exists():
        raise NotFound
    return {"days": WITHOUT_REASON_FOR.days, "not_returned": not_returned([product_id]).get(product_id)}


def not_returned(product_ids: Collection[int]) -> dict[int, str]:
    """Why products are not taken back without a reason, by their ids; those that are, are left out. One query."""
    return dict(_excluded(product_ids))


@compiled
def _excluded(products: Collection[int]) -> QuerySet[ReturnExclusion, tuple[int, str]]:
    return ReturnExclusion.objects.filter(Among("product", products)).values_list("product_id", "code")


def options_of(order: Order) -> list[Options]:
    """For each line of an order; a line that nothing can be asked for has no choices. Six queries."""
    at = database_now()
    lines = list(order.lines.select_related("sku"))
    left = left_to_ship(order) if order.state == Order.State.PAID else {}
    taken = _taken([line.pk for line in lines])
    held = {line.pk: _held(line, taken.get(line.pk, NOTHING)) for line in lines}
    skus = {sku for of_line in held.values() for sku in of_line}
    replacements = _replacements_of(skus) if order.received_at else {}
    return [
        _options(
            order,
            line,
            taken.get(line.pk, NOTHING),
            left.get(line.pk),
            at,
            held[line.pk],
            replacements,
        )
        for line in lines
    ]


def replacements_of(sku: Sku) -> tuple[Replacement, ...]:
    """What units of a SKU may be exchanged for: the same, and others of its product that cost as much. One query."""
    return _replacements_of([sku])[sku.pk]


def card_of(case: Case) -> CaseCard:
    return {
        "id": case.pk,
        "order": case.order.number,
        "line": case.line_id,
        "kind": cast(CaseKindName, str(case.kind)),
        "state": cast(CaseStateName, str(case.state)),
        "quantity": case.quantity,
        "refund": Money(case.amount + case.freight, case.order.currency).as_dict(),
        "points": case.points,
        "deadline": None if case.deadline is None else to_ms(case.deadline),
        "version": case.version,
    }


def shares_left(line: OrderLine, *, quantity: int) -> tuple[int, int]:
    """What was paid for so many of the units that no case has: minor units, and points.

    Raises ValueError for more than that.
    """
    taken = _taken([line.pk]).get(line.pk, NOTHING)
    units_left = line.quantity - taken.units
    return (
        share_of(quantity=quantity, units_left=units_left, paid_left=line.paid - taken.share),
        share_of(quantity=quantity, units_left=units_left, paid_left=line.points - taken.points),
    )


def _options(
    order: Order,
    line: OrderLine,
    taken: _Taken,
    unshipped: int | None,
    at: datetime,
    held: Mapping[Sku, int],
    replacements: Mapping[int, tuple[Replacement, ...]],
) -> Options:
    left = line.quantity - taken.units
    choices: list[Choice] = []
    until = None
    if order.state == Order.State.PAID:
        left = min(left, unshipped or 0)
        choices = [Choice(kind=Kind.REFUND_ONLY, reasons=reasons.BEFORE_SHIPPING)]
    elif order.state in (Order.State.SHIPPED, Order.State.RECEIVED):
        if order.received_at and not line.not_returned and order.received_at + WITHOUT_REASON_FOR > at:
            until = order.received_at + WITHOUT_REASON_FOR
        choices = [
            Choice(kind=kind, reasons=tuple(code for code in codes if code != reasons.NO_REASON or until))
            for kind, codes in reasons.REASONS.items()
            # What has not arrived cannot be sent back.
            if kind == Kind.REFUND_ONLY or order.received_at
        ]
    return Options(
        line_id=line.pk,
        choices=tuple(choices) if left > 0 else (),
        max_quantity=max(0, left) if choices else 0,
        max_amount=share_of(quantity=left, units_left=line.quantity - taken.units, paid_left=line.paid - taken.share)
        if choices and left > 0
        else 0,
        unshipped=order.state == Order.State.PAID,
        without_reason_until=until if left > 0 else None,
        held=held,
        replacements=replacements.get(next(iter(held)).pk, ()) if left > 0 else (),
    )


def _replacements_of(skus: Collection[Sku]) -> dict[int, tuple[Replacement, ...]]:
    """By SKU."""
    products = {sku.product_id for sku in skus}
    found: dict[int, list[Sku]] = {}
    for other in Sku.objects.filter(product_id__in=products).select_related("stock", "product"):
        found.setdefault(other.product_id, []).append(other)
    return {
        sku.pk: tuple(
            Replacement(sku_id=other.pk, options=other.options, available=free_units(other))
            for other in found[sku.product_id]
            if other.pk == sku.pk or (other.is_for_sale and (other.price, other.currency) == (sku.price, sku.currency))
        )
        for sku in skus
    }


def free_units(sku: Sku) -> int:
    """Of a SKU that was read with its stock."""
    stock: Stock | None = getattr(sku, "stock", None)
    return stock.available if stock else 0


class _Taken(NamedTuple):
    """What cases have of a line: units, and the minor units and points that were paid for them.

    `swaps`: what they made of the buyer's units, by SKU.
    """

    units: int
    share: int
    points: int
    swaps: Mapping[int, int]


NOTHING = _Taken(0, 0, 0, {})


def _taken(line_ids: Collection[int]) -> dict[int, _Taken]:
    """By line; one that no case is about is missing."""
    taken: dict[int, _Taken] = {}
    rows = Case.objects.filter(line_id__in=line_ids).exclude(state__in=(State.DECLINED, State.CLOSED)).order_by()
    for case in rows.select_related("line"):
        known = taken.get(case.line_id, NOTHING)
        swaps = Counter(known.swaps)
        swaps[case.own_sku_id] -= case.quantity
        if case.state == State.EXCHANGED:
            swaps[case.replacement_sku_id] += case.quantity
            taken[case.line_id] = known._replace(swaps=swaps)
        else:
            taken[case.line_id] = _Taken(
                known.units + case.quantity, known.share + case.share, known.points + case.points_share, swaps
            )
    return taken


def _held(line: OrderLine, taken: _Taken) -> dict[Sku, int]:
    """What of a line no case has, by SKU; the line's own, without any, when that is nothing."""
    units = Counter({line.sku_id: line.quantity})
    units.update(taken.swaps)
    ids = sorted(sku_id for sku_id, quantity in units.items() if quantity > 0)
    if ids in ([], [line.sku_id]):
        return {line.sku: units[line.sku_id]}
    return {sku: units[sku.pk] for sku in Sku.objects.filter(pk__in=ids).select_related("product").order_by("pk")}


def _one(found: QuerySet[Case], case_id: int) -> Case:
    case = found.filter(pk=case_id).first()
    if case is None:
        raise NotFound
    return case
