"""How many units of a SKU can be bought now. Whoever keeps the stock stands above the catalogue and registers here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Source = Callable[[Collection[int]], Mapping[int, int]]


def _nothing(sku_ids: Collection[int]) -> Mapping[int, int]:
    return {}


_source: Source = _nothing


def install(source: Source) -> None:
    """`source` takes SKU ids and gives units by SKU id; what it leaves out has none."""
    global _source
    _source = source


def available_units(sku_ids: Collection[int]) -> Mapping[int, int]:
    return _source(sku_ids) if sku_ids else {}
