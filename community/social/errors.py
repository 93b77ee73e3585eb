from __future__ import annotations

from project.kernel.errors import DomainError


class Blocked(DomainError):
    """The caller has blocked this person: that has to end first. (Whoever is blocked is told `forbidden`.)"""

    code = "blocked"
    number = 1560


class ListFull(DomainError):
    """The caller follows, asks or befriends as many people as one may. `detail`: `{"most"}`."""

    code = "list_full"
    number = 1561
