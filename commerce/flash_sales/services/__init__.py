"""Writes of flash sales: a sale's life, claims in batches, and what becomes of a hold."""

from commerce.flash_sales.services.claims import ClaimAnswer, ClaimRequest, claim_batch
from commerce.flash_sales.services.holds import (
    extend_hold,
    lock_claim,
    release_claim,
    release_lapsed_holds,
    settle_claim,
)
from commerce.flash_sales.services.sales import (
    Offer,
    close_due_sales,
    open_due_sales,
    schedule_sale,
    stop_sale,
    stop_sales_in,
)

__all__ = [
    "ClaimAnswer",
    "ClaimRequest",
    "Offer",
    "claim_batch",
    "close_due_sales",
    "extend_hold",
    "lock_claim",
    "open_due_sales",
    "release_claim",
    "release_lapsed_holds",
    "schedule_sale",
    "settle_claim",
    "stop_sale",
    "stop_sales_in",
]
