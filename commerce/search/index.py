"""The index as it is read: where each product stands, and the numbers under a text."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from commerce.search.bits import Column, present
from commerce.search.blocks import BLOCK, column
from commerce.search.models import CATEGORY, IN_STOCK, PRICE, Posting


class Index:
    """What stands under some terms, and the values of all products, as one statement saw them."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._stored: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
        rows = Posting.objects.filter(text__in=[*terms, CATEGORY, PRICE, IN_STOCK])
        for text, block, numbers in rows.values_list("text", "block", "numbers"):
            self._stored[text][block] = bytes(numbers)
        self._blocks = sorted(self._stored[CATEGORY])
        self.categories = self.column(CATEGORY)
        self.products = present(self.categories)

    def __contains__(self, term: str) -> bool:
        return term in self._stored

    @cached_property
    def prices(self) -> Column:
        return self.column(PRICE)

    @cached_property
    def in_stock(self) -> int:
        return present(self.column(IN_STOCK))

    def column(self, text: str) -> Column:
        stored = self._stored.get(text, {})
        return column(stored.get(block, b"") for block in self._blocks)

    def product_at(self, position: int) -> int:
        return self._blocks[position // BLOCK] * BLOCK + position % BLOCK

    def position_of(self, product_id: int) -> int:
        """Where a product stands, or would stand."""
        block, place = divmod(product_id, BLOCK)
        at = bisect_left(self._blocks, block)
        return at * BLOCK + (place if at < len(self._blocks) and self._blocks[at] == block else 0)
