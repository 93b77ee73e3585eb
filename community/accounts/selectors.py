from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict

from community.accounts.models import Role, User


class Card(TypedDict):
    """What everyone may see of a user: in messages, shows and lists."""

    id: int
    display_name: str
    avatar: str | None


def card(user: User) -> Card:
    return {
        "id": user.pk,
        "display_name": user.display_name,
        "avatar": user.avatar.url if user.avatar else None,
    }


def cards(user_ids: Collection[int]) -> dict[int, Card]:
    """Cards by user id, in one query. An id that nobody has is missing."""
    users = User.objects.only("id", "display_name", "avatar").filter(pk__in=set(user_ids))
    return {user.pk: card(user) for user in users}


def roles_of(user_id: int) -> list[str]:
    """Names of roles, in alphabetical order; `staff` and `superuser` are not roles that were granted."""
    return list(Role.objects.filter(user_id=user_id).order_by("name").values_list("name", flat=True))


def has_role(user_id: int, name: str) -> bool:
    return Role.objects.filter(user_id=user_id, name=name).exists()


class Profile(TypedDict):
    """What a user sees of oneself."""

    id: int
    email: str
    display_name: str
    avatar: str | None
    roles: list[str]


def profile(user: User) -> Profile:
    return {
        **card(user),
        "email": user.email,
        "roles": [*roles_of(user.pk), *(["staff"] if user.is_staff else [])],
    }
