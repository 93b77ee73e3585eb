"""What is asked: checked, and the place in a list that a cursor stands for."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from project.kernel.errors import Invalid

QUERY_LENGTH = 64
PAGE, LONGEST_PAGE = 30, 100
HIGHEST = 2**63 - 1


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last product of a page, and its value in the order of the list."""

    sort: Sort
    value: int
    product_id: int

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([self.sort, self.value, self.product_id]).encode()).decode()

    @classmethod
    def parse(cls, text: str, sort: Sort) -> Self:
        """Raises Invalid for what no page of this order gave out."""
        try:
            match json.loads(base64.b64decode(text, altchars=b"-_", validate=True)):
                case [str(of), int(value), int(product_id)] if (
                    of == sort and 0 <= value <= HIGHEST and 0 <= product_id <= HIGHEST
                ):
                    return cls(sort=sort, value=value, product_id=product_id)
        except (binascii.Error, ValueError, RecursionError):
            pass
        raise Invalid(fields={"cursor": ["invalid"]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Prices in minor units, both ends included. Without words, a category is browsed."""

    text: str = ""
    category: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False
    sort: Sort = Sort.RELEVANCE
    cursor: Cursor | None = None
    limit: int = PAGE

    def __post_init__(self) -> None:
        if not self.text.strip() and self.category is None:
            raise Invalid(fields={"q": ["required"]})
        if len(self.text) > QUERY_LENGTH:
            raise Invalid(fields={"q": ["max_length"]})
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            raise Invalid(fields={"price_min": ["above_price_max"]})
