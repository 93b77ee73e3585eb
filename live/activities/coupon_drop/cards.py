from __future__ import annotations

from typing import TypedDict

from commerce.promotions.cards import DropState


class DropReply(TypedDict):
    drop: DropState
