"""What happens to a shelf. `version` is issued under the show's lock: for pins, the shelf and each item, an older one
is to be ignored. `pinned` names all items that are explained now, the earliest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from live.shelf.cards import ItemCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShelfEvent(Event):
    type: ClassVar[str] = "shelf"

    version: int
    show_to: int

    def channels(self) -> list[str]:
        return [f"show:{self.show_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPinned(_ShelfEvent):
    type: ClassVar[str] = "item.pinned"

    item: ItemCard
    pinned: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemUnpinned(_ShelfEvent):
    type: ClassVar[str] = "item.unpinned"

    item: int
    pinned: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged(_ShelfEvent):
    type: ClassVar[str] = "item.changed"

    item: ItemCard


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfChanged(_ShelfEvent):
    """Items came, went or have other numbers: whoever shows the whole shelf reads it again."""

    type: ClassVar[str] = "shelf.changed"

    count: int
