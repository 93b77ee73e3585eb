"""What moderators decide about cases, and that they may think again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from community.moderation import things
from community.moderation.cards import Action, Reason, SanctionKind
from community.moderation.errors import AlreadyDecided, TooLateToUndo
from community.moderation.events import CaseChanged
from community.moderation.models import Case, Decision, Report, Sanction
from community.moderation.models.sanctions import SITE
from community.moderation.selectors import rights
from community.moderation.selectors.cases import card_of, with_people
from community.moderation.services import audit
from community.moderation.services.sanctions import add_sanction, end_sanction
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, Forbidden, Invalid, NotFound
from project.realtime.outbox import publish_on_commit

SANCTIONS: dict[Action, SanctionKind] = {
    "warn": "warning",
    "mute": "mute",
    "kick": "kick",
    "ban": "ban",
    "shadow": "shadow_mute",
}


class Verdict(NamedTuple):
    """What is to be done. `everywhere`: the sanction holds on the whole site, not where the thing is. `secs` None: for
    good. `reason` None: what most reports say."""

    action: Action
    secs: int | None = None
    everywhere: bool = False
    reason: Reason | None = None
    rule: str = ""
    note: str = ""
    hides_earlier: bool = False


@transaction.atomic
def decide(*, by: int, case_id: int, verdict: Verdict, given: Collection[Sanction] = ()) -> Case:
    """Decide an open case, for moderators and whoever runs the place. Everything but `keep` puts the thing out of
    sight. `given` are sanctions of the same verdict: whoever has one there gets no second one.

    Raises NotFound, Forbidden, AlreadyDecided, Invalid for what cannot be done to such a thing, Untouchable.
    """
    case, thing, id = _locked(by, case_id)
    if case.state != Case.State.OPEN:
        raise AlreadyDecided(detail={"by": case.decided_by_id})
    now = database_now()
    action = verdict.action
    sanction: Sanction | None = None
    hid = False
    if action == "keep":
        if case.hidden_at is not None and thing.restore(id):
            case.hidden_at = None
    elif thing.can_hide:
        # Whoever is to write in the shadow would know by what is gone.
        hid = thing.hide(id, "verdict" if action == "shadow" else "moderator")
        case.hidden_at = case.hidden_at or now
    elif action == "remove":
        raise Invalid(fields={"action": ["cannot_be_removed"]})
    if action in SANCTIONS:
        if case.subject_id is None:
            raise Invalid(fields={"action": ["nobody_to_sanction"]})
        scope = _scope(case, verdict, by)
        reason: Reason = verdict.reason or (case.reasons[0] if case.reasons else "other")
        same = (case.subject_id, scope, reason)
        sanction = next((one for one in given if (one.user_id, one.scope, one.reason) == same), None)
        sanction = sanction or add_sanction(
            by=by,
            user_id=case.subject_id,
            scope=scope,
            kind=SANCTIONS[action],
            reason=reason,
            rule=verdict.rule or case.rule,
            note=verdict.note,
            secs=verdict.secs,
            hides_earlier=verdict.hides_earlier,
        )
    Decision.objects.create(case=case, action=action, by_id=by, at=now, sanction=sanction, hid=hid)
    Report.objects.filter(case=case).update(upheld=action != "keep")
    case.state, case.decision, case.decided_by_id, case.decided_at = Case.State.DECIDED, action, by, now
    case.first_action_at = case.first_action_at or now
    audit.record(actor_id=by, action=f"case.{action}", target=case.target, data={"case": case.pk})
    return _changed(case)


@transaction.atomic
def undo(*, by: int, case_id: int) -> Case:
    """Take one's own decision back while it is fresh: the sanction ends unless another decision stands behind it, the
    thing is where it was, the case is open.

    Raises NotFound, Forbidden, TooLateToUndo.
    """
    case, thing, id = _locked(by, case_id)
    now = database_now()
    last = Decision.objects.filter(case=case, undone_at=None).order_by("-pk").first()
    if case.state != Case.State.DECIDED or last is None:
        raise TooLateToUndo
    if last.by_id != by:
        raise Forbidden
    fresh = last.at + timedelta(seconds=settings.MODERATION_UNDO_SECS) > now
    if not fresh or Case.objects.filter(target=case.target, state=Case.State.OPEN).exists():
        raise TooLateToUndo
    if last.hid and thing.restore(id):
        case.hidden_at = None
    last.undone_at = now
    last.save(update_fields=["undone_at"])
    if last.sanction_id is not None:
        _end(by, last.sanction_id)
    Report.objects.filter(case=case).update(upheld=None)
    case.state, case.decision, case.decided_by, case.decided_at = Case.State.OPEN, "", None, None
    audit.record(actor_id=by, action="case.undo", target=case.target, data={"case": case.pk})
    return _changed(case)


class Outcome(NamedTuple):
    case_id: int
    case: Case | None
    error: DomainError | None


def decide_many(*, by: int, case_ids: Sequence[int], verdict: Verdict) -> list[Outcome]:
    """Each by itself: one that cannot be decided hurts no other. Somebody whom many are about is sanctioned, and told,
    once."""
    found: list[Outcome] = []
    given: list[Sanction] = []
    for case_id in dict.fromkeys(case_ids):
        try:
            case = decide(by=by, case_id=case_id, verdict=verdict, given=given)
        except DomainError as error:
            found.append(Outcome(case_id, None, error))
            continue
        found.append(Outcome(case_id, case, None))
        last = Decision.objects.filter(case=case, undone_at=None).select_related("sanction").last()
        if last and last.sanction and last.sanction not in given:
            given.append(last.sanction)
    return found


def _locked(by: int, case_id: int) -> tuple[Case, things.Thing, int]:
    """The case under its lock, and the thing's, for those who may decide it. Raises NotFound, Forbidden."""
    known = Case.objects.filter(pk=case_id).values_list("target", "scope", "subject_id").first()
    if known is None:
        raise NotFound
    target, scope, subject_id = known
    rights.moderator_in(by, scope)
    if subject_id == by:
        raise Forbidden
    _, thing, id = things.split(target)
    thing.lock(id)
    return with_people(Case.objects.all()).select_for_update(of=("self",)).get(pk=case_id), thing, id


def _scope(case: Case, verdict: Verdict, by: int) -> str:
    if verdict.everywhere or case.scope == SITE or case.scope.startswith("dm:"):
        rights.moderator(by)
        return SITE
    return case.scope


def _end(by: int, sanction_id: int) -> None:
    # Locked: of two decisions behind it that are taken back at once, the second one ends it.
    held = Sanction.objects.select_for_update().get(pk=sanction_id).lifted_at is None
    if held and not Decision.objects.filter(sanction=sanction_id, undone_at=None).exists():
        end_sanction(by=by, sanction_id=sanction_id, why="undone")


def _changed(case: Case) -> Case:
    case.version += 1
    case.save()
    case = with_people(Case.objects.all()).get(pk=case.pk)
    publish_on_commit(CaseChanged(case=card_of(case)))
    return case
