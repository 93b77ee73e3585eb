"""Who says a thing, as others see it."""

from __future__ import annotations

from dataclasses import dataclass

from chat.messages.cards import AuthorCard, RoomRole
from chat.messages.memory import ShortMemory
from community.accounts.models import User
from project.kernel.errors import LoginRequired

REMEMBERED_SECS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    id: int
    display_name: str
    avatar: str | None

    @classmethod
    def of(cls, user: User) -> Author:
        return cls(id=user.pk, display_name=user.display_name, avatar=user.avatar.url if user.avatar else None)

    def card(self, *, role: RoomRole | None) -> AuthorCard:
        return {"id": self.id, "display_name": self.display_name, "avatar": self.avatar, "role": role}


def load_author(user_id: int) -> Author:
    """Raises LoginRequired when there is no such user any more."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise LoginRequired
    return Author.of(user)


_remembered = ShortMemory(load_author, secs=REMEMBERED_SECS)


async def author_of(user_id: int) -> Author:
    """At most 10 s old. Raises LoginRequired."""
    return await _remembered.get(user_id)


def forget(user_id: int) -> None:
    _remembered.forget(user_id)
