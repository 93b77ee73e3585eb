from project.kernel.errors import DomainError


class GroupFull(DomainError):
    """The group has as many members as it may have."""

    code = "group_full"
    number = 1500


class GroupClosed(DomainError):
    """The group was dissolved, for good."""

    code = "group_closed"
    number = 1501


class InviteOnly(DomainError):
    """Nobody joins this group without an invite."""

    code = "invite_only"
    number = 1502
    status = 403


class AnswerRequired(DomainError):
    """The group asks a question of whoever would like to join."""

    code = "answer_required"
    number = 1503
    status = 400


class OwnerStays(DomainError):
    """The owner of a group neither leaves nor is removed: hand the group over, or dissolve it."""

    code = "owner_stays"
    number = 1504


class TooManyGroups(DomainError):
    """This person is in as many groups as one may be, or owns as many."""

    code = "too_many_groups"
    number = 1505


class TooManyManagers(DomainError):
    """The group has as many managers as it may have."""

    code = "too_many_managers"
    number = 1506


class InviteUnknown(DomainError):
    """There is no invite with this code."""

    code = "invite_unknown"
    number = 1530
    status = 404


class InviteExpired(DomainError):
    """The time of the invite is over."""

    code = "invite_expired"
    number = 1531
    status = 410


class InviteUsedUp(DomainError):
    """As many people as the invite was for have used it."""

    code = "invite_used_up"
    number = 1532
    status = 410


class InviteRevoked(DomainError):
    """The invite was taken back."""

    code = "invite_revoked"
    number = 1533
    status = 410


class TooManyInvites(DomainError):
    """The group has as many open invites as it may have: revoke one."""

    code = "too_many_invites"
    number = 1534


class RequestDecided(DomainError):
    """The request was decided, or withdrawn, before."""

    code = "request_decided"
    number = 1535


class NotAccepted(DomainError):
    """The other one has not accepted this direct chat yet; until then only a few messages may be sent."""

    code = "dm_not_accepted"
    number = 1520
    status = 403


class AcceptFirst(DomainError):
    """This direct chat is a request that waits to be accepted by whoever would like to write."""

    code = "dm_accept_first"
    number = 1521


class TooManyRequests(DomainError):
    """This person has asked as many strangers for a direct chat as one may in a day."""

    code = "dm_too_many_requests"
    number = 1522
    status = 429


class DmRefused(DomainError):
    """These two may not write to each other."""

    code = "dm_refused"
    number = 1523
    status = 403
