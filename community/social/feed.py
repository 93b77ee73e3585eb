"""What happened with the people whom one follows or is friends with, the latest first: read when it is asked for.

Those who know of it stand above, and register here (`project/wiring.py`), by the `kind` of what they tell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from django.db.models import Model, Q, QuerySet
from rest_framework.serializers import Serializer

from community.accounts.selectors import Card
from community.social.selectors import close_to
from community.social.serializers import FeedItemSerializer
from project.kernel.errors import Invalid
from project.kernel.ids import MOST_ID

PAGE_SIZE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

M = TypeVar("M", bound=Model)


class Place(NamedTuple):
    """Of an item among those of its kind. Of two at the same time, the one with the larger id comes first."""

    at: datetime
    id: int


class Item(NamedTuple):
    """`payload`: what its kind shows beside time and person."""

    place: Place
    person: Card
    payload: dict[str, Any]


class Read(Protocol):
    def __call__(self, user_ids: Collection[int], *, before: Place | None, limit: int) -> list[Item]:
        """What the users did and everyone may see, the latest first, beginning behind a place.

        A number of queries that does not depend on how many they are.
        """


class Source(NamedTuple):
    read: Read
    serializer: type[FeedItemSerializer]


class Cursor(NamedTuple):
    """The last item of a page. Kinds have an order, too: at the same time, the last by name comes first."""

    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}.{self.kind}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises Invalid for what no page gave out."""
        # So many digits end in 2286, and below the largest id.
        found = re.fullmatch(r"([0-9]{1,16})\.([a-z]+)\.([0-9]{1,18})", text)
        if found is None or found[2] not in _sources:
            raise Invalid(fields={"cursor": ["invalid"]})
        return cls(EPOCH + int(found[1]) * MICROSECOND, found[2], int(found[3]))

    def place_for(self, kind: str) -> Place:
        """Where another kind goes on: with all that it has at this time, or with nothing of that."""
        if kind == self.kind:
            return Place(self.at, self.id)
        return Place(self.at, MOST_ID if kind < self.kind else 0)


class Page(NamedTuple):
    items: list[dict[str, Any]]
    next: Cursor | None


_sources: dict[str, Source] = {}


def install(sources: Mapping[str, Source]) -> None:
    """Take over the table of sources, by kind."""
    _sources.clear()
    _sources.update(sources)


def serializers() -> dict[str, Serializer[Any] | type[Serializer[Any]]]:
    return {kind: source.serializer for kind, source in _sources.items()}


def latest(found: QuerySet[M], *, before: Place | None, limit: int) -> QuerySet[M]:
    """For sources: rows, each with its time as `at`, from a place on."""
    if before is not None:
        found = found.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.id))
    return found.order_by("-at", "-pk")[:limit]


def page_of(user_id: int, *, after: Cursor | None = None) -> Page:
    """Two queries, and those of the sources."""
    people = close_to(user_id)
    if not people:
        return Page([], None)
    found = [
        (Cursor(item.place.at, kind, item.place.id), item)
        for kind, source in _sources.items()
        for item in source.read(people, before=after and after.place_for(kind), limit=PAGE_SIZE + 1)
    ]
    found.sort(key=lambda one: one[0], reverse=True)
    page = found[:PAGE_SIZE]
    items = [
        {
            **_sources[cursor.kind]
            .serializer({"kind": cursor.kind, "at": cursor.at, "person": item.person, **item.payload})
            .data
        }
        for cursor, item in page
    ]
    return Page(items, page[-1][0] if len(found) > PAGE_SIZE else None)
