"""The one table of the engine's own error and close codes; the range says what a client does.

Errors 100–199 are Centrifuge's (https://centrifugal.dev/docs/server/codes), 400–1999 ours (`project.kernel.errors`).
Close codes 3000–3499 and 4000–4499: the client reconnects; 3500–3999 and 4500–4999: it stays away.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorCode(NamedTuple):
    code: int
    message: str
    temporary: bool = False


class CloseCode(NamedTuple):
    code: int
    reason: str

    @property
    def reconnect(self) -> bool:
        return self.code < 3500 or 4000 <= self.code < 4500


INTERNAL_ERROR = ErrorCode(100, "internal server error", temporary=True)
UNAUTHORIZED = ErrorCode(101, "unauthorized")
UNKNOWN_CHANNEL = ErrorCode(102, "unknown channel")
PERMISSION_DENIED = ErrorCode(103, "permission denied")
METHOD_NOT_FOUND = ErrorCode(104, "method not found")
ALREADY_SUBSCRIBED = ErrorCode(105, "already subscribed")
LIMIT_EXCEEDED = ErrorCode(106, "limit exceeded")
BAD_REQUEST = ErrorCode(107, "bad request")
NOT_AVAILABLE = ErrorCode(108, "not available")
TOKEN_EXPIRED = ErrorCode(109, "token expired")
TOO_MANY_REQUESTS = ErrorCode(111, "too many requests", temporary=True)
UNRECOVERABLE_POSITION = ErrorCode(112, "unrecoverable position")

SHUTDOWN = CloseCode(3001, "shutdown")
SERVER_ERROR = CloseCode(3004, "internal server error")
EXPIRED = CloseCode(3005, "connection expired")
SUBSCRIPTION_ENDED = CloseCode(3006, "subscription expired")
SLOW_READER = CloseCode(3008, "slow reader")
INSUFFICIENT_STATE = CloseCode(3010, "insufficient state")
NO_PONG = CloseCode(3012, "no pong")
INVALID_TOKEN = CloseCode(3500, "invalid token")
BAD_FRAME = CloseCode(3501, "bad request")
STALE = CloseCode(3502, "stale")
SESSION_ENDED = CloseCode(4001, "session ended")
BANNED = CloseCode(4503, "banned")

# Codes of an `unsubscribe` push: from 2500 on, the client subscribes again.
POSITION_LOST = CloseCode(2500, "insufficient state")
SUBSCRIPTION_EXPIRED = CloseCode(2501, "subscription expired")
ENTRY_LOST = CloseCode(2000, "no longer allowed")
