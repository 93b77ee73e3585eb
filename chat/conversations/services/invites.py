"""Invites: links that let people into a group, whatever its policy."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from chat.conversations.errors import TooManyInvites
from chat.conversations.models import Invite, Member
from chat.conversations.selectors import alive_invites, check_invite, invite_by_code
from chat.conversations.services.locks import lock_group
from chat.conversations.services.membership import admit, refuse_banned, staff_member
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, NotFound
from project.kernel.ids import new_key


def create_invite(
    *, created_by: int, group_id: int, expires_at: datetime | None = None, max_uses: int | None = None
) -> Invite:
    """For the owner and managers. Raises NotFound, Forbidden, GroupClosed, TooManyInvites, Invalid."""
    with transaction.atomic():
        group = lock_group(group_id)
        staff_member(group, created_by)
        now = database_now()
        if expires_at is not None and expires_at <= now:
            raise Invalid(fields={"expires_at": ["in_the_past"]})
        if alive_invites(group_id, at=now).count() >= settings.GROUP_INVITES_MOST:
            raise TooManyInvites
        return Invite.objects.create(
            group=group,
            code=new_key(),
            created_by_id=created_by,
            created_at=now,
            expires_at=expires_at,
            max_uses=max_uses,
        )


def revoke_invite(*, revoked_by: int, group_id: int, invite_id: int) -> None:
    """Nobody joins by it any more; for the owner and managers. Raises NotFound, Forbidden, GroupClosed."""
    with transaction.atomic():
        group = lock_group(group_id)
        staff_member(group, revoked_by)
        found = Invite.objects.filter(pk=invite_id, group=group)
        if not found.exists():
            raise NotFound
        found.filter(revoked_at=None).update(revoked_at=database_now())


def join_by_invite(*, user_id: int, code: str) -> Member:
    """Join; who is in the group already stays so and takes no use of it.

    Raises InviteUnknown, InviteRevoked, InviteExpired, InviteUsedUp, GroupClosed, Banned, GroupFull, TooManyGroups.
    """
    group_id = invite_by_code(code).group_id
    with transaction.atomic():
        group = lock_group(group_id)
        refuse_banned(group, user_id)
        member = Member.objects.filter(conversation_id=group_id, user_id=user_id).first()
        if member is not None:
            return member
        # Under the group's lock, in which every use is counted: nobody takes the last one twice.
        invite = Invite.objects.get(code=code)
        check_invite(invite, at=database_now())
        Invite.objects.filter(pk=invite.pk).update(uses=F("uses") + 1)
        return admit(group=group, user_id=user_id)
