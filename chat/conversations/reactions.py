"""What happens elsewhere when something happens to a conversation."""

from chat.conversations.events import ConversationRemoved, JoinRequested
from chat.conversations.models import Group, JoinRequest
from chat.conversations.selectors import group_channel, staff_of
from community.moderation.selectors.standing import those_kept_out
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
    staff = {(member.user_id, group_channel(group.pk)) for member in staff_of([group.pk])[group.pk]}
    notify(
        user_ids=sorted(user_id for user_id, _ in staff - those_kept_out(staff)),
        kind="group_request",
        key=f"group_request:{requested.request_id}",
        content=Content(
            people=[requested.user_id], about=f"group:{group.pk}", title={"zh": group.title, "en": group.title}
        ),
    )
