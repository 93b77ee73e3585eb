"""How the desk is doing: figures by the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import median

from django.utils.timezone import get_current_timezone, localdate

from community.moderation.cards import DayFigures, Metrics
from community.moderation.models import Appeal, Case, Report
from community.moderation.selectors.cases import seconds_between
from community.moderation.selectors.sanctions import ms
from project.kernel.clock import bounds_of, now


def metrics(*, days: int) -> Metrics:
    """The last `days` days of the house, today too, the oldest first. Five queries."""
    oldest_day = localdate(now()) - timedelta(days=days - 1)
    first, _ = bounds_of(oldest_day, get_current_timezone())
    reports = _by_day(Report.objects.filter(at__gte=first).values_list("at", flat=True))
    opened = list(Case.objects.filter(opened_at__gte=first).values_list("opened_at", "first_action_at"))
    cases = _by_day(at for at, _ in opened)
    waited: dict[date, list[int]] = {}
    for at, acted_at in opened:
        if acted_at is not None:
            waited.setdefault(localdate(at), []).append(seconds_between(at, acted_at))
    appeals = list(Appeal.objects.filter(at__gte=first).values_list("at", "state"))
    given = _by_day(at for at, _ in appeals)
    overturned = _by_day(at for at, state in appeals if state == Appeal.State.OVERTURNED)
    open_cases = Case.objects.filter(state=Case.State.OPEN)
    oldest = open_cases.order_by("opened_at").values_list("opened_at", flat=True).first()
    found: list[DayFigures] = [
        {
            "day": day.isoformat(),
            "reports": reports[day],
            "cases": cases[day],
            "first_action_secs": round(median(waited[day])) if day in waited else None,
            "appeals": given[day],
            "overturned": overturned[day],
        }
        for day in (oldest_day + timedelta(days=n) for n in range(days))
    ]
    every = [secs for waits in waited.values() for secs in waits]
    return {
        "days": found,
        "acted": len(every),
        "first_action_secs": round(median(every)) if every else None,
        "open_cases": open_cases.count(),
        "oldest_open_at": ms(oldest),
    }


def _by_day(moments: Iterable[datetime]) -> Counter[date]:
    return Counter(localdate(at) for at in moments)
