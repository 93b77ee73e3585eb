"""What people may be asked for before they claim. Those who know how far somebody is stand above, and register here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from commerce.promotions.cards import DropCondition, DropProgress
from commerce.promotions.errors import ConditionUnmet

# A channel (the drop's, or the one that the condition is about) and a user's id → how much of it the person has done
# there. Whoever answers it asks for all who come at once together, so that it costs no database work a person; it may
# raise Busy.
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
        {"kind": one["kind"], "least": one["least"], "of": one["of"], "have": await _have(one, channel, user_id)}
        for one in conditions
    ]


async def check(conditions: Sequence[DropCondition], *, channel: str, user_id: int) -> None:
    """Raises ConditionUnmet, Busy."""
    for one in conditions:
        if await _have(one, channel, user_id) < one["least"]:
            raise ConditionUnmet


async def _have(asked: DropCondition, channel: str, user_id: int) -> int:
    """Nothing of what nobody knows of any more."""
    source, of = _sources.get(asked["kind"]), asked["of"]
    return await source(of["channel"] if of else channel, user_id) if source else 0
