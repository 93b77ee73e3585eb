"""Orders to every process about connections that are open now. Synchronous, for effects of events."""

from __future__ import annotations

from project.realtime import publisher
from project.realtime.codes import SESSION_ENDED, CloseCode


def end_connections(*, user_id: int, session_id: str = "", code: CloseCode = SESSION_ENDED) -> None:
    """Close the user's connections, or those of one session. Raises RedisError."""
    publisher.order({"user_id": user_id, "session_id": session_id, "reason": code.reason})


def push_out(*, user_id: int, channel: str) -> None:
    """End the user's subscription to a channel on all connections. Raises RedisError."""
    publisher.order({"user_id": user_id, "channel": channel})
