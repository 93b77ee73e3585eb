"""What the real providers need, from the environment alone: secrets are in no file and no row of ours.

Keys are PEM texts, or their bare base64; in one line, line ends may be written `\\n`.
"""

from __future__ import annotations

import os

from django.conf import settings

# Connecting and reading, in seconds: a provider that takes longer has an outcome that is not known.
TIMEOUT_SECS = (3.0, 10.0)
# What the numbers of top-ups begin with; those of orders are digits.
TOP_UP = "W"


def read(name: str, default: str = "") -> str:
    return os.environ.get(name, default).replace("\\n", "\n").strip()


def all_set(*names: str) -> bool:
    return all(read(name) for name in names)


def webhook_url(provider: str) -> str:
    return f"{settings.SITE_URL}/api/payments/webhooks/{provider}/"


def page_of(number: str) -> str:
    """Where the buyer comes back to: the order, or the wallet for a top-up."""
    return f"{settings.SITE_URL}{path_of(number)}"


def path_of(number: str) -> str:
    return f"/wallet?top_up={number}" if number.startswith(TOP_UP) else f"/orders/{number}"
