"""The newest publications of a channel, kept in the process: who comes back at the same moment as thousands of others
recovers from here, without a word to Redis."""

from __future__ import annotations

from project.realtime.protocol.messages import Item

MOST_BYTES = 256 * 1024


class Recent:
    """Publications with consecutive offsets, the oldest first; at most `most`, and so many bytes."""

    __slots__ = ("_bytes", "_items", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: list[Item] = []
        self._bytes = 0

    def add(self, item: Item) -> None:
        """Keep the publication that follows the newest one."""
        self._items.append(item)
        self._bytes += item.size
        while len(self._items) > self._most or self._bytes > MOST_BYTES:
            self._bytes -= self._items.pop(0).size

    def prepend(self, older: list[Item], *, top: int) -> None:
        """Keep, as much as may be, what was read from the stream and lies before what is here; `top` is the newest."""
        first = self._items[0].offset if self._items else top + 1
        assert first is not None
        older = [item for item in older if item.offset is not None and item.offset < first]
        if not older or older[-1].offset != first - 1:
            return
        kept = max(0, len(older) + len(self._items) - self._most)
        self._items = older[kept:] + self._items
        self._bytes = sum(item.size for item in self._items)
        while self._bytes > MOST_BYTES:
            self._bytes -= self._items.pop(0).size

    def clear(self) -> None:
        self._items.clear()
        self._bytes = 0

    def after(self, offset: int, *, top: int) -> list[Item] | None:
        """All after `offset` up to `top`, the newest offset; None when not all of them are here."""
        missed = top - offset
        if missed == 0:
            return []
        if not 0 < missed <= len(self._items):
            return None
        return self._items[-missed:]
