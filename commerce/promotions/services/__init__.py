from commerce.promotions.services.giving import give, redeem, take
from commerce.promotions.services.offers import change_coupon, change_threshold, make_coupon, make_threshold, stop
from commerce.promotions.services.using import give_back, hold, lock, use

__all__ = [
    "change_coupon",
    "change_threshold",
    "give",
    "give_back",
    "hold",
    "lock",
    "make_coupon",
    "make_threshold",
    "redeem",
    "stop",
    "take",
    "use",
]
