from __future__ import annotations

from project.kernel.errors import DomainError


class OutOfStock(DomainError):
    """There are not as many free units. `detail`: `{"sku", "available"}`."""

    code = "out_of_stock"
    number = 450


class NotReserved(DomainError):
    """More was to be released or sold than is reserved. `detail`: `{"sku", "reserved"}`."""

    code = "not_reserved"
    number = 451
