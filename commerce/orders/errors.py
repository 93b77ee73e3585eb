from project.kernel.errors import DomainError


class IllegalTransition(DomainError):
    """The order is not in a state from which this may happen; `detail` says in which it is. Nothing was changed."""

    code = "illegal_transition"
    number = 440


class OrderExpired(DomainError):
    """The time to pay is over; the order is about to be closed."""

    code = "order_expired"
    number = 441
