"""Who is logged in: allauth's backend, which finds the user of a session by a query that is put together once."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.db.models import QuerySet

from community.accounts.models import User
from project.kernel.queries import compiled


@compiled
def _users(user_id: int) -> QuerySet[User]:
    return User.objects.filter(pk=user_id)


class AuthenticationBackend(AllauthBackend):  # type: ignore[misc]
    def get_user(self, user_id: int) -> User | None:
        found = _users(user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None
