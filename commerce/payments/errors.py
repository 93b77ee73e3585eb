from project.kernel.errors import DomainError


class PaymentsUnavailable(DomainError):
    """No payment provider is offered, or it cannot be reached. Nothing was decided; try again."""

    code = "payments_unavailable"
    number = 480
    status = 503
    temporary = True


class BadSignature(DomainError):
    """A webhook that the provider did not sign, or signed too long ago."""

    code = "bad_signature"
    number = 481
    status = 400


class PaymentMismatch(DomainError):
    """What the provider says does not fit the payment: another amount, currency or order. Nothing was settled."""

    code = "payment_mismatch"
    number = 482
    status = 400


class RefundTooLarge(DomainError):
    """More would go back than came in for the order. `detail` says how much is left, in minor units."""

    code = "refund_too_large"
    number = 1450


class NotOffered(DomainError):
    """This server does not take payments by the provider that was asked for."""

    code = "provider_not_offered"
    number = 1451
    status = 400


class NotCharged(DomainError):
    """The provider cannot charge this amount, or not in this currency. Nothing was begun."""

    code = "not_charged"
    number = 1452


class BalanceTooLow(DomainError):
    """The wallet has less than this. Nothing was taken. `detail` says how much there is, in minor units."""

    code = "balance_too_low"
    number = 1453


class TopUpOver(DomainError):
    """The top-up has ended: its money came, or it failed. `detail`: `{"state"}`. Nothing was changed."""

    code = "top_up_over"
    number = 1454


class TooManyTopUps(DomainError):
    """As many top-ups as a person may have are waiting to be paid. `detail`: `{"most"}`."""

    code = "too_many_top_ups"
    number = 1455


class DayNotOver(DomainError):
    """The day is not over where the provider keeps its books: there is nothing to compare yet."""

    code = "day_not_over"
    number = 1456
