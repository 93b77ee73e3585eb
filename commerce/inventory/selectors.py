from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Coalesce

from commerce.catalog.models import Sku
from commerce.inventory.models import Stock, StockMovement

Kind = StockMovement.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A stock row and what its movements say it should be."""

    sku_id: int
    on_hand: int
    expected_on_hand: int
    reserved: int
    expected_reserved: int


def available(sku_ids: Collection[int]) -> dict[int, int]:
    """Units that nobody has been promised, by SKU id; one query. SKUs that never had stock are left out."""
    rows = Stock.objects.filter(sku__in=set(sku_ids)).values_list("sku_id", F("on_hand") - F("reserved"))
    return dict(rows)


def discrepancies() -> list[Discrepancy]:
    """Every SKU whose stock is not the sum of its movements; empty when the books are right. One query."""

    def moved(kind: str) -> Coalesce:
        return Coalesce(Sum("movements__quantity", filter=Q(movements__kind=kind)), Value(0))

    books = Sku.objects.order_by("pk").annotate(
        on_hand=Coalesce("stock__on_hand", Value(0)),
        reserved=Coalesce("stock__reserved", Value(0)),
        expected_on_hand=moved(Kind.RECEIVE) - moved(Kind.WRITE_OFF) - moved(Kind.SELL),
        expected_reserved=moved(Kind.RESERVE) - moved(Kind.RELEASE) - moved(Kind.SELL),
    )
    wrong = books.exclude(on_hand=F("expected_on_hand"), reserved=F("expected_reserved"))
    return [
        Discrepancy(
            sku_id=sku.pk,
            on_hand=sku.on_hand,
            expected_on_hand=sku.expected_on_hand,
            reserved=sku.reserved,
            expected_reserved=sku.expected_reserved,
        )
        for sku in wrong
    ]
