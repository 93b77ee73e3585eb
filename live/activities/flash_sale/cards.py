from __future__ import annotations

from typing import TypedDict

from commerce.flash_sales.cards import SaleState


class SaleReply(TypedDict):
    sale: SaleState
