from __future__ import annotations

from project.kernel.errors import DomainError


class SkuNotSellable(DomainError):
    """It is in the catalogue, but not for sale now. `detail`: `{"sku"}`."""

    code = "sku_not_sellable"
    number = 1420


class CartFull(DomainError):
    """A cart has no more lines than that. `detail`: `{"sku", "most_lines"}`."""

    code = "cart_full"
    number = 1421


class TooManyUnits(DomainError):
    """A line has no more units than that. `detail`: `{"sku", "in_cart", "most_units"}`."""

    code = "too_many_units"
    number = 1422
