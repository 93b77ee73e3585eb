"""Who ships what. A marketplace registers here; without one, everything is the house's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

# Product ids → the seller of each; what is left out is the house's, "".
Source = Callable[[Collection[int]], Mapping[int, str]]


def _house(product_ids: Collection[int]) -> Mapping[int, str]:
    return {}


_source: Source = _house


def install(source: Source) -> None:
    global _source
    _source = source


def sellers_of(product_ids: Collection[int]) -> Mapping[int, str]:
    return _source(product_ids)
