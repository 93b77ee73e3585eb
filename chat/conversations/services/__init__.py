"""Writes of conversations: numbering, groups, who is in them, direct chats, one's own place."""

from chat.conversations.services.direct import (
    accept_direct,
    block_direct,
    decline_direct,
    list_direct,
    open_direct,
)
from chat.conversations.services.groups import (
    announce,
    appoint,
    change_group,
    create_group,
    dissolve,
    remove_member,
    transfer,
)
from chat.conversations.services.invites import create_invite, join_by_invite, revoke_invite
from chat.conversations.services.joining import Entry, decide_request, join_group, leave_group, withdraw_request
from chat.conversations.services.numbering import lock_conversations, open_conversation, save_numbers
from chat.conversations.services.own import Read, commit_reads, mark_read, move_cursors, set_muted, set_pinned

__all__ = [
    "Entry",
    "Read",
    "accept_direct",
    "announce",
    "appoint",
    "block_direct",
    "change_group",
    "commit_reads",
    "create_group",
    "create_invite",
    "decide_request",
    "decline_direct",
    "dissolve",
    "join_by_invite",
    "join_group",
    "leave_group",
    "list_direct",
    "lock_conversations",
    "mark_read",
    "move_cursors",
    "open_conversation",
    "open_direct",
    "remove_member",
    "revoke_invite",
    "save_numbers",
    "set_muted",
    "set_pinned",
    "transfer",
    "withdraw_request",
]
