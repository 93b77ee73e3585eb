from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict

from django.db.models import QuerySet

from community.accounts.models import Role, User
from project.kernel.queries import Among, compiled


class Card(TypedDict):
    """What everyone may see of a user: in messages, shows and lists."""

    id: int
    display_name: str
    avatar: str | None


def card(user: User) -> Card:
    return card_from(user.pk, user.display_name, user.avatar.name)


def card_from(id: int, display_name: str, avatar: str | None) -> Card:
    """The card from its three columns, where a model of each user would take long."""
    url = User._meta.get_field("avatar").storage.url(avatar) if avatar else None
    return {"id": id, "display_name": display_name, "avatar": url}


def active_cards(user_ids: Collection[int]) -> dict[int, Card]:
    """Cards by user id, in one query. An id that nobody has, or whose account was closed, is missing."""
    return {row[0]: card_from(*row) for row in _active(set(user_ids))} if user_ids else {}


@compiled
def _active(user_ids: Collection[int]) -> QuerySet[User, tuple[int, str, str]]:
    found = User.objects.filter(Among("pk", user_ids), is_active=True)
    return found.values_list("pk", "display_name", "avatar")


def staff_ids() -> list[int]:
    """Whoever may work in the studio as staff, in ascending order."""
    return list(User.objects.filter(is_staff=True, is_active=True).order_by("pk").values_list("pk", flat=True))


def named(words: str, *, most: int) -> list[Card]:
    """Active people whose name has this in it, in alphabetical order."""
    found = User.objects.filter(display_name__icontains=words, is_active=True).order_by("display_name", "pk")
    return [card_from(*row) for row in found.values_list("pk", "display_name", "avatar")[:most]]


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
    bio: str
    roles: list[str]


def profile(user: User) -> Profile:
    return {
        **card(user),
        "email": user.email,
        "bio": user.bio,
        "roles": [*roles_of(user.pk), *(["staff"] if user.is_staff else [])],
    }
