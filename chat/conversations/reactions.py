"""What happens to open sockets when somebody is not in a conversation any more."""

from chat.conversations.events import ConversationRemoved
from project.realtime import control


def close_door(removed: ConversationRemoved) -> None:
    """The person's sockets leave the channel, and may come back where the person did. Raises RedisError."""
    control.push_out(user_id=removed.user_to, channel=removed.channel)
