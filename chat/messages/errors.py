from project.kernel.errors import DomainError


class MessageGone(DomainError):
    """The message was recalled or removed."""

    code = "message_gone"
    number = 1550


class TooLate(DomainError):
    """The time in which it could be done is over. `detail`: `{"within_secs"}`."""

    code = "too_late"
    number = 1551


class PinsFull(DomainError):
    """As many messages are pinned as can be. `detail`: `{"most"}`."""

    code = "pins_full"
    number = 1552


class MentionAllRefused(DomainError):
    """This person may not mention everybody there."""

    code = "mention_all_refused"
    number = 1553
    status = 403


class MentionMisplaced(DomainError):
    """A mention does not stand in the text where it says, on one line from an `@` on, apart from the others."""

    code = "mention_misplaced"
    number = 1554
    status = 400


class AttachmentsRefused(DomainError):
    """Nothing but text may be sent there: in the room of a show, and in a direct chat that waits to be accepted."""

    code = "attachments_refused"
    number = 1555
    status = 403


class AttachmentUnknown(DomainError):
    """There is no such upload of this person, or a message has it; or no such thing that this person may show."""

    code = "attachment_unknown"
    number = 1556
    status = 404


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
