"""Alipay and the bills write amounts as decimal yuan; we count fen. No float in between."""

from __future__ import annotations

import re
from decimal import Decimal

_YUAN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?", re.ASCII)


def to_fen(yuan: str) -> int:
    """Raises ValueError for what is not an amount of at most two decimals."""
    if not _YUAN.fullmatch(yuan):
        raise ValueError(yuan)
    return int(Decimal(yuan) * 100)


def to_yuan(fen: int) -> str:
    return str((Decimal(fen) / 100).quantize(Decimal("0.01")))
