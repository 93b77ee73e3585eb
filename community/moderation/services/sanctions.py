"""Holding people to something, and letting them go.

Locks, in this order: conversations, the case, what is known by heart (`Revision`), the log.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction

from community.accounts.models import User
from community.moderation import known, places
from community.moderation.cards import Reason, SanctionKind
from community.moderation.errors import NoSelf, NotLifted, Untouchable
from community.moderation.events import RestrictionChanged, SanctionAdded, SanctionEvent, SanctionLifted
from community.moderation.models import Sanction
from community.moderation.models.sanctions import SITE
from community.moderation.selectors import rights
from community.moderation.selectors.sanctions import own_card, record_of, with_people
from community.moderation.services import audit
from community.moderation.text.notes import tidy
from project.kernel.clock import database_now
from project.kernel.errors import Forbidden, Invalid, KeyReused, NotFound
from project.realtime.outbox import publish_on_commit

# A warning is shown, and a kick keeps the door closed, for so long.
WARNING_SECS = 86_400
KICK_SECS = 600
LONGEST_SECS = 10 * 365 * 86_400
# How far back earlier messages go with a sanction.
EARLIER = timedelta(days=1)


def add_sanction(
    *,
    by: int | None,
    user_id: int,
    scope: str,
    kind: SanctionKind,
    reason: Reason,
    rule: str = "",
    note: str = "",
    secs: int | None = None,
    hides_earlier: bool = False,
    key: str = "",
) -> Sanction:
    """Hold somebody to something; `by` None: a rule does. `secs` None: until it is lifted; a warning and a kick have
    their own length.

    With a `key` it is given once, however often it is asked for.

    Raises NotFound, Forbidden, NoSelf, Untouchable for whoever stands as high as the one who does it, Invalid,
    KeyReused.
    """
    asked = _Asked(user_id, scope, kind, reason, tidy(rule), tidy(note), _length(kind, secs), hides_earlier)
    if key and (given := _given(by, key, asked)):
        return given
    try:
        return _give(by, asked, key)
    except IntegrityError:
        # The same request was quicker.
        if key and (given := _given(by, key, asked)):
            return given
        raise


class _Asked(NamedTuple):
    user_id: int
    scope: str
    kind: SanctionKind
    reason: Reason
    rule: str
    note: str
    secs: int | None
    hides_earlier: bool


def _length(kind: SanctionKind, secs: int | None) -> int | None:
    return {"warning": WARNING_SECS, "kick": secs or KICK_SECS}.get(kind, secs)


def _given(by: int | None, key: str, asked: _Asked) -> Sanction | None:
    """What was given under the key. Raises KeyReused where something else was asked for."""
    found = Sanction.objects.filter(by=by, key=key).first()
    if found is None:
        return None
    length = None if found.expires_at is None else round((found.expires_at - found.starts_at).total_seconds())
    was = (found.user_id, found.scope, found.kind, found.reason, found.rule, found.note, length, found.hides_earlier)
    if was != asked:
        raise KeyReused
    return found


@transaction.atomic
def _give(by: int | None, asked: _Asked, key: str) -> Sanction:
    user_id, scope, secs = asked.user_id, asked.scope, asked.secs
    if by == user_id:
        raise NoSelf
    if scope != SITE:
        place, _ = places.known(scope)
        if not place.watched:
            raise Forbidden
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound
    rank = rights.MODERATOR if by is None else rights.moderator_in(by, scope).rank
    # Whoever is sanctioned is told, in words of the one who does it: no way to write to whom one likes.
    if rank < rights.MODERATOR and not _concerns(scope, user_id):
        raise NotFound
    if User.objects.filter(pk=user_id, is_active=True).exists() and rights.rank_of(user_id, scope) >= rank:
        raise Untouchable
    if secs is not None and not 0 < secs <= LONGEST_SECS:
        raise Invalid(fields={"secs": ["out_of_range"]})
    now = database_now()
    hidden = (
        places.split(scope)[0].hide_earlier(scope, user_id, now - EARLIER, in_shadow=asked.kind == "shadow_mute")
        if asked.hides_earlier and scope != SITE
        else []
    )
    sanction = Sanction.objects.create(
        user_id=user_id,
        scope=scope,
        kind=asked.kind,
        reason=asked.reason,
        rule=asked.rule,
        note=asked.note,
        by_id=by,
        starts_at=now,
        expires_at=None if secs is None else now + timedelta(seconds=secs),
        hides_earlier=asked.hides_earlier,
        hidden=hidden,
        key=key,
    )
    known.changed("sanctions")
    audit.record(
        actor_id=by,
        action=f"sanction.{asked.kind}",
        target=f"user:{user_id}",
        data={"sanction": sanction.pk, "scope": scope, "reason": asked.reason, "secs": secs, "hidden": len(hidden)},
    )
    announce(SanctionAdded, sanction)
    return sanction


def _concerns(scope: str, user_id: int) -> bool:
    place, id = places.split(scope)
    return place.concerns(id, user_id)


@transaction.atomic
def lift_sanction(*, by: int, sanction_id: int, why: str = "") -> Sanction:
    """Let somebody go; what went out of sight with it comes back.

    Raises NotFound, Forbidden, Untouchable, NotLifted.
    """
    scope = Sanction.objects.filter(pk=sanction_id).values_list("scope", flat=True).first()
    if scope is None:
        raise NotFound
    may = rights.moderator_in(by, scope)
    sanction = with_people(Sanction.objects.all()).get(pk=sanction_id)
    if sanction.by and sanction.by_id != by and rights.rank_that_was(sanction.by, scope) > may.rank:
        raise Untouchable
    return end_sanction(by=by, sanction_id=sanction_id, why=why)


def end_sanction(*, by: int, sanction_id: int, why: str) -> Sanction:
    """The same for whoever has been let through already; in a transaction. Raises NotLifted."""
    now, why = database_now(), tidy(why)
    sanction = Sanction.objects.get(pk=sanction_id)
    if sanction.scope != SITE and sanction.hidden:
        places.split(sanction.scope)[0].restore(sanction.scope, sanction.hidden)
    sanction = with_people(Sanction.objects.all()).select_for_update(of=("self",)).get(pk=sanction_id)
    if sanction.lifted_at is not None or (sanction.expires_at is not None and sanction.expires_at <= now):
        raise NotLifted
    sanction.lifted_at, sanction.lifted_by_id, sanction.lifted_why = now, by, why
    sanction.version += 1
    sanction.save(update_fields=["lifted_at", "lifted_by", "lifted_why", "version"])
    known.changed("sanctions")
    audit.record(
        actor_id=by,
        action="sanction.lift",
        target=f"user:{sanction.user_id}",
        data={"sanction": sanction.pk, "scope": sanction.scope, "why": why},
    )
    announce(SanctionLifted, sanction)
    return sanction


def hold_again(*, by: int, sanction_id: int) -> Sanction:
    """Take `end_sanction` back, for whoever may: it holds for as long as it was to, and what went out of sight with it
    goes again. In a transaction."""
    sanction = Sanction.objects.get(pk=sanction_id)
    hidden: list[int] = []
    if sanction.scope != SITE and sanction.hidden:
        hidden = places.split(sanction.scope)[0].hide_again(sanction.scope, sanction.hidden)
    sanction = with_people(Sanction.objects.all()).select_for_update(of=("self",)).get(pk=sanction_id)
    sanction.lifted_at, sanction.lifted_by, sanction.lifted_why = None, None, ""
    sanction.hidden = hidden
    sanction.version += 1
    sanction.save(update_fields=["lifted_at", "lifted_by", "lifted_why", "hidden", "version"])
    known.changed("sanctions")
    audit.record(
        actor_id=by,
        action="sanction.again",
        target=f"user:{sanction.user_id}",
        data={"sanction": sanction.pk, "scope": sanction.scope, "hidden": len(hidden)},
    )
    announce(SanctionAdded, sanction)
    return sanction


def announce(event: type[SanctionEvent], sanction: Sanction) -> None:
    """Tell the person concerned, and in a group those who run it."""
    publish_on_commit(event(user_to=sanction.user_id, sanction=own_card(sanction)))
    if sanction.scope == SITE:
        return
    place, id = places.split(sanction.scope)
    # As where they are looked up: of oneself one does not learn what moderators note.
    told = sorted(place.run_by(id) - {sanction.user_id}) if place.has_members else []
    if told:
        record = record_of(sanction)
        publish_on_commit(*(RestrictionChanged(user_to=user_id, sanction=record) for user_id in told))
