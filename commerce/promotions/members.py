"""What members pay. Whoever keeps memberships registers here; without one, there is no member price."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from project.kernel.money import Money

# A user's id and SKU ids → the price of a unit, where that person has one of their own.
Source = Callable[[int, Collection[int]], Mapping[int, Money]]


def _nobody(user_id: int, sku_ids: Collection[int]) -> Mapping[int, Money]:
    return {}


_source: Source = _nobody


def install(source: Source) -> None:
    global _source
    _source = source


def member_prices(user_id: int, sku_ids: Collection[int]) -> Mapping[int, Money]:
    return _source(user_id, sku_ids)
