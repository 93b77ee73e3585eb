"""What providers' statements have in common: fetched within bounds, and read as a whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import requests

from commerce.payments import config
from commerce.payments.port import BadStatement, ProviderUnavailable, StatementEntry
from commerce.payments.yuan import to_fen
from project.kernel.money import Money

# Some hundred thousand movements; a day with more is read with another bound, not by chance.
MOST_BYTES = 32 * 1024 * 1024
MOST_UNPACKED_BYTES = 256 * 1024 * 1024
LONGEST_KEY = 64
FETCH_SECS = 120.0


def fetch(url: str, *, headers: Mapping[str, str] | None = None) -> bytes:
    """Raises ProviderUnavailable, and BadStatement for more than MOST_BYTES."""
    until = time.monotonic() + FETCH_SECS
    got = bytearray()
    try:
        with requests.get(
            url, headers=dict(headers or {}), timeout=config.TIMEOUT_SECS, stream=True, allow_redirects=False
        ) as answer:
            if answer.status_code != 200:
                raise ProviderUnavailable(f"statement: {answer.status_code}")
            for piece in answer.iter_content(64 * 1024):
                got += piece
                if len(got) > MOST_BYTES:
                    raise BadStatement(f"larger than {MOST_BYTES} bytes")
                if time.monotonic() > until:
                    raise ProviderUnavailable("statement: too slow")
    except requests.RequestException as error:
        raise ProviderUnavailable("statement") from error
    return bytes(got)


def check_header(header: Collection[str], needed: Collection[str]) -> None:
    """Raises BadStatement."""
    if missing := [name for name in needed if name not in header]:
        raise BadStatement(f"there is no column {', '.join(missing)}")


def row_of(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The cells by the names of their columns. Raises BadStatement for a row that ends early."""
    if len(cells) < len(header):
        raise BadStatement(f"a row has {len(cells)} cells under {len(header)} columns")
    return dict(zip(header, cells, strict=False))


def entry_of(*, kind: Literal["paid", "refunded"], key: str, yuan: str, currency: str = "CNY") -> StatementEntry:
    """An amount of decimal yuan; what goes back may be written below zero. Raises BadStatement."""
    try:
        fen = to_fen(yuan)
    except ValueError:
        raise BadStatement(f"{yuan[:40]!r} is no amount") from None
    check_key(key=key, currency=currency)
    return StatementEntry(kind=kind, key=key, amount=Money(abs(fen) if kind == "refunded" else fen, currency))


def check_key(*, key: str, currency: str) -> None:
    """Raises BadStatement for what names no movement, or no currency."""
    if not is_key(key):
        raise BadStatement(f"{key[:80]!r} is no key")
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise BadStatement(f"{currency[:10]!r} is no currency")


def is_key(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_KEY and text.isprintable()
