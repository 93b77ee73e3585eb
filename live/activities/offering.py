"""What is launched in a group stands in its chat as a message, whoever launches it and whatever it is."""

from __future__ import annotations

from chat.conversations.models import Group
from chat.conversations.selectors import group_channel, managing_member
from chat.messages import rooms
from chat.messages.attachments import Attaching
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from live.shows.selectors import may_host
from project.kernel.errors import DomainError, Forbidden


def group_to_offer_in(*, user_id: int, group_id: int) -> Group:
    """The group, for its owner and managers who are hosts, or of the staff.

    Raises NotFound for others than members, Forbidden for other members.
    """
    group: Group = managing_member(user_id=user_id, group_id=group_id).conversation.group
    if not may_host(User.objects.get(pk=user_id)):
        raise Forbidden
    return group


def show_offered(*, offered_by: int, group_id: int, about: str) -> None:
    """Say in the group what was launched there: `about` it, `drop:4`, there is a card. In the launch's transaction.

    Once, however often it is launched again. Raises what the group refuses the message with.
    """
    channel = group_channel(group_id)
    draft = Draft(
        channel=channel,
        conversation_id=group_id,
        author_id=offered_by,
        role=None,
        text="",
        # No client's key has a space.
        key=about.replace(":", " "),
        keeper=rooms.load_room(channel).keeper,
        attaching=Attaching(offered_by, about=about),
    )
    [message] = commit_messages([draft])
    if isinstance(message, DomainError):
        raise message
