from project.kernel.errors import DomainError


class IllegalCaseTransition(DomainError):
    """The case is not in a state from which this may happen; `detail` says in which it is. Nothing was changed."""

    code = "illegal_case_transition"
    number = 1460


class DeclineForbidden(DomainError):
    """Goods that are sent back without a reason within seven days are taken back: the seller has no choice."""

    code = "decline_forbidden"
    number = 1461


class AftersaleNotPossible(DomainError):
    """What was asked for is not on offer for this line. `detail`: `{"why": "unpaid" | "over" | "kind" | "reason"}`."""

    code = "aftersale_not_possible"
    number = 1462


class MoreThanLeft(DomainError):
    """More units or more money than are left. `detail`: `{"max_quantity", "max_amount"}`, for the units asked for."""

    code = "more_than_left"
    number = 1463


class TooManyPictures(DomainError):
    """`detail`: `{"most"}`."""

    code = "too_many_pictures"
    number = 1464


class ReplacementGone(DomainError):
    """There are not as many to send in exchange. `detail`: `{"sku", "available", "skus", "instead"}`: the ids of those
    that there are enough of, and the kinds of after-sale that may be chosen instead. Nothing was changed."""

    code = "replacement_gone"
    number = 1465
