"""Locks of groups and direct chats. Whoever holds one may issue the next `version`."""

from __future__ import annotations

from chat.conversations.errors import GroupClosed
from chat.conversations.models import DirectChat, Group
from project.kernel.errors import NotFound


def lock_group(group_id: int) -> Group:
    """The group with its conversation, locked until the transaction ends. Raises NotFound, GroupClosed."""
    locked = Group.objects.select_related("conversation").select_for_update(of=("self", "conversation"))
    group = locked.filter(pk=group_id).first()
    if group is None:
        raise NotFound
    if group.closed_at is not None:
        raise GroupClosed
    return group


def lock_direct(direct_id: int) -> DirectChat:
    """The direct chat with its conversation, locked until the transaction ends. Raises NotFound."""
    locked = DirectChat.objects.select_related("conversation").select_for_update(of=("self", "conversation"))
    direct = locked.filter(pk=direct_id).first()
    if direct is None:
        raise NotFound
    return direct
