from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from commerce.catalog.cards import Option, SkuCard, Texts
from commerce.catalog.models import Sku
from commerce.catalog.selectors import sku_cards
from commerce.inventory.models import Stock, StockAlert, StockMovement
from project.kernel.errors import NotFound
from project.kernel.queries import Among, compiled

Kind = StockMovement.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A stock row and what its movements say it should be."""

    sku_id: int
    on_hand: int
    expected_on_hand: int
    reserved: int
    expected_reserved: int


class Alert(TypedDict):
    """Open since then, when `available` units were free."""

    opened_at: datetime
    available: int


class StockRow(TypedDict):
    """A SKU as its seller sees it. `alert` is null while enough units are free, or none was asked for."""

    sku: int
    product: int
    code: str
    title: Texts
    picture: str | None
    options: list[Option]
    sellable: bool
    on_hand: int
    reserved: int
    available: int
    alert_at: int | None
    alert: Alert | None


def stocked_skus(*, low: bool = False, text: str = "") -> QuerySet[Sku]:
    """SKUs for their seller; those with an open alert, or with `text` in the code or a title, when asked."""
    found = Sku.objects.all()
    if low:
        found = found.filter(Exists(StockAlert.objects.filter(stock_id=OuterRef("pk"), closed_at=None)))
    if text:
        in_title = Q(product__title_zh__icontains=text) | Q(product__title_en__icontains=text)
        found = found.filter(Q(code__icontains=text) | in_title)
    return found


def stock_rows(skus: Sequence[Sku]) -> list[StockRow]:
    """Rows in the order of `skus`; four queries however many there are."""
    ids = [sku.pk for sku in skus]
    cards = sku_cards(ids)
    stocks = Stock.objects.in_bulk(ids)
    alerts = {alert.stock_id: alert for alert in StockAlert.objects.filter(stock__in=ids, closed_at=None)}
    return [
        _row(sku, cards[sku.pk], stocks.get(sku.pk) or Stock(sku_id=sku.pk), alerts.get(sku.pk))
        for sku in skus
        if sku.pk in cards
    ]


def stock_row(sku_id: int) -> StockRow:
    """Raises NotFound."""
    rows = stock_rows(list(Sku.objects.filter(pk=sku_id)))
    if not rows:
        raise NotFound
    return rows[0]


def name_of(sku: Sku) -> Texts:
    """What a SKU is called that was read with its product: the title, and what was chosen."""
    chosen = {language: " · ".join(one["value"][language] for one in sku.options) for language in ("zh", "en")}
    zh, en = chosen["zh"], chosen["en"]
    title = sku.product
    return {
        "zh": f"{title.title_zh}（{zh}）" if zh else title.title_zh,
        "en": f"{title.title_en} ({en})" if en else title.title_en,
    }


def movements_of(sku_id: int) -> QuerySet[StockMovement]:
    """Raises NotFound for an unknown SKU."""
    if not Sku.objects.filter(pk=sku_id).exists():
        raise NotFound
    return StockMovement.objects.filter(sku_id=sku_id).select_related("by")


def was_reserved(*, sku_id: int, reference: str) -> bool:
    """Whether units were promised under a reference, whatever became of them since."""
    return StockMovement.objects.filter(sku_id=sku_id, reference=reference, kind=Kind.RESERVE).exists()


def _row(sku: Sku, card: SkuCard, stock: Stock, alert: StockAlert | None) -> StockRow:
    return {
        "sku": sku.pk,
        "product": sku.product_id,
        "code": sku.code,
        "title": card["title"],
        "picture": card["picture"],
        "options": card["options"],
        "sellable": sku.sellable,
        "on_hand": stock.on_hand,
        "reserved": stock.reserved,
        "available": stock.available,
        "alert_at": stock.alert_at,
        "alert": {"opened_at": alert.opened_at, "available": alert.available} if alert else None,
    }


def available(sku_ids: Collection[int]) -> dict[int, int]:
    """Units that nobody has been promised, by SKU id; one query. SKUs that never had stock are left out."""
    return dict(_free_units(sku_ids)) if sku_ids else {}


@compiled
def _free_units(sku_ids: Collection[int]) -> QuerySet[Stock, tuple[int, int]]:
    return Stock.objects.filter(Among("sku", sku_ids)).values_list("sku_id", F("on_hand") - F("reserved"))


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
