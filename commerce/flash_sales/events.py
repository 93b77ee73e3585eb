from dataclasses import dataclass
from typing import ClassVar

from commerce.flash_sales.cards import ClaimCard, SaleState, StockState
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleEvent(Event):
    """The whole state of a sale, in the sale's own channel and where it was launched."""

    sale: SaleState

    def channels(self) -> list[str]:
        return [f"sale:{self.sale['id']}", self.sale["channel"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleScheduled(SaleEvent):
    type: ClassVar[str] = "sale.scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOpened(SaleEvent):
    type: ClassVar[str] = "sale.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleClosed(SaleEvent):
    type: ClassVar[str] = "sale.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChanged(Event):
    """Absolute numbers of a sale's allotments; an older `version` than the one known is to be ignored."""

    type: ClassVar[str] = "stock.changed"
    durable: ClassVar[bool] = False

    sale: int
    version: int
    items: list[StockState]

    def channels(self) -> list[str]:
        return [f"sale:{self.sale}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvent(Event):
    shopper_to: int
    claim: ClaimCard

    def channels(self) -> list[str]:
        return [f"user:{self.shopper_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWon(ClaimEvent):
    type: ClassVar[str] = "claim.won"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSettled(ClaimEvent):
    """The units were paid for."""

    type: ClassVar[str] = "claim.settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimExpired(ClaimEvent):
    """The units went back: the hold lapsed, or the order was closed."""

    type: ClassVar[str] = "claim.expired"
