"""What others tell the catalogue. Its own rows are written by forms; of prices, a trigger keeps the record."""

from __future__ import annotations

from datetime import datetime

from commerce.catalog.models import PriceRecord


def record_deal(*, sku_id: int, price: int, currency: str, since: datetime, until: datetime) -> None:
    """An activity sold the SKU for `price` (minor units) from `since` to `until`, beside the list."""
    PriceRecord.objects.create(sku_id=sku_id, price=price, currency=currency, since=since, until=until)
