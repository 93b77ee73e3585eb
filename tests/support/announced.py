"""Collects the events that were announced and whose transaction has committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from django.db import connection

from project.kernel.events import Event


class Announced(Sequence[Event]):
    """Events in the order in which they were published; equal to a list of the same events.

    A test of the kind that is rolled back at its end never commits: looking at the list counts as the commit, except
    for what a savepoint inside has rolled back.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []

    def record(self, events: Sequence[Event]) -> None:
        self._events.extend(events)

    def _seen(self) -> list[Event]:
        while connection.in_atomic_block and connection.run_on_commit:
            waiting, connection.run_on_commit = connection.run_on_commit, []
            for _, run, _ in waiting:
                run()
        return self._events

    def clear(self) -> None:
        self._seen()
        self._events.clear()

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self._seen() if type(event) is kind]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self._seen()]

    def wires(self, channel: str | None = None) -> list[dict[str, object]]:
        """What clients get, of all channels or of one."""
        return [event.wire() for event in self._seen() if channel is None or channel in event.channels()]

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        return self._seen()[index]

    def __len__(self) -> int:
        return len(self._seen())

    def __iter__(self) -> Iterator[Event]:
        return iter(self._seen())

    def __eq__(self, other: object) -> bool:
        return self._seen() == (other._events if isinstance(other, Announced) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._seen())
