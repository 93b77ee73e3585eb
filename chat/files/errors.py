from project.kernel.errors import DomainError


class TooManyUploads(DomainError):
    """This person has uploaded as much as one may that is in no message yet. `detail`: `{"most"}`."""

    code = "too_many_uploads"
    number = 1557
    status = 429


class LinkExpired(DomainError):
    """The link to the file is too old, or none that was given out: ask for another one."""

    code = "link_expired"
    number = 1558
    status = 403
