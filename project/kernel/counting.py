"""Counting that costs next to nothing where it happens: plain numbers, read when somebody asks.

Every family registers itself in FAMILIES; what several processes counted adds up (`project.realtime.metrics`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

# Values of the labels, in the order of their names; () for a family without labels.
Labels = tuple[str, ...]
FAMILIES: dict[str, Family] = {}


class Family:
    """What is counted under one name. `labels` name what tells its numbers apart: few and bounded values, never ids."""

    __slots__ = ("help", "labels", "name")
    kind: ClassVar[str]

    def __init__(self, name: str, help: str, *, labels: Sequence[str] = ()) -> None:
        if name in FAMILIES:
            raise ValueError(f"{name} is counted already")
        self.name, self.help, self.labels = name, help, tuple(labels)
        FAMILIES[name] = self

    def read(self) -> dict[Labels, list[float]]:
        """The numbers by labels: one, or for a spread its sum and then how many fell into each bucket."""
        raise NotImplementedError


class Total(Family):
    """Only grows: `FRAMES.value += 1`."""

    __slots__ = ("value",)
    kind = "counter"

    def __init__(self, name: str, help: str) -> None:
        super().__init__(name, help)
        self.value = 0.0

    def read(self) -> dict[Labels, list[float]]:
        return {(): [self.value]}


class Totals(Family):
    """Only grow, by label: `COMMANDS.add("rpc")`."""

    __slots__ = ("_by",)
    kind = "counter"

    def __init__(self, name: str, help: str, *, labels: Sequence[str]) -> None:
        super().__init__(name, help, labels=labels)
        self._by: dict[Labels, float] = {}

    def add(self, *labels: str, much: float = 1) -> None:
        self._by[labels] = self._by.get(labels, 0) + much

    def set(self, *labels: str, to: float) -> None:
        """Take over a number that somebody else counts."""
        self._by[labels] = to

    def read(self) -> dict[Labels, list[float]]:
        return {labels: [value] for labels, value in list(self._by.items())}


class Levels(Totals):
    """How many there are now, by label: `much` may be negative."""

    __slots__ = ()
    kind = "gauge"


class Reading(Family):
    """How many there are now, found out when somebody asks; `find` answers the number, or numbers by label."""

    __slots__ = ("_find",)
    kind = "gauge"

    def __init__(
        self, name: str, help: str, find: Callable[[], float | Mapping[Labels, float]], *, labels: Sequence[str] = ()
    ) -> None:
        super().__init__(name, help, labels=labels)
        self._find = find

    def read(self) -> dict[Labels, list[float]]:
        found = self._find()
        return {labels: [value] for labels, value in found.items()} if isinstance(found, Mapping) else {(): [found]}


class Spread(Family):
    """How values are spread over buckets, each up to and with its bound."""

    __slots__ = ("_by", "bounds")
    kind = "histogram"

    def __init__(self, name: str, help: str, bounds: Sequence[float], *, labels: Sequence[str] = ()) -> None:
        super().__init__(name, help, labels=labels)
        self.bounds = tuple(bounds)
        self._by: dict[Labels, list[float]] = {} if labels else {(): self._empty()}

    def observe(self, value: float, *labels: str) -> None:
        numbers = self._by.get(labels)
        if numbers is None:
            numbers = self._by[labels] = self._empty()
        numbers[0] += value
        numbers[1 + bisect_left(self.bounds, value)] += 1

    def read(self) -> dict[Labels, list[float]]:
        return {labels: list(numbers) for labels, numbers in list(self._by.items())}

    def _empty(self) -> list[float]:
        return [0.0] * (2 + len(self.bounds))
