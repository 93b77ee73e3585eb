"""What happens to drops when something happens elsewhere."""

from chat.conversations.events import ConversationRemoved
from commerce.promotions.selectors import drops_in
from project.realtime import control


def close_doors(removed: ConversationRemoved) -> None:
    """Who is in a group no more leaves its drops, too. Raises RedisError."""
    for drop in drops_in(removed.channel):
        control.push_out(user_id=removed.user_to, channel=f"drop:{drop['id']}")
