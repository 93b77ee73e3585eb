"""Who may moderate what."""

from __future__ import annotations

from typing import NamedTuple

from community.accounts.models import Role, User
from community.moderation import places
from community.moderation.models.sanctions import SITE
from project.kernel.errors import Forbidden, LoginRequired, NotFound

STAFF = 3
MODERATOR = 2
RUNS_IT = 1
ANYONE = 0


class Moderator(NamedTuple):
    """Somebody who moderates: everything, or (`everywhere` is false) the channel that was asked for."""

    user_id: int
    rank: int

    @property
    def everywhere(self) -> bool:
        return self.rank >= MODERATOR


def rank_of(user_id: int, scope: str) -> int:
    """How high somebody stands in a scope. Raises LoginRequired for whoever has no account (any more)."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise LoginRequired
    return rank_that_was(user, scope)


def rank_that_was(user: User, scope: str) -> int:
    """The same, also of whoever has closed the account since."""
    if user.is_staff:
        return STAFF
    if user.roles.filter(name=Role.Name.MODERATOR).exists():
        return MODERATOR
    if scope != SITE:
        place, id = places.split(scope)
        if user.pk in place.run_by(id):
            return RUNS_IT
    return ANYONE


def moderator(user_id: int) -> Moderator:
    """Of everything. Raises LoginRequired, Forbidden."""
    rank = rank_of(user_id, SITE)
    if rank < MODERATOR:
        raise Forbidden
    return Moderator(user_id, rank)


def moderator_in(user_id: int, scope: str) -> Moderator:
    """Of a scope. Raises LoginRequired, Forbidden, NotFound for a channel that is not there."""
    if scope != SITE:
        places.known(scope)
    rank = rank_of(user_id, scope)
    if rank < RUNS_IT:
        raise Forbidden
    return Moderator(user_id, rank)


def is_moderator(user_id: int) -> bool:
    try:
        return moderator(user_id).everywhere
    except (Forbidden, LoginRequired, NotFound):
        return False
