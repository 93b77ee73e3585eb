"""What people may be asked for before they claim. Those who know how far somebody is stand above, and register here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from commerce.promotions.cards import DropCondition, DropProgress
from commerce.promotions.errors import ConditionUnmet

# The channel of the drop and a user's id → how much of it the person has done there. Whoever answers it must cost no
# database work a person, and may raise Busy.
Source = Callable[[str, int], Awaitable[int]]

_sources: dict[str, Source] = {}


def install(sources: Mapping[str, Source]) -> None:
    """Take over the table from the kind of a condition to who knows of it (`project/wiring.py`)."""
    _sources.clear()
    _sources.update(sources)


def kinds() -> frozenset[str]:
    return frozenset(_sources)


async def progress(conditions: Sequence[DropCondition], *, channel: str, user_id: int) -> list[DropProgress]:
    """How far a person is with each. Raises Busy."""
    return [
        {"kind": one["kind"], "least": one["least"], "have": await _have(one["kind"], channel, user_id)}
        for one in conditions
    ]


async def check(conditions: Sequence[DropCondition], *, channel: str, user_id: int) -> None:
    """Raises ConditionUnmet, Busy."""
    for one in conditions:
        if await _have(one["kind"], channel, user_id) < one["least"]:
            raise ConditionUnmet


async def _have(kind: str, channel: str, user_id: int) -> int:
    """Nothing of what nobody knows of any more."""
    source = _sources.get(kind)
    return await source(channel, user_id) if source else 0
