"""Days of providers' books, compared as the task does it."""

from __future__ import annotations

from datetime import date

from commerce.payments.models import ReconciliationDay
from commerce.payments.port import Provider
from commerce.payments.services.reconciliation import day_of, reconcile


def compare(provider: Provider, day: date) -> ReconciliationDay:
    return reconcile(day=day_of(provider=provider, day=day))
