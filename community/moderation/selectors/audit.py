"""The log, for those who read it at the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q

from community.accounts.models import User
from community.accounts.selectors import card
from community.moderation import places
from community.moderation.cards import AuditCard
from community.moderation.models import AuditRow, Case
from project.kernel.clock import to_ms


def audit_rows(
    *,
    limit: int,
    before: int | None = None,
    target: str | None = None,
    action: str | None = None,
    actor: int | None = None,
    person: int | None = None,
    place: str | None = None,
) -> list[AuditRow]:
    """The last rows before a number, newest first. `person`: who it was done to, or whose thing; `place`: a channel, or
    `site`."""
    found = AuditRow.objects.order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    if target is not None:
        found = found.filter(target=target)
    if action is not None:
        found = found.filter(action=action)
    if actor is not None:
        found = found.filter(actor_id=actor)
    if person is not None:
        theirs = Case.objects.filter(subject=person).values("target")
        found = found.filter(Q(target=f"user:{person}") | Q(target__in=theirs))
    if place is not None:
        there = Q(target=place) | Q(data__scope=place) | Q(data__channel=place)
        cases = Case.objects.filter(scope=place).values("target")
        found = found.filter(there | Q(action__startswith="case.", target__in=cases))
    return list(found[:limit])


def audit_cards(found: Iterable[AuditRow]) -> list[AuditCard]:
    """Two queries, and more for names of places."""
    rows = list(found)
    reported = {
        target: (scope, subject_id)
        for target, scope, subject_id in Case.objects.filter(target__in={row.target for row in rows})
        .order_by("pk")
        .values_list("target", "scope", "subject_id")
    }
    about = {row.number: _about(row, reported) for row in rows}
    ids = [row.actor_id for row in rows] + [person_id for _, person_id in about.values()]
    people = {user.pk: card(user) for user in User.objects.filter(pk__in={id for id in ids if id is not None})}
    titles = places.titles_of(scope for scope, _ in about.values() if scope)
    return [
        {
            "number": row.number,
            "at": to_ms(row.at),
            "actor": people.get(row.actor_id) if row.actor_id else None,
            "action": row.action,
            "target": row.target,
            "person": people.get(about[row.number][1] or 0),
            "scope": about[row.number][0],
            "place": titles.get(about[row.number][0], ""),
            "details": row.data,
            "hash": row.hash,
        }
        for row in rows
    ]


def _about(row: AuditRow, reported: Mapping[str, tuple[str, int | None]]) -> tuple[str, int | None]:
    """Where it was done, and to whom; as far as it is known."""
    kind, _, id = row.target.partition(":")
    scope, person_id = reported.get(row.target, ("", None))
    if kind == "user":
        scope, person_id = "", int(id)
    elif kind != "message":
        # What is done to a place concerns nobody, but for what was reported of it.
        scope, person_id = row.target, person_id if row.action.startswith("case.") else None
    return row.data.get("scope") or row.data.get("channel") or scope, person_id
