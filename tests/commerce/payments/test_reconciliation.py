"""How movements are sorted. When days are compared: `test_reconciliation_days.py`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commerce.payments.models import LedgerEntry, Payment, ReconciliationChange, ReconciliationRow, SandboxCharge
from commerce.payments.port import StatementEntry
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services import refunds
from commerce.payments.services.reconciliation import note
from project.kernel.clock import now
from project.kernel.money import Money
from tests.commerce.payments.test_partial_refunds import ask, paid_order
from tests.support.buying import charge_of
from tests.support.comparing import compare
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

YESTERDAY = datetime(2026, 11, 3, 12, tzinfo=UTC)
DAY = YESTERDAY.date()
NEXT = DAY + timedelta(days=1)


def paid_on(at: datetime = YESTERDAY, *, ours: datetime | None = None, price: int = 1000) -> SandboxCharge:
    """A charge that was paid at a moment in the sandbox's books, and `ours` in the ledger."""
    charge = charge_of(paid_order(price=price).payments.get())
    SandboxCharge.objects.filter(pk=charge.pk).update(decided_at=at)
    LedgerEntry.objects.filter(reference=charge.merchant_key).update(at=ours or at)
    return charge


def results(day: date = DAY) -> list[tuple[str, int | None, int | None]]:
    assert compare(SandboxProvider(), day).state == "compared"
    return list(ReconciliationRow.objects.filter(day=day).order_by("pk").values_list("result", "ours", "theirs"))


def lose(charge: SandboxCharge) -> LedgerEntry:
    """Our books know nothing of it, for now."""
    entry = LedgerEntry.objects.get(reference=charge.merchant_key)
    entry.delete()
    return entry


def find_again(entry: LedgerEntry, at: datetime = YESTERDAY) -> None:
    entry.pk = None
    entry.save(force_insert=True)
    LedgerEntry.objects.filter(pk=entry.pk).update(at=at)


def says(monkeypatch: pytest.MonkeyPatch, *amounts: Money, key: str, day: date = DAY) -> None:
    """The sandbox's statement of a day has a payment so often, with these amounts."""
    entries = [StatementEntry(kind="paid", key=key, amount=amount) for amount in amounts]
    monkeypatch.setattr(SandboxProvider, "statement", lambda self, day, on=day: entries if day == on else [])


def test_what_both_have_is_fine() -> None:
    paid_on()
    order = paid_order()
    refund = ask(order, 300, "aftersale:1")
    refunds.send_refunds()
    assert results() == [("ok", 1000, 1000)]
    today = now().date()
    compare(SandboxProvider(), today)
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
    for day in (DAY - timedelta(days=1), NEXT):
        assert results(day) == []


def test_what_we_miss() -> None:
    lose(paid_on())
    assert results() == [("we_miss", None, 1000)]


def test_what_they_miss() -> None:
    SandboxCharge.objects.filter(pk=paid_on().pk).update(state="closed")
    assert results() == [("they_miss", 1000, None)]


def test_another_amount() -> None:
    LedgerEntry.objects.filter(reference=paid_on().merchant_key).update(amount=999)
    assert results() == [("amount_differs", 999, 1000)]


def test_another_currency_is_another_amount() -> None:
    LedgerEntry.objects.filter(reference=paid_on().merchant_key).update(currency="USD")
    assert results() == [("amount_differs", 1000, 1000)]
    assert ReconciliationRow.objects.values_list("ours_currency", "theirs_currency").get() == ("USD", "CNY")


def test_the_money_of_another_provider_is_not_ours() -> None:
    Payment.objects.filter(provider_key=paid_on().merchant_key).update(provider="wallet")
    assert results() == [("we_miss", None, 1000)]


@pytest.mark.parametrize("amounts", [(1000, 1000), (1000, 300), (300, 1000), (1, 1, 1)])
def test_a_movement_that_they_have_more_than_once_is_added_up(
    amounts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, *(Money(one, "CNY") for one in amounts), key=paid_on().merchant_key)
    assert results() == [("duplicate", 1000, sum(amounts))]
    row = ReconciliationRow.objects.get()
    assert (row.times, [one["amount"] for one in row.entries]) == (len(amounts), list(amounts))


def test_several_currencies_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [Money(1000, "CNY"), Money(1000, "USD")]
    says(monkeypatch, *both, key=paid_on().merchant_key)
    assert results() == [("duplicate", 1000, None)]
    assert ReconciliationRow.objects.get().entries == [one.as_dict() for one in both]


