"""The past of the demo's prices: what the goods would have cost by now if the shop had been open for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from commerce.catalog.models import PriceRecord, Sku
from project.demo.goods import Variant

OPENED_DAYS_AGO = 80
DEAL = timedelta(minutes=10)


def invent_past(sku: Sku, variant: Variant, *, key: str, now: datetime) -> None:
    """Replace what the database recorded of a SKU that was just made. All variants of `key` share their dates.

    A little more than half of the goods were lowered this week, so that their old price is struck through.
    """
    chance = Random(key)
    lowered = chance.choice([1, 2, 3, 5] if chance.random() < 0.6 else [14, 21, 30])
    cheap, again = chance.randint(55, 65), chance.randint(42, 50)
    between = (variant.was + variant.price) // 2 // 100 * 100
    steps = [(OPENED_DAYS_AGO, variant.was), (cheap, between), (again, variant.was), (lowered, variant.price)]
    before = [None, *(price for _, price in steps)]
    PriceRecord.objects.filter(sku=sku).delete()
    PriceRecord.objects.bulk_create(
        [
            PriceRecord(sku=sku, price=price, was=was, currency=sku.currency, since=now - timedelta(days=days))
            for (days, price), was in zip(steps, before, strict=False)
        ]
        + [
            PriceRecord(
                sku=sku,
                price=variant.price * 4 // 5 // 100 * 100,
                currency=sku.currency,
                since=(since := now - timedelta(days=days)),
                until=since + DEAL,
            )
            for days in chance.sample(range(32, 40), k=chance.randint(0, 2))
        ]
    )
