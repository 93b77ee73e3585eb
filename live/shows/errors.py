from project.kernel.errors import DomainError


class ShowIsOver(DomainError):
    """The show has ended, for good: nothing in it can be changed or said any more."""

    code = "show_ended"
    number = 490


class NotLive(DomainError):
    """The show is not on air; this needs it to be."""

    code = "not_live"
    number = 491
