"""What happens to open sockets when a session ends or somebody may do less than before."""

from community.accounts.events import SessionEnded
from project.realtime import control


def close_sockets(ended: SessionEnded) -> None:
    """They connect again where they may, and find the door closed where they may not. Raises RedisError."""
    control.end_connections(user_id=ended.user_id, session_id=ended.session_id)
