"""How the desk is doing: figures by the day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from statistics import median

from community.moderation.cards import DayFigures, Metrics
from community.moderation.models import Appeal, Case, Report
from community.moderation.selectors.cases import seconds_between
from community.moderation.selectors.sanctions import ms
from project.kernel.clock import now, to_ms


def metrics(*, days: int) -> Metrics:
    """The last `days` days, today too, the oldest first. Five queries."""
    today = now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=days - 1)
    reports = _by_day(Report.objects.filter(at__gte=first).values_list("at", flat=True))
    opened = list(Case.objects.filter(opened_at__gte=first).values_list("opened_at", "first_action_at"))
    cases = _by_day(at for at, _ in opened)
    waited: dict[datetime, list[int]] = {}
    for at, acted_at in opened:
        if acted_at is not None:
            waited.setdefault(_day(at), []).append(seconds_between(at, acted_at))
    appeals = list(Appeal.objects.filter(at__gte=first).values_list("at", "state"))
    given = _by_day(at for at, _ in appeals)
    overturned = _by_day(at for at, state in appeals if state == Appeal.State.OVERTURNED)
    open_cases = Case.objects.filter(state=Case.State.OPEN)
    oldest = open_cases.order_by("opened_at").values_list("opened_at", flat=True).first()
    found: list[DayFigures] = [
        {
            "at": to_ms(day),
            "reports": reports.get(day, 0),
            "cases": cases.get(day, 0),
            "first_action_secs": round(median(waited[day])) if day in waited else None,
            "appeals": given.get(day, 0),
            "overturned": overturned.get(day, 0),
        }
        for day in (first + timedelta(days=n) for n in range(days))
    ]
    every = [secs for waits in waited.values() for secs in waits]
    return {
        "days": found,
        "acted": len(every),
        "first_action_secs": round(median(every)) if every else None,
        "open_cases": open_cases.count(),
        "oldest_open_at": ms(oldest),
    }


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _by_day(moments: Iterable[datetime]) -> dict[datetime, int]:
    found: dict[datetime, int] = {}
    for at in moments:
        found[_day(at)] = found.get(_day(at), 0) + 1
    return found
