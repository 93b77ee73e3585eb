"""Sanctions as the person concerned and as moderators see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Literal, cast

from django.db.models import Count, Q, QuerySet

from community.accounts.models import User
from community.accounts.selectors import card
from community.moderation import places
from community.moderation.cards import (
    Action,
    AppealState,
    Reason,
    RecordCard,
    SanctionCard,
    SanctionKind,
    SanctionRecord,
)
from community.moderation.models import Appeal, Case, Sanction
from project.kernel.clock import now, to_ms
from project.kernel.errors import NotFound

SanctionState = Literal["current", "past", "any"]

LADDER_LOOKS_BACK = timedelta(days=90)
FIRST_MUTE_SECS = 600
SECOND_MUTE_SECS = 86_400
FIRST_BAN_SECS = 7 * 86_400


def ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def in_force(at: datetime) -> Q:
    return Q(lifted_at=None, starts_at__lte=at) & (Q(expires_at=None) | Q(expires_at__gt=at))


def over(at: datetime) -> Q:
    return Q(lifted_at__isnull=False) | Q(expires_at__lte=at)


def with_people(sanctions: QuerySet[Sanction]) -> QuerySet[Sanction]:
    return sanctions.select_related("user", "by", "lifted_by", "appeal")


def appeal_of(sanction: Sanction) -> Appeal | None:
    return getattr(sanction, "appeal", None)


def sanction_card(sanction: Sanction, *, place: str) -> SanctionCard:
    """As the person concerned sees it."""
    appeal = appeal_of(sanction)
    ended = sanction.lifted_at is not None or (sanction.expires_at is not None and sanction.expires_at <= now())
    return {
        "id": sanction.pk,
        "scope": sanction.scope,
        "place": place,
        "kind": cast(SanctionKind, sanction.kind),
        "reason": cast(Reason, sanction.reason),
        "rule": sanction.rule,
        "starts_at": to_ms(sanction.starts_at),
        "expires_at": ms(sanction.expires_at),
        "lifted_at": ms(sanction.lifted_at),
        "appeal": cast(AppealState, appeal.state) if appeal else None,
        "may_appeal": appeal is None and not ended,
        "version": sanction.version,
    }


def sanction_record(sanction: Sanction, *, place: str) -> SanctionRecord:
    """As moderators see it."""
    return {
        **sanction_card(sanction, place=place),
        "user": card(sanction.user),
        "note": sanction.note,
        "by": card(sanction.by) if sanction.by else None,
        "lifted_by": card(sanction.lifted_by) if sanction.lifted_by else None,
        "lifted_why": sanction.lifted_why,
        "hides_earlier": sanction.hides_earlier,
    }


def sanction_records(sanctions: Iterable[Sanction]) -> list[SanctionRecord]:
    found = list(sanctions)
    titles = places.titles_of(one.scope for one in found)
    return [sanction_record(one, place=titles.get(one.scope, "")) for one in found]


def record_of(sanction: Sanction) -> SanctionRecord:
    return sanction_records([sanction])[0]


def own_card(sanction: Sanction) -> SanctionCard:
    return sanction_card(sanction, place=places.titles_of([sanction.scope]).get(sanction.scope, ""))


def held_to(user_ids: Collection[int]) -> dict[int, list[SanctionCard]]:
    """What each person is held to now, or was warned of, the latest first; a shadow is not told. Two queries and more
    for names."""
    current = Sanction.objects.filter(in_force(now()), user_id__in=user_ids).exclude(kind=Sanction.Kind.SHADOW_MUTE)
    rows = list(current.select_related("appeal").order_by("-pk"))
    titles = places.titles_of(one.scope for one in rows)
    found: dict[int, list[SanctionCard]] = {}
    for sanction in rows:
        found.setdefault(sanction.user_id, []).append(sanction_card(sanction, place=titles.get(sanction.scope, "")))
    return found


def own_sanctions(user_id: int) -> list[SanctionCard]:
    """All that somebody was ever held to, the latest first; without shadows."""
    theirs = Sanction.objects.filter(user_id=user_id).exclude(kind=Sanction.Kind.SHADOW_MUTE)
    rows = list(theirs.select_related("appeal").order_by("-pk")[:100])
    titles = places.titles_of(one.scope for one in rows)
    return [sanction_card(one, place=titles.get(one.scope, "")) for one in rows]


def sanctions(
    *,
    state: SanctionState = "current",
    scope: str | None = None,
    user: int | None = None,
    kind: str | None = None,
    before: int | None = None,
) -> QuerySet[Sanction]:
    """The latest first, those before an id. `scope`: as `scope_is` has it."""
    found = with_people(Sanction.objects.order_by("-pk"))
    if state != "any":
        found = found.filter(in_force(now()) if state == "current" else over(now()))
    if scope is not None:
        found = found.filter(scope_is(scope))
    if user is not None:
        found = found.filter(user_id=user)
    if kind is not None:
        found = found.filter(kind=kind)
    return found if before is None else found.filter(pk__lt=before)


def scope_is(scope: str) -> Q:
    """`show:7`: that room; `show`: all rooms."""
    return Q(scope=scope) | Q(scope__startswith=f"{scope}:")


def record_card(user_id: int, *, scope: str | None = None) -> RecordCard:
    """What moderators know of somebody before they decide; whoever runs a `scope` gets nothing of other places.

    Four queries and more for names. Raises NotFound.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound
    theirs, cases = Sanction.objects.filter(user_id=user_id), Case.objects.filter(subject_id=user_id)
    if scope is not None:
        theirs, cases = theirs.filter(scope=scope), cases.filter(scope=scope)
    kinds = dict(theirs.values_list("kind").annotate(count=Count("pk")).order_by())
    current = with_people(theirs.filter(in_force(now()))).order_by("-pk")
    action, secs = next_step(user_id, scope=scope)
    return {
        "user": card(user),
        "joined_at": to_ms(user.joined_at),
        "warnings": kinds.get(Sanction.Kind.WARNING, 0),
        "mutes": kinds.get(Sanction.Kind.MUTE, 0) + kinds.get(Sanction.Kind.SHADOW_MUTE, 0),
        "bans": kinds.get(Sanction.Kind.BAN, 0) + kinds.get(Sanction.Kind.KICK, 0),
        "reported": cases.count(),
        "active": sanction_records(current),
        "proposed": action,
        "proposed_secs": secs,
    }


def next_step(user_id: int, *, scope: str | None = None) -> tuple[Action, int | None]:
    """The ladder: a warning, ten minutes, a day, then a ban of a week; with a `scope`, for what was there alone. What
    was overturned does not count."""
    recent = Sanction.objects.filter(user_id=user_id, starts_at__gt=now() - LADDER_LOOKS_BACK)
    if scope is not None:
        recent = recent.filter(scope=scope)
    counted = recent.exclude(appeal__state=Appeal.State.OVERTURNED).exclude(lifted_why="undone")
    kinds = dict(counted.values_list("kind").annotate(count=Count("pk")).order_by())
    mutes = kinds.get(Sanction.Kind.MUTE, 0)
    if mutes >= 2 or kinds.get(Sanction.Kind.BAN):
        return "ban", FIRST_BAN_SECS
    if mutes:
        return "mute", SECOND_MUTE_SECS
    if kinds.get(Sanction.Kind.WARNING):
        return "mute", FIRST_MUTE_SECS
    return "warn", None
