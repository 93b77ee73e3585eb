from project.kernel.errors import DomainError


class LimitReached(DomainError):
    """The shopper holds and bought as many as one customer may have."""

    code = "limit_reached"
    number = 423


class AlreadyHolding(DomainError):
    """The shopper has a held claim in this sale: it is to be paid, or to lapse, first."""

    code = "already_holding"
    number = 424


class ClaimExpired(DomainError):
    """The hold has lapsed; the units went back. A new claim needs a new key."""

    code = "claim_expired"
    number = 426


class AlreadyRunning(DomainError):
    """The SKU is in another sale of the same place that is scheduled or open."""

    code = "already_running"
    number = 427
