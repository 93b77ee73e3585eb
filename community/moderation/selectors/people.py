"""Finding somebody, or a place, at the desk, and what they have reported themselves."""

from __future__ import annotations

from typing import cast

from django.db.models import Q

from community.accounts.models import User
from community.accounts.selectors import Card, card
from community.moderation import places
from community.moderation.cards import MadeReport, PlaceCard, Reason
from community.moderation.models import Report
from community.moderation.selectors.cases import case_cards
from project.kernel.clock import to_ms
from project.kernel.errors import NotFound


def people_named(text: str, *, limit: int) -> list[Card]:
    """Whose name has the text in it, closed accounts too, and whoever has it as the number of the account."""
    wanted = Q(display_name__icontains=text)
    if text.isascii() and text.isdecimal() and len(text) <= 18:
        wanted |= Q(pk=int(text))
    return [card(user) for user in User.objects.filter(wanted).order_by("display_name", "pk")[:limit]]


def places_named(text: str, *, limit: int) -> list[PlaceCard]:
    """The rooms and groups whose titles have the text in them, or which have it as their number."""
    return [{"scope": scope, "place": title} for scope, title in places.named(text, limit).items()]


def reports_by(user_id: int, *, before: int | None, limit: int) -> list[MadeReport]:
    """The latest first, those before an id. Raises NotFound."""
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound
    made = Report.objects.filter(reporter_id=user_id).select_related("case__subject", "case__decided_by")
    if before is not None:
        made = made.filter(pk__lt=before)
    rows = list(made.order_by("-pk")[:limit])
    cases = {case["id"]: case for case in case_cards(report.case for report in rows)}
    return [
        {
            "id": report.pk,
            "case": cases[report.case_id],
            "reason": cast(Reason, report.reason),
            "note": report.note,
            "at": to_ms(report.at),
            "upheld": report.upheld,
        }
        for report in rows
    ]
