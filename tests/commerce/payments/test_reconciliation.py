from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commerce.payments import providers
from commerce.payments.models import LedgerEntry, ReconciliationRow, SandboxCharge
from commerce.payments.port import ProviderUnavailable, StatementEntry
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services import reconciliation, refunds
from commerce.payments.services.reconciliation import reconcile
from project.kernel.clock import now
from project.kernel.money import Money
from tests.commerce.payments.test_partial_refunds import ask, paid_order
from tests.support.buying import api, charge_of
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

YESTERDAY = datetime(2026, 11, 3, 12, tzinfo=UTC)
DAY = YESTERDAY.date()


def paid_on(at: datetime = YESTERDAY, *, ours: datetime | None = None, price: int = 1000) -> SandboxCharge:
    """A charge that was paid at a moment in the sandbox's books, and `ours` in the ledger."""
    charge = charge_of(paid_order(price=price).payments.get())
    SandboxCharge.objects.filter(pk=charge.pk).update(decided_at=at)
    LedgerEntry.objects.filter(reference=charge.merchant_key).update(at=ours or at)
    return charge


def results(day: date = DAY) -> list[tuple[str, int | None, int | None]]:
    reconcile(provider=SandboxProvider(), day=day)
    return list(ReconciliationRow.objects.filter(day=day).order_by("pk").values_list("result", "ours", "theirs"))


def test_what_both_have_is_fine() -> None:
    paid_on()
    order = paid_order()
    refund = ask(order, 300, "aftersale:1")
    refunds.send_refunds()
    assert results() == [("ok", 1000, 1000)]
    today = now().date()
    reconcile(provider=SandboxProvider(), day=today)
    made = ReconciliationRow.objects.filter(day=today).order_by("pk").values_list("kind", "key", "result", "theirs")
    assert list(made) == [
        ("paid", refund.payment.provider_key, "ok", 1000),
        ("refunded", refund.key, "ok", 300),
    ]


@pytest.mark.parametrize("hour", [0, 15, 16, 23])
def test_a_day_is_that_of_the_provider_wherever_the_shop_is(hour: int) -> None:
    at = datetime(2026, 11, 3, hour, 30, tzinfo=UTC)
    paid_on(at)
    assert results() == [("ok", 1000, 1000)]
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        assert results(day) == []


def test_what_we_miss() -> None:
    LedgerEntry.objects.filter(reference=paid_on().merchant_key).delete()
    assert results() == [("we_miss", None, 1000)]


def test_what_they_miss() -> None:
    SandboxCharge.objects.filter(pk=paid_on().pk).update(state="closed")
    assert results() == [("they_miss", 1000, None)]


def test_another_amount() -> None:
    LedgerEntry.objects.filter(reference=paid_on().merchant_key).update(amount=999)
    assert results() == [("amount_differs", 999, 1000)]


def test_a_movement_that_they_have_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    key = paid_on().merchant_key
    twice = [StatementEntry(kind="paid", key=key, amount=Money(1000, "CNY"))] * 2
    monkeypatch.setattr(SandboxProvider, "statement", lambda self, day: twice)
    assert results() == [("duplicate", 1000, 2000)]


def test_the_same_day_again_replaces_what_was_found() -> None:
    charge = paid_on()
    SandboxCharge.objects.filter(pk=charge.pk).update(state="closed")
    results()
    SandboxCharge.objects.filter(pk=charge.pk).update(state="succeeded")
    assert results() == [("ok", 1000, 1000)]


@pytest.mark.parametrize("ours_first", [True, False])
def test_midnight_between_the_two_books_is_no_difference(ours_first: bool) -> None:
    midnight = datetime(2026, 11, 4, tzinfo=UTC)
    before, after = midnight - timedelta(seconds=1), midnight + timedelta(seconds=1)
    if ours_first:
        paid_on(after, ours=before)
    else:
        paid_on(before, ours=after)
    results(DAY)
    results(DAY + timedelta(days=1))
    assert ReconciliationRow.objects.values_list("result").get() == ("ok",)


def test_a_statement_that_is_not_to_be_had_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    paid_on()
    results()

    def away(self: SandboxProvider, *, day: date) -> list[StatementEntry]:
        raise ProviderUnavailable

    monkeypatch.setattr(SandboxProvider, "statement", away)
    with pytest.raises(ProviderUnavailable):
        reconcile(provider=SandboxProvider(), day=DAY)
    assert ReconciliationRow.objects.values_list("result").get() == ("ok",)
    assert reconciliation.reconcile_due() == 0


def test_days_that_are_over_are_compared_by_themselves() -> None:
    yesterday = now() - timedelta(days=1)
    paid_on(yesterday)
    assert reconciliation.reconcile_due() == 7
    assert ReconciliationRow.objects.values_list("day", "result").get() == (yesterday.date(), "ok")
    assert reconciliation.reconcile_due() == 6
    assert list(providers.all_offered()) == ["sandbox"]


def test_staff_look_at_a_day() -> None:
    paid_on()
    results()
    answer: Any = api(make_user(is_staff=True)).get("/api/studio/reconciliation/", {"day": "2026-11-03"})
    (row,) = answer.json()["results"]
    assert (row["provider"], row["kind"], row["result"], row["ours"], row["theirs"], row["currency"]) == (
        "sandbox",
        "paid",
        "ok",
        1000,
        1000,
        "CNY",
    )
    assert api(make_user()).get("/api/studio/reconciliation/", {"day": "2026-11-03"}).status_code == 403
    bad = api(make_user(is_staff=True)).get("/api/studio/reconciliation/", {"day": "x"})
    assert (bad.status_code, list(bad.json()["error"]["fields"])) == (400, ["day"])
