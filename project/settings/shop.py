"""Numbers and codes of the shop, from the environment: a bad one ends the start, and says which and why."""

from __future__ import annotations

import os
import re

from django.core.exceptions import ImproperlyConfigured


def whole_number(name: str, default: int, *, least: int, most: int) -> int:
    """Raises ImproperlyConfigured unless it is a whole number within these bounds."""
    text = os.environ.get(name, "").strip() or str(default)
    # ASCII digits alone: int() also reads "1_000" and digits of other scripts.
    if not re.fullmatch(r"[0-9]{1,18}", text) or not least <= int(text) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def currency(name: str, default: str) -> str:
    """Raises ImproperlyConfigured unless it has the form of an ISO 4217 code."""
    text = os.environ.get(name, "").strip() or default
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise ImproperlyConfigured(f"{name} must be an ISO 4217 code such as CNY, three capital letters, not {text!r}")
    return text
