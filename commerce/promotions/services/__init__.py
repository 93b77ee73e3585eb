from commerce.promotions.services.dropping import DropAnswer, DropRequest, claim_coupons
from commerce.promotions.services.drops import (
    close_due_drops,
    open_due_drops,
    stop_drop,
    stop_drops_in,
    stop_drops_of,
)
from commerce.promotions.services.giving import give, redeem, take
from commerce.promotions.services.launching import schedule_drop
from commerce.promotions.services.offers import change_coupon, change_threshold, make_coupon, make_threshold, stop
from commerce.promotions.services.using import give_back, hold, lock, use

__all__ = [
    "DropAnswer",
    "DropRequest",
    "change_coupon",
    "change_threshold",
    "claim_coupons",
    "close_due_drops",
    "give",
    "give_back",
    "hold",
    "lock",
    "make_coupon",
    "make_threshold",
    "open_due_drops",
    "redeem",
    "schedule_drop",
    "stop",
    "stop_drop",
    "stop_drops_in",
    "stop_drops_of",
    "take",
    "use",
]
