"""What others see of a sale, as JSON: over HTTP, in events and in snapshots alike. Times are ms since the epoch."""

from __future__ import annotations

from typing import Literal, TypedDict

from commerce.catalog.cards import Option, Texts
from project.kernel.money import MoneyJSON

SaleStateName = Literal["scheduled", "open", "closed"]
CloseReason = Literal["sold_out", "ended", "stopped"]
ClaimStateName = Literal["held", "sold", "released"]


class StockState(TypedDict):
    """Of `total` units, how many are held and how many are sold."""

    sku: int
    total: int
    held: int
    sold: int


class SaleItem(StockState):
    """`list_price` is what to strike through: the lowest of the seven days before, where that is above `price`."""

    product: int
    title: Texts
    picture: str | None
    options: list[Option]
    price: MoneyJSON
    list_price: MoneyJSON | None
    # Units one customer may have.
    limit: int


class SaleState(TypedDict):
    """`channel` is where the sale was launched. A state with a smaller `version` is older."""

    id: int
    channel: str
    state: SaleStateName
    starts_at: int
    ends_at: int
    version: int
    close_reason: CloseReason | None
    items: list[SaleItem]


class ClaimCard(TypedDict):
    """Units that a shopper won. `position` is the claim's place among all of its sale."""

    id: int
    sale: int
    sku: int
    quantity: int
    unit_price: MoneyJSON
    state: ClaimStateName
    position: int
    expires_at: int
    title: Texts
    picture: str | None
    options: list[Option]


class SaleSnapshot(TypedDict):
    """`mine`: all of the caller's claims in this sale; of a guest, none."""

    sale: SaleState
    mine: list[ClaimCard]


class ClaimReply(TypedDict):
    """`claim` is its id; its card follows in the shopper's own channel."""

    status: Literal["won"]
    claim: int
    position: int
    expires_at: int
