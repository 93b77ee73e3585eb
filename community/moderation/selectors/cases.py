"""The queue of the desk, and a case with all that is needed to decide it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db.models import Count, QuerySet, Subquery
from django.db.models.functions import Coalesce

from community.accounts.models import User
from community.accounts.selectors import card
from community.moderation import places, things
from community.moderation.cards import (
    Action,
    AppealCard,
    AppealState,
    CaseDetail,
    CaseKind,
    CaseState,
    CopyCard,
    DeskSnapshot,
    Reason,
    ReportCard,
    ReportedCard,
)
from community.moderation.models import Appeal, Case, Decision, HeldMessage, HeldTally, Report
from community.moderation.selectors import rights
from community.moderation.selectors.sanctions import ms, record_card, sanction_records, scope_is
from project.kernel.clock import now, to_ms
from project.kernel.errors import NotFound

REPORTS_SHOWN = 50


def with_people(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.select_related("subject", "decided_by")


def case_card(case: Case, *, place: str) -> ReportedCard:
    return {
        "id": case.pk,
        "kind": cast(CaseKind, case.kind),
        "target": case.target,
        "scope": case.scope,
        "place": place,
        "subject": card(case.subject) if case.subject else None,
        "copy": cast(CopyCard, case.copy),
        "state": cast(CaseState, case.state),
        "weight": round(case.weight, 2),
        "reports": case.reports,
        "reasons": cast(list[Reason], case.reasons),
        "rule": case.rule,
        "hidden": case.hidden_at is not None,
        "opened_at": to_ms(case.opened_at),
        "reported_at": to_ms(case.reported_at),
        "decision": cast(Action, case.decision) if case.decision else None,
        "decided_by": card(case.decided_by) if case.decided_by else None,
        "decided_at": ms(case.decided_at),
        "version": case.version,
    }


def case_cards(cases: Iterable[Case]) -> list[ReportedCard]:
    found = list(cases)
    titles = places.titles_of(case.scope for case in found)
    return [case_card(case, place=titles.get(case.scope, "")) for case in found]


def card_of(case: Case) -> ReportedCard:
    return case_cards([case])[0]


def queue(
    *,
    state: str | None = Case.State.OPEN,
    scope: str | None = None,
    kind: str | None = None,
    reason: str | None = None,
    automatic: bool | None = None,
    subject: int | None = None,
) -> QuerySet[Case]:
    """Cases by filters; `automatic`: those that a rule has flagged, or the others."""
    found = with_people(Case.objects.all())
    if state is not None:
        found = found.filter(state=state)
    if scope is not None:
        found = found.filter(scope_is(scope))
    if kind is not None:
        found = found.filter(kind=kind)
    if subject is not None:
        found = found.filter(subject_id=subject)
    if automatic is not None:
        found = found.exclude(rule="") if automatic else found.filter(rule="")
    if reason is not None:
        # Reasons are a short list of words; SQLite cannot look into it.
        found = found.filter(reasons__icontains=f'"{reason}"')
    return found


def case(case_id: int) -> Case:
    """Raises NotFound."""
    found = with_people(Case.objects.filter(pk=case_id)).first()
    if found is None:
        raise NotFound
    return found


def case_detail(found: Case, *, reader_id: int) -> CaseDetail:
    """For whoever may see the case; of the person, those who run the place get what belongs there. Whoever it is about
    learns neither who reported it nor what moderators note."""
    scope = None if rights.rank_of(reader_id, found.scope) >= rights.MODERATOR else found.scope
    reports = Report.objects.filter(case=found).select_related("reporter").order_by("-pk")[:REPORTS_SHOWN]
    _, thing, id = things.split(found.target)
    is_own = found.subject_id == reader_id
    return {
        "case": card_of(found),
        "reports": [] if is_own else [report_card(report) for report in reports],
        "around": thing.context(id),
        "record": record_card(found.subject_id, scope=scope) if found.subject_id and not is_own else None,
        "undo_until": undo_until(found, reader_id),
    }


def report_card(report: Report) -> ReportCard:
    return {
        "reporter": card(report.reporter),
        "reason": cast(Reason, report.reason),
        "note": report.note,
        "weight": round(report.weight, 2),
        "at": to_ms(report.at),
    }


def undo_until(found: Case, reader_id: int) -> int | None:
    last = Decision.objects.filter(case=found, undone_at=None).order_by("-pk").first()
    if found.state != Case.State.DECIDED or last is None or last.by_id != reader_id:
        return None
    until = last.at + timedelta(seconds=settings.MODERATION_UNDO_SECS)
    return to_ms(until) if until > now() else None


def weight_of(reporter_id: int) -> float:
    """What somebody's report counts: 1 to begin with; more for whoever was right before, next to nothing for whoever
    never was, half as much from an account of less than a day, 3 from moderators."""
    user = User.objects.prefetch_related("roles").get(pk=reporter_id)
    if user.is_staff or any(role.name == "moderator" for role in user.roles.all()):
        return 3.0
    outcomes = list(
        Report.objects.filter(reporter_id=reporter_id, upheld__isnull=False)
        .order_by("-pk")
        .values_list("upheld", flat=True)[:100]
    )
    right = outcomes.count(True)
    trust = (right + 2) / (len(outcomes) + 2) + 0.1 * min(right, 10)
    young = now() - user.joined_at < timedelta(days=1)
    return max(0.1, round(trust * (0.5 if young else 1), 3))


def desk_snapshot() -> DeskSnapshot:
    # In one statement, which sees one moment: a count that is newer than its version would be taken back by an event.
    waiting = HeldMessage.objects.filter(state=HeldMessage.State.WAITING).values("state").order_by()
    count = Coalesce(Subquery(waiting.annotate(count=Count("pk")).values("count")), 0)
    tally = HeldTally.objects.annotate(count=count).values_list("count", "version").first()
    held, version = tally or (held_count(), 0)
    return {
        "open_cases": Case.objects.filter(state=Case.State.OPEN).count(),
        "open_appeals": Appeal.objects.filter(state=Appeal.State.OPEN).count(),
        "held": held,
        "held_version": version,
    }


def held_count() -> int:
    return HeldMessage.objects.filter(state=HeldMessage.State.WAITING).count()


def appeals(state: str) -> QuerySet[Appeal]:
    found = Appeal.objects.filter(state=state)
    return found.select_related("sanction__user", "sanction__by", "sanction__lifted_by", "decided_by")


def appeal_cards(found: Iterable[Appeal], *, reader_id: int | None = None) -> list[AppealCard]:
    """`mine`: the reader may not decide it."""
    rows = list(found)
    records = {record["id"]: record for record in sanction_records(appeal.sanction for appeal in rows)}
    return [
        {
            "id": appeal.pk,
            "sanction": records[appeal.sanction_id],
            "text": appeal.text,
            "state": cast(AppealState, appeal.state),
            "at": to_ms(appeal.at),
            "answer": appeal.answer,
            "decided_by": card(appeal.decided_by) if appeal.decided_by else None,
            "decided_at": ms(appeal.decided_at),
            "mine": reader_id in (appeal.sanction.by_id, appeal.sanction.user_id),
            "version": appeal.version,
        }
        for appeal in rows
    ]


def seconds_between(start: datetime, end: datetime) -> int:
    return round((end - start).total_seconds())
