"""Invites and requests to join."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.db.models import F, Q, QuerySet

from chat.conversations.cards import InviteCard, JoinRequestCard, JoinRequestState
from chat.conversations.errors import GroupClosed, InviteExpired, InviteRevoked, InviteUnknown, InviteUsedUp
from chat.conversations.models import Invite, JoinRequest
from chat.conversations.selectors.members import is_member
from chat.conversations.selectors.shown import milliseconds
from community.accounts.selectors import card
from project.kernel.clock import to_ms


def invite_by_code(code: str) -> Invite:
    """With its group. Raises InviteUnknown."""
    invite = Invite.objects.select_related("group").filter(code=code).first()
    if invite is None:
        raise InviteUnknown
    return invite


def open_invite(code: str, *, user_id: int, at: datetime) -> Invite:
    """For whoever looks at it; a member of the group may look at one that is over.

    Raises InviteUnknown, InviteRevoked, InviteExpired, InviteUsedUp, GroupClosed.
    """
    invite = invite_by_code(code)
    if invite.group.closed_at is not None:
        raise GroupClosed
    if not is_member(user_id=user_id, conversation_id=invite.group_id):
        check_invite(invite, at=at)
    return invite


def check_invite(invite: Invite, *, at: datetime) -> None:
    """Raises InviteRevoked, InviteExpired, InviteUsedUp for one that lets nobody in at that moment."""
    if invite.revoked_at is not None:
        raise InviteRevoked
    if invite.expires_at is not None and invite.expires_at <= at:
        raise InviteExpired
    if invite.max_uses is not None and invite.uses >= invite.max_uses:
        raise InviteUsedUp


def invites_of(group_id: int) -> QuerySet[Invite]:
    """Those that nobody has revoked, newest first."""
    return Invite.objects.filter(group_id=group_id, revoked_at=None).select_related("created_by").order_by("-pk")


def alive_invites(group_id: int, *, at: datetime) -> QuerySet[Invite]:
    """Those that let people in at that moment, newest first."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=at)
    unused = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
    return Invite.objects.filter(in_time, unused, group_id=group_id, revoked_at=None).order_by("-pk")


def invite_card(invite: Invite, *, at: datetime) -> InviteCard:
    in_time = invite.expires_at is None or invite.expires_at > at
    unused = invite.max_uses is None or invite.uses < invite.max_uses
    return {
        "id": invite.pk,
        "code": invite.code,
        "created_by": card(invite.created_by),
        "created_at": to_ms(invite.created_at),
        "expires_at": milliseconds(invite.expires_at),
        "max_uses": invite.max_uses,
        "uses": invite.uses,
        "alive": invite.revoked_at is None and in_time and unused,
    }


def waiting_requests(group_id: int) -> QuerySet[JoinRequest]:
    """Those that nobody has decided yet."""
    return JoinRequest.objects.filter(group_id=group_id, state=JoinRequest.State.PENDING).select_related("user")


def join_request_card(request: JoinRequest) -> JoinRequestCard:
    return {
        "id": request.pk,
        "user": card(request.user),
        "answer": request.answer,
        "state": cast(JoinRequestState, request.state),
        "asked_at": to_ms(request.asked_at),
    }
