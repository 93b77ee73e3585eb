from __future__ import annotations

from project.kernel.errors import DomainError


class Muted(DomainError):
    """The person may read here and say nothing, for as long as the sanction in `user:<id>` says."""

    code = "muted"
    number = 1590
    status = 403


class Banned(DomainError):
    """The person may not be here, for as long as the sanction in `user:<id>` says."""

    code = "banned"
    number = 1591
    status = 403


class MessageHeld(DomainError):
    """The message is kept; a moderator looks at it before others see it. The same key again: the same answer."""

    code = "message_held"
    number = 1592


class TextRefused(DomainError):
    """A rule of this place does not let the text through."""

    code = "text_refused"
    number = 1593


class ChatOff(DomainError):
    """Only those who run the room may write now."""

    code = "chat_off"
    number = 1594
    status = 403


class SlowMode(DomainError):
    """One message in so many seconds. `detail`: `{"wait_secs"}`."""

    code = "slow_mode"
    number = 1595
    status = 429


class FollowersOnly(DomainError):
    """Only those who follow the host may write here."""

    code = "followers_only"
    number = 1596
    status = 403


class AccountTooNew(DomainError):
    """The account is younger than it has to be to write here."""

    code = "account_too_new"
    number = 1597
    status = 403


class LinksRefused(DomainError):
    """Only those who run the room may write links."""

    code = "links_refused"
    number = 1598
    status = 403


class NoSelf(DomainError):
    """One can neither report nor sanction oneself."""

    code = "not_oneself"
    number = 1600
    status = 400


class Untouchable(DomainError):
    """Who runs the place, or stands above the one who asks, cannot be sanctioned there."""

    code = "untouchable"
    number = 1601
    status = 403


class AlreadyDecided(DomainError):
    """Somebody else was faster, or it is over. `detail`: `{"by"?}`."""

    code = "already_decided"
    number = 1602


class NotYours(DomainError):
    """An appeal is decided by another moderator than the one who decided before."""

    code = "not_yours"
    number = 1603
    status = 403


class TooLateToUndo(DomainError):
    """The time in which a decision can be undone is over."""

    code = "too_late_to_undo"
    number = 1604


class AppealGiven(DomainError):
    """There was an appeal against this sanction: there is one."""

    code = "appeal_given"
    number = 1605


class NothingToAppeal(DomainError):
    """The sanction is over."""

    code = "nothing_to_appeal"
    number = 1606


class TooManyReports(DomainError):
    """More reports than one person may make in a day."""

    code = "too_many_reports"
    number = 1607
    status = 429


class RuleInvalid(DomainError):
    """The rule cannot work as it is. `detail` says why."""

    code = "rule_invalid"
    number = 1608
    status = 400


class NotLifted(DomainError):
    """The sanction was lifted, or has run out, before."""

    code = "sanction_over"
    number = 1609
