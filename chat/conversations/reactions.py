"""What happens elsewhere when something happens to a conversation."""

from chat.conversations.events import ConversationRemoved, JoinRequested
from chat.conversations.models import Group, JoinRequest
from chat.conversations.selectors import staff_of
from community.notices.content import Content
from community.notices.services import notify
from project.realtime import control


def close_door(removed: ConversationRemoved) -> None:
    """The person's sockets leave the channel, and may come back where the person did. Raises RedisError."""
    control.push_out(user_id=removed.user_to, channel=removed.channel)


def tell_staff(requested: JoinRequested) -> None:
    """The owner and the managers find in their inboxes that somebody would like to join, once a request."""
    group = Group.objects.filter(pk=requested.group_id, closed_at=None).first()
    waits = JoinRequest.objects.filter(pk=requested.request_id, state=JoinRequest.State.PENDING)
    if group is None or not waits.exists():
        return
    notify(
        user_ids=[member.user_id for member in staff_of([group.pk])[group.pk]],
        kind="group_request",
        key=f"group_request:{requested.request_id}",
        content=Content(
            people=[requested.user_id], about=f"group:{group.pk}", title={"zh": group.title, "en": group.title}
        ),
    )
