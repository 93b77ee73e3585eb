"""What the buyer's own devices see of an after-sale case."""

from __future__ import annotations

from typing import Literal, TypedDict

from project.kernel.money import MoneyJSON

CaseKindName = Literal["refund_only", "return_and_refund", "exchange"]
CaseStateName = Literal[
    "requested",
    "declined",
    "awaiting_return",
    "returned",
    "received_back",
    "resent",
    "exchanged",
    "refunding",
    "refunded",
    "closed",
]


class CaseCard(TypedDict):
    """`refund` is what goes back if it ends well, freight included, and so are `points`; `deadline` in ms since the
    epoch.

    A card with a smaller `version` is older.
    """

    id: int
    order: str
    line: int
    kind: CaseKindName
    state: CaseStateName
    quantity: int
    refund: MoneyJSON
    points: int
    deadline: int | None
    version: int
