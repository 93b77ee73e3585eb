"""Asking for another look at a sanction: once, and somebody else looks."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from community.moderation.errors import AlreadyDecided, AppealGiven, NothingToAppeal, NotLifted, NotYours, TooLateToUndo
from community.moderation.events import AppealChanged, SanctionChanged
from community.moderation.models import Appeal, Sanction
from community.moderation.selectors import rights
from community.moderation.selectors.cases import appeal_cards
from community.moderation.selectors.sanctions import with_people
from community.moderation.services import audit
from community.moderation.services.sanctions import announce, end_sanction, hold_again
from community.moderation.text.notes import tidy
from project.kernel.clock import database_now
from project.kernel.errors import Forbidden, Invalid, NotFound
from project.realtime.outbox import publish_on_commit


@transaction.atomic
def appeal(*, user_id: int, sanction_id: int, text: str) -> Appeal:
    """For the person concerned. Raises NotFound for anyone else's, AppealGiven, NothingToAppeal, Invalid."""
    text = tidy(text)
    if not text:
        raise Invalid(fields={"text": ["required"]})
    theirs = Sanction.objects.filter(user_id=user_id).exclude(kind=Sanction.Kind.SHADOW_MUTE)
    sanction = theirs.select_for_update().filter(pk=sanction_id).first()
    if sanction is None:
        raise NotFound
    if Appeal.objects.filter(sanction=sanction).exists():
        raise AppealGiven
    now = database_now()
    if sanction.lifted_at is not None or (sanction.expires_at is not None and sanction.expires_at <= now):
        raise NothingToAppeal
    try:
        with transaction.atomic():
            given = Appeal.objects.create(sanction=sanction, text=text, at=now)
    except IntegrityError:
        raise AppealGiven from None
    sanction.version += 1
    sanction.save(update_fields=["version"])
    audit.record(
        actor_id=user_id,
        action="appeal.give",
        target=f"user:{user_id}",
        data={"sanction": sanction_id, "appeal": given.pk},
    )
    return _announce(given)


@transaction.atomic
def decide_appeal(*, by: int, appeal_id: int, overturn: bool, answer: str = "") -> Appeal:
    """For a moderator who has not decided before; overturned, the sanction ends and what went with it comes back.

    Raises NotFound, Forbidden, NotYours, AlreadyDecided.
    """
    rights.moderator(by)
    sanction_id = Appeal.objects.filter(pk=appeal_id).values_list("sanction_id", flat=True).first()
    if sanction_id is None:
        raise NotFound
    found = Appeal.objects.select_related("sanction").get(pk=appeal_id)
    if by in (found.sanction.by_id, found.sanction.user_id):
        raise NotYours
    # The sanction's lock is held by both ways before the appeal's: the second of two moderators finds it decided.
    ended = False
    if overturn and found.state == Appeal.State.OPEN:
        with suppress(NotLifted):
            end_sanction(by=by, sanction_id=sanction_id, why="appeal")
            ended = True
    Sanction.objects.select_for_update().get(pk=sanction_id)
    found = Appeal.objects.select_for_update().get(pk=appeal_id)
    if found.state != Appeal.State.OPEN:
        raise AlreadyDecided(detail={"by": found.decided_by_id})
    person_id = Sanction.objects.values_list("user_id", flat=True).get(pk=sanction_id)
    found.state = Appeal.State.OVERTURNED if overturn else Appeal.State.UPHELD
    found.answer, found.decided_by_id, found.decided_at = tidy(answer), by, database_now()
    found.ended = ended
    found.version += 1
    found.save()
    Sanction.objects.filter(pk=sanction_id).update(version=F("version") + 1)
    audit.record(
        actor_id=by,
        action=f"appeal.{'overturn' if overturn else 'uphold'}",
        target=f"user:{person_id}",
        data={"sanction": sanction_id, "appeal": appeal_id},
    )
    return _announce(found)


@transaction.atomic
def undo_appeal(*, by: int, appeal_id: int) -> Appeal:
    """Take one's own decision back while it is fresh: the appeal is open, a sanction that ended with it holds again.

    Raises NotFound, Forbidden, TooLateToUndo.
    """
    rights.moderator(by)
    found = Appeal.objects.filter(pk=appeal_id).first()
    if found is None:
        raise NotFound
    _check_undo(found, by)
    # The locks are those of a decision, in its order.
    if found.ended:
        hold_again(by=by, sanction_id=found.sanction_id)
    sanction = Sanction.objects.select_for_update().get(pk=found.sanction_id)
    found = Appeal.objects.select_for_update().get(pk=appeal_id)
    # Of two who take it back at once, the second one finds it open; nothing of what was done above stays.
    _check_undo(found, by)
    found.state, found.answer, found.ended = Appeal.State.OPEN, "", False
    found.decided_by, found.decided_at = None, None
    found.version += 1
    found.save()
    Sanction.objects.filter(pk=sanction.pk).update(version=F("version") + 1)
    audit.record(
        actor_id=by,
        action="appeal.undo",
        target=f"user:{sanction.user_id}",
        data={"sanction": sanction.pk, "appeal": appeal_id},
    )
    return _announce(found)


def _check_undo(given: Appeal, by: int) -> None:
    """Raises Forbidden, TooLateToUndo."""
    if given.decided_at is None:
        raise TooLateToUndo
    if given.decided_by_id != by:
        raise Forbidden
    if given.decided_at + timedelta(seconds=settings.MODERATION_UNDO_SECS) <= database_now():
        raise TooLateToUndo


def _announce(given: Appeal) -> Appeal:
    found = Appeal.objects.select_related("sanction__user", "sanction__by", "decided_by").get(pk=given.pk)
    sanction = with_people(Sanction.objects.all()).get(pk=found.sanction_id)
    announce(SanctionChanged, sanction)
    publish_on_commit(AppealChanged(appeal=appeal_cards([found])[0]))
    return found
