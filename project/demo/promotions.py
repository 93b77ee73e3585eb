"""Promotions for the demo shop: something to take, something to reach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from commerce.promotions import services
from commerce.promotions.models import Coupon, ThresholdDiscount
from project.kernel.clock import now

COUPONS: list[dict[str, Any]] = [
    {"name_zh": "新人立减", "name_en": "Welcome", "way": "newcomer", "off": 1500, "minimum": 3000, "group": "welcome"},
    {"name_zh": "直播间通用券", "name_en": "Live room", "off": 1000, "minimum": 9900, "total": 5000},
    {"name_zh": "全场九折", "name_en": "10% off", "percent_off": 10, "most_off": 5000, "minimum": 5000},
    {"name_zh": "口令券", "name_en": "Secret word", "way": "code", "code": "SOUK2026", "off": 2000, "minimum": 15000},
    {"name_zh": "直播间抢券", "name_en": "Show drop", "way": "drop", "off": 800, "minimum": 5900, "per_user": 20},
]
THRESHOLD: dict[str, Any] = {
    "name_zh": "满199减20，满399减60",
    "name_en": "¥20 off ¥199, ¥60 off ¥399",
    "steps": [[19900, 2000], [39900, 6000]],
}


def offer_promotions() -> None:
    """Add what is missing; what is there is left as it is."""
    start = now()
    dates = {"starts_at": start, "ends_at": start + timedelta(days=365)}
    for terms in COUPONS:
        if not Coupon.objects.filter(name_en=terms["name_en"]).exists():
            services.make_coupon(terms={"valid_days": 30, **dates, **terms}, by_id=None)
    if not ThresholdDiscount.objects.filter(name_en=THRESHOLD["name_en"]).exists():
        services.make_threshold(terms={**dates, **THRESHOLD}, by_id=None)
