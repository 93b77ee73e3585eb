from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """Connections of this session (of all of the user's sessions when it is empty) are to be checked anew.

    Announced when a session ends, and with an empty `session_id` whenever what the user may do has become less.
    """

    type: ClassVar[str] = "session.ended"
    user_id: int
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Event):
    """A role was granted (`held`) or revoked."""

    type: ClassVar[str] = "role.changed"
    user_id: int
    role: str
    held: bool
