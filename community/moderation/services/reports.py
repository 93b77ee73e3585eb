"""Reports, and what rules flag: one case a thing, however many say so."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from community.moderation import things
from community.moderation.cards import CopyCard, Reason
from community.moderation.errors import NoSelf, TooManyReports
from community.moderation.events import CaseChanged
from community.moderation.models import Case, Report
from community.moderation.selectors.cases import card_of, weight_of, with_people
from community.moderation.services import audit
from community.moderation.text.notes import tidy
from community.moderation.things import Found, Thing
from project.kernel.clock import database_now
from project.realtime.outbox import publish_on_commit

FLAG_WEIGHT = 1.0


def report(*, reporter_id: int, target: str, reason: Reason, note: str = "", seen_as: Found | None = None) -> Case:
    """Say that something is wrong with a thing; the same person again changes nothing. `seen_as`: what the reporter
    saw of it by a way of its own.

    Raises NotFound for what the reporter does not get to see, NoSelf, TooManyReports.
    """
    kind, thing, id = things.split(target)
    found = seen_as or thing.found(id, reader_id=reporter_id)
    if found.subject_id == reporter_id:
        raise NoSelf
    weight = weight_of(reporter_id)
    with transaction.atomic():
        thing.lock(id)
        now = database_now()
        case = _open_case(target, kind, found.scope, found.subject_id, found.copy, now)
        if Report.objects.filter(case=case, reporter_id=reporter_id).exists():
            return case
        today = Report.objects.filter(reporter_id=reporter_id, at__gt=now - timedelta(days=1))
        if today.count() >= settings.MODERATION_REPORTS_A_DAY:
            raise TooManyReports(detail={"most": settings.MODERATION_REPORTS_A_DAY})
        Report.objects.create(case=case, reporter_id=reporter_id, reason=reason, note=tidy(note), weight=weight, at=now)
        case.weight += weight
        case.reports += 1
        case.reasons = sorted({*case.reasons, reason})
        case.reported_at = now
        _hide_if_heavy(case, thing, id, now)
        return _changed(case)


@transaction.atomic
def flag(*, target: str, scope: str, subject_id: int, copy: CopyCard, rule: str) -> Case:
    """A rule has found something that moderators should look at. In the transaction that locked the thing."""
    kind, thing, id = things.split(target)
    now = database_now()
    case = _open_case(target, kind, scope, subject_id, copy, now)
    case.weight += FLAG_WEIGHT
    case.rule = rule
    case.reported_at = now
    _hide_if_heavy(case, thing, id, now)
    return _changed(case)


def _open_case(target: str, kind: str, scope: str, subject_id: int | None, copy: CopyCard, now: datetime) -> Case:
    """The open case of a thing, locked; made where there is none."""
    case, _ = Case.objects.get_or_create(
        target=target,
        state=Case.State.OPEN,
        defaults={
            "kind": kind,
            "scope": scope,
            "subject_id": subject_id,
            "copy": copy,
            "opened_at": now,
            "reported_at": now,
            "version": 0,
        },
    )
    locked = with_people(Case.objects.all()).select_for_update(of=("self",)).get(pk=case.pk)
    # Decided between the two: what is said now begins another one.
    return locked if locked.state == Case.State.OPEN else _open_case(target, kind, scope, subject_id, copy, now)


def _hide_if_heavy(case: Case, thing: Thing, id: int, now: datetime) -> None:
    """Out of sight until a moderator has looked; what one has kept before stays."""
    if not thing.can_hide or case.hidden_at or case.weight < settings.MODERATION_AUTO_HIDE_WEIGHT:
        return
    if Case.objects.filter(target=case.target, decision="keep").exists():
        return
    if thing.hide(id, "reports"):
        case.hidden_at = case.first_action_at = now
        audit.record(
            actor_id=None,
            action="case.hide",
            target=case.target,
            data={"case": case.pk, "weight": round(case.weight, 2), "reports": case.reports},
        )


def _changed(case: Case) -> Case:
    case.version += 1
    case.save()
    publish_on_commit(CaseChanged(case=card_of(case)))
    return case
