from project.kernel.errors import DomainError


class ShowIsOver(DomainError):
    code = "show_ended"
    number = 490


class NotLive(DomainError):
    """The show is not on air; this needs it to be."""

    code = "not_live"
    number = 491
