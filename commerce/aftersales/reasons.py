"""Why somebody asks: codes, whose sentences are the client's."""

from __future__ import annotations

NO_REASON = "no_reason"
NOT_RECEIVED = "not_received"
OTHER = "other"

# Before anything was shipped, nobody asks for a good reason.
BEFORE_SHIPPING = ("changed_mind", "ordered_by_mistake", "too_slow", OTHER)
REASONS = {
    "refund_only": (NOT_RECEIVED, "damaged", "missing_parts", "quality", "not_as_described", OTHER),
    "return_and_refund": (NO_REASON, "damaged", "wrong_item", "missing_parts", "quality", "not_as_described", OTHER),
    "exchange": ("damaged", "wrong_item", "missing_parts", "quality", "wrong_size", OTHER),
}
ALL = tuple(dict.fromkeys(BEFORE_SHIPPING + tuple(code for codes in REASONS.values() for code in codes)))
