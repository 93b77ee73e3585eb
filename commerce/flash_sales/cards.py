"""What others see of a sale, as JSON: over HTTP, in events and in snapshots alike. Times are ms since the epoch."""

from __future__ import annotations

from typing import TypedDict

from commerce.catalog.cards import MoneyJSON, Option, Texts


class StockState(TypedDict):
    sku: int
    total: int
    held: int
    sold: int


class SaleItem(StockState):
    product: int
    title: Texts
    picture: str | None
    options: list[Option]
    price: MoneyJSON
    list_price: MoneyJSON
    limit: int


class SaleState(TypedDict):
    id: int
    channel: str
    state: str
    starts_at: int
    ends_at: int
    version: int
    close_reason: str | None
    items: list[SaleItem]


class ClaimCard(TypedDict):
    id: int
    sale: int
    sku: int
    quantity: int
    unit_price: MoneyJSON
    state: str
    position: int
    expires_at: int
    title: Texts
    picture: str | None
    options: list[Option]
