"""What people are held to now, as this process knows it by heart."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from community.moderation import known
from community.moderation.errors import Banned
from community.moderation.models import Sanction
from community.moderation.models.sanctions import SITE
from project.kernel.clock import now
from project.realtime.topics import Caller


class Held(NamedTuple):
    kind: str
    scope: str
    starts_at: datetime
    expires_at: datetime | None

    def holds(self, channel: str, at: datetime) -> bool:
        in_time = self.starts_at <= at and (self.expires_at is None or at < self.expires_at)
        return in_time and self.scope in (SITE, channel)


def _in_force() -> dict[int, list[Held]]:
    not_over = Q(expires_at=None) | Q(expires_at__gt=now())
    rows = Sanction.objects.filter(not_over, lifted_at=None).exclude(kind=Sanction.Kind.WARNING)
    found: dict[int, list[Held]] = {}
    values = rows.values_list("user_id", "kind", "scope", "starts_at", "expires_at")
    for user_id, kind, scope, starts_at, expires_at in values:
        found.setdefault(user_id, []).append(Held(kind, scope, starts_at, expires_at))
    return found


_sanctions = known.Known("sanctions", _in_force)

KEEP_OUT = (Sanction.Kind.BAN, Sanction.Kind.KICK)


def kinds_for(user_id: int, channel: str, at: datetime) -> set[str]:
    """The kinds of sanctions that hold for somebody in a channel. In a thread of the database."""
    return {held.kind for held in _sanctions.get().get(user_id, ()) if held.holds(channel, at)}


def keeps_out(user_id: int, channel: str) -> bool:
    """Whether a ban or a kick holds there. In a thread of the database."""
    return not kinds_for(user_id, channel, now()).isdisjoint(KEEP_OUT)


def kept_out(*, user: Combinable, channel: Combinable) -> Exists:
    """The same in a query, as it is in the database now: `user` and `channel` are values, or columns outside."""
    return Exists(_keeping_out().filter(Q(scope=SITE) | Q(scope=channel), user=user))


def those_kept_out(asked: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Of (user id, channel), those where a ban or a kick holds, as it is in the database now. One query."""
    user_ids, channels = {user_id for user_id, _ in asked}, {channel for _, channel in asked}
    held = _keeping_out().filter(user__in=user_ids, scope__in={SITE, *channels})
    found = set(held.values_list("user_id", "scope"))
    return {one for one in asked if one in found or (one[0], SITE) in found}


def _keeping_out() -> QuerySet[Sanction]:
    not_over = Q(expires_at=None) | Q(expires_at__gt=Now())
    return Sanction.objects.filter(not_over, lifted_at=None, kind__in=KEEP_OUT)


def is_banned(user_id: int) -> bool:
    """From the whole site. In a thread of the database."""
    return Sanction.Kind.BAN in kinds_for(user_id, SITE, now())


def still_welcome(callers: Collection[Caller]) -> set[Caller]:
    """Those who are not banned from the whole site, as it is in the database now. In a thread of the database."""
    known.look()
    return {caller for caller in callers if caller.user_id is None or not is_banned(caller.user_id)}


async def is_barred(user_id: int) -> bool:
    """From the whole site; for those who connect."""
    await known.fresh()
    return any(held.kind == Sanction.Kind.BAN and held.holds(SITE, now()) for held in _held(user_id))


async def check_entry(user_id: int | None, channel: str) -> None:
    """Raises Banned for whoever may not be in the channel."""
    if user_id is None:
        return
    await known.fresh()
    at = now()
    if any(held.kind in KEEP_OUT and held.holds(channel, at) for held in _held(user_id)):
        raise Banned


def _held(user_id: int) -> list[Held]:
    return _sanctions.peek().get(user_id, [])
