"""What the rest of the house learns about the stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAlertChanged(Event):
    """An alert was opened or closed: whoever keeps the stock may be told. It says not which, since that may have
    changed again when somebody reacts."""

    type: ClassVar[str] = "stock_alert.changed"

    alert_id: int
