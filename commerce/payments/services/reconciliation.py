"""A provider's statement of a day beside the ledger, day by day: whatever does not fit is a row that somebody looks at.

A day is compared once its statement is there. It is looked at again, a few times within a week and then no more by
itself, while its statement is not to be had, cannot be read, has nothing, or differs from the ledger.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from commerce.payments import providers
from commerce.payments.errors import DayNotOver
from commerce.payments.models import (
    LedgerEntry,
    ReconciliationDay,
    ReconciliationNote,
    ReconciliationRow,
    ReconciliationTry,
)
from commerce.payments.nudge import nudge_on_commit
from commerce.payments.port import BadStatement, Provider, ProviderUnavailable, StatementEntry
from commerce.payments.services import sorting
from community.accounts.models import User
from project.kernel.clock import bounds_of, database_now
from project.kernel.errors import NotFound

log = logging.getLogger(__name__)
State = ReconciliationDay.State

LOOK_BACK_DAYS = 7
# How long until a day is tried again: at first, and at most. Twice as long each time.
AFTER_FAILURE = (timedelta(hours=1), timedelta(hours=24))
# A day that was compared, and has nothing or a difference.
AFTER_DIFFERENCE = (timedelta(days=1), timedelta(days=4))
LONGEST_PROBLEM = 200
RECONCILE = "commerce.payments.tasks.reconcile_payments"


def reconcile_due() -> int:
    """Compare what is due; returns how many days were compared."""
    compared = list(_compared())
    for provider in compared:
        today = database_now().astimezone(provider.zone).date()
        days = {today - timedelta(days=back) for back in range(1, LOOK_BACK_DAYS + 1)}
        known = ReconciliationDay.objects.filter(provider=provider.name, day__in=days).values_list("day", flat=True)
        for day in days.difference(known):
            day_of(provider=provider, day=day)
    names = [provider.name for provider in compared]
    due = ReconciliationDay.objects.filter(provider__in=names, next_try_at__lte=database_now())
    return sum(reconcile(day=day).state == State.COMPARED for day in due.order_by("day", "provider"))


def day_of(*, provider: Provider, day: date) -> ReconciliationDay:
    """A day of a provider's books, due at once when nobody has asked for it before."""
    found, _ = ReconciliationDay.objects.get_or_create(
        provider=provider.name, day=day, defaults={"next_try_at": database_now()}
    )
    return found


def reconcile(*, day: ReconciliationDay) -> ReconciliationDay:
    """Compare a day with the ledger and sort its rows anew. A statement that is not to be had or cannot be read is a
    state of the day, and changes no row. Somebody who tries at the same moment keeps out of the way."""
    provider = providers.provider_of(day.provider)
    moment = database_now()
    mine = ReconciliationDay.objects.filter(pk=day.pk, tries=day.tries)
    if not mine.update(tries=day.tries + 1, tried_at=moment, next_try_at=moment + AFTER_FAILURE[0]):
        day.refresh_from_db()
        return day
    statement, state, problem = _fetch(provider, day.day)
    fits = False
    try:
        with transaction.atomic():
            # One comparison of a provider at a time: they look at each other's rows.
            ReconciliationDay.objects.select_for_update().filter(provider=day.provider).order_by("day").first()
            if state == State.COMPARED:
                fits = sorting.sort(provider=provider, day=day.day, statement=statement, moment=database_now())
            return _conclude(day, state, problem, fits)
    except Exception as error:  # one day must not hold up the others
        log.exception("%s of %s cannot be compared", day.provider, day.day)
        with transaction.atomic():
            return _conclude(day, State.FAILED, type(error).__name__, fits=False)


def ask_again(*, day_id: int, by: User) -> ReconciliationDay:
    """Have a day compared now, whatever became of it. Raises NotFound, DayNotOver."""
    with transaction.atomic():
        day = ReconciliationDay.objects.select_for_update().filter(pk=day_id).first()
        if day is None:
            raise NotFound
        moment = database_now()
        if bounds_of(day.day, providers.provider_of(day.provider).zone)[1] > moment:
            raise DayNotOver
        day.asked_by, day.asked_at, day.next_try_at = by, moment, moment
        day.save(update_fields=["asked_by", "asked_at", "next_try_at"])
        nudge_on_commit(RECONCILE)
    return day


def note(*, row_id: int, text: str, by: User) -> ReconciliationNote:
    """Write down that somebody checked by hand what a row says now. Raises NotFound."""
    with transaction.atomic():
        row = ReconciliationRow.objects.select_for_update().filter(pk=row_id).first()
        if row is None:
            raise NotFound
        made = ReconciliationNote.objects.create(row=row, result=row.result, text=text, by=by)
        ReconciliationRow.objects.filter(pk=row.pk).update(checked_at=database_now())
    return made


def _compared() -> Iterator[Provider]:
    """The providers that are offered, and those that were while money moved through them."""
    since = database_now() - timedelta(days=LOOK_BACK_DAYS + 1)
    for name, provider in providers.KNOWN.items():
        of_it = Q(payment__provider=name) | Q(top_up__provider=name)
        if providers.is_offered(name) or (
            provider.is_ready() and LedgerEntry.objects.filter(of_it, at__gte=since).exists()
        ):
            yield provider


def _fetch(provider: Provider, day: date) -> tuple[list[StatementEntry], State, str]:
    if not provider.is_ready():
        return [], State.UNAVAILABLE, "not set up"
    try:
        statement = provider.statement(day=day)
        sorting.check(statement)
        return statement, State.COMPARED, ""
    except ProviderUnavailable as error:
        log.warning("the statement of %s of %s is not to be had: %r", provider.name, day, error)
        return [], State.UNAVAILABLE, str(error)
    except BadStatement as error:
        log.error("the statement of %s of %s cannot be read: %s", provider.name, day, error)
        return [], State.UNREADABLE, str(error)
    except Exception as error:  # an SDK, or we: nothing is known of the day, and it is tried again
        log.exception("the statement of %s of %s cannot be fetched", provider.name, day)
        return [], State.FAILED, type(error).__name__


def _conclude(seen: ReconciliationDay, state: State, problem: str, fits: bool) -> ReconciliationDay:
    """How a try went, and when the next one is. Whoever asked again meanwhile is not forgotten."""
    day = ReconciliationDay.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=seen.pk)
    moment = database_now()
    day.problem = "".join(letter if letter.isprintable() else " " for letter in problem)[:LONGEST_PROBLEM]
    compared = state == State.COMPARED
    day.streak = day.streak + 1 if (day.state == State.COMPARED) == compared and day.state != State.WAITING else 1
    day.state = state
    if compared:
        day.compared_at = moment
    by = day.asked_by if day.asked_at == seen.asked_at else None
    if day.asked_at is None or day.asked_at == seen.asked_at:
        day.asked_by = day.asked_at = None
        day.next_try_at = None if fits else _next_try(day, moment)
    else:
        day.next_try_at = moment
    day.save()
    ReconciliationTry.objects.create(day=day, state=state, problem=day.problem, by=by)
    return day


def _next_try(day: ReconciliationDay, moment: datetime) -> datetime | None:
    """Later each time, and no more by itself once the day is LOOK_BACK_DAYS away."""
    first, most = AFTER_DIFFERENCE if day.state == State.COMPARED else AFTER_FAILURE
    then = moment + min(first * 2 ** min(day.streak - 1, 10), most)
    over = bounds_of(day.day, providers.provider_of(day.provider).zone)[1]
    return then if then <= over + timedelta(days=LOOK_BACK_DAYS) else None
