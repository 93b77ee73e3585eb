from project.kernel.errors import DomainError


class TextEmpty(DomainError):
    """Nothing is left of the text once white space and control characters are gone."""

    code = "text_empty"
    number = 470
    status = 400


class TextTooLong(DomainError):
    """The text has more characters than a message may have."""

    code = "text_too_long"
    number = 471
    status = 400
