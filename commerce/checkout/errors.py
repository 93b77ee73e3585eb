from project.kernel.errors import DomainError


class TotalChanged(DomainError):
    """The total is not the one the buyer agreed to. `detail`: `{"total": Money}`; nothing was ordered."""

    code = "total_changed"
    number = 460


class AlreadyOrdered(DomainError):
    """The claim is part of an order. `detail`: `{"order": number}`."""

    code = "already_ordered"
    number = 461


class NotSellable(DomainError):
    """The SKU is not for sale (any more)."""

    code = "not_sellable"
    number = 462
