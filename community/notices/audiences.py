"""Who is meant by `followers:7`. Those who know stand above, and register here (`project/wiring.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Walk(Protocol):
    def __call__(self, id: int, /, *, after: int, most: int) -> list[int]:
        """Ids of users in ascending order, at most so many, beginning behind the id `after`."""


_walks: dict[str, Walk] = {}


def install(walks: Mapping[str, Walk]) -> None:
    """Take over the table of audiences, by the word before the colon."""
    _walks.clear()
    _walks.update(walks)


def members(audience: str, *, after: int, most: int) -> list[int]:
    """Raises KeyError for an audience that nobody knows."""
    kind, _, id = audience.partition(":")
    return _walks[kind](int(id), after=after, most=most)