@pytest.mark.parametrize("order", [[DAY, NEXT], [NEXT, DAY], [NEXT, DAY, NEXT, DAY]])
def test_a_movement_that_two_days_have_counts_on_the_first(order: list[date], monkeypatch: pytest.MonkeyPatch) -> None:
    entry = StatementEntry(kind="paid", key=paid_on().merchant_key, amount=Money(1000, "CNY"))
    monkeypatch.setattr(SandboxProvider, "statement", lambda self, day: [entry])
    for day in order:
        results(day)
    rows = ReconciliationRow.objects.order_by("day").values_list("day", "result", "ours", "theirs")
    assert list(rows) == [(DAY, "ok", 1000, 1000), (NEXT, "duplicate", None, 1000)]


def test_what_we_missed_heals_when_our_record_comes() -> None:
    entry = lose(paid_on())
    results()
    missed = ReconciliationRow.objects.get()
    note(row_id=missed.pk, text="asked the provider", by=make_user(is_staff=True))
    find_again(entry)
    assert results() == [("ok", 1000, 1000)]
    row = ReconciliationRow.objects.get()
    assert row.pk == missed.pk
    assert row.healed_at == row.found_at > missed.found_at
    assert row.checked_at is None
    change = ReconciliationChange.objects.get()
    assert (change.row_id, change.result, change.ours, change.theirs) == (row.pk, "we_miss", None, 1000)
    assert (change.since, change.at >= row.found_at) == (missed.found_at, True)
    assert row.notes.values_list("text", "result").get() == ("asked the provider", "we_miss")


def test_it_heals_on_its_day_when_the_day_of_our_record_is_compared() -> None:
    entry = lose(paid_on())
    results()
    find_again(entry, at=YESTERDAY + timedelta(days=1))
    assert results(NEXT) == []
    assert ReconciliationRow.objects.values_list("day", "result", "ours").get() == (DAY, "ok", 1000)


def test_what_they_missed_heals_when_they_find_it() -> None:
    charge = paid_on()
    SandboxCharge.objects.filter(pk=charge.pk).update(state="closed")
    results()
    SandboxCharge.objects.filter(pk=charge.pk).update(state="succeeded")
    assert results() == [("ok", 1000, 1000)]
    assert ReconciliationRow.objects.get().healed_at is not None
    assert ReconciliationChange.objects.values_list("result").get() == ("they_miss",)


def test_what_they_take_back_of_their_statement_is_no_difference_any_more() -> None:
    charge = paid_on()
    lose(charge)
    results()
    SandboxCharge.objects.filter(pk=charge.pk).update(state="closed")
    assert results() == [("ok", None, None)]
    assert ReconciliationChange.objects.values_list("result", "theirs").get() == ("we_miss", 1000)


def test_what_agreed_may_stop_to() -> None:
    charge = paid_on()
    results()
    SandboxCharge.objects.filter(pk=charge.pk).update(amount=1001)
    assert results() == [("amount_differs", 1000, 1001)]
    assert ReconciliationRow.objects.get().healed_at is None


def test_the_same_again_is_no_change() -> None:
    charge = paid_on()
    lose(charge)
    results()
    note(row_id=ReconciliationRow.objects.get().pk, text="seen", by=make_user(is_staff=True))
    before = ReconciliationRow.objects.values().get()
    results()
    assert ReconciliationRow.objects.values().get() == before
    assert not ReconciliationChange.objects.exists()


@pytest.mark.parametrize("days", [[DAY, NEXT], [NEXT, DAY]])
@pytest.mark.parametrize("ours_first", [True, False])
def test_midnight_between_the_two_books_is_no_difference(ours_first: bool, days: list[date]) -> None:
    midnight = datetime(2026, 11, 4, tzinfo=UTC)
    before, after = midnight - timedelta(seconds=1), midnight + timedelta(seconds=1)
    if ours_first:
        paid_on(after, ours=before)
    else:
        paid_on(before, ours=after)
    for day in days:
        results(day)
    assert set(ReconciliationRow.objects.values_list("result")) == {("ok",)}
    told = ReconciliationRow.objects.filter(times=1).values_list("day", "ours", "theirs").get()
    assert told == (NEXT if ours_first else DAY, 1000, 1000)


def test_a_large_statement_takes_few_queries(
    django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [StatementEntry(kind="paid", key=f"k{n}", amount=Money(1, "CNY")) for n in range(400)]
    monkeypatch.setattr(SandboxProvider, "statement", lambda self, day: entries)
    with django_assert_max_num_queries(30):
        assert len(results()) == 400
    with django_assert_max_num_queries(30):
        assert len(results()) == 400
