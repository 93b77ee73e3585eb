"""When days are compared, what a day says that could not be, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commerce.payments import providers
from commerce.payments.errors import DayNotOver
from commerce.payments.models import ReconciliationDay, ReconciliationRow, ReconciliationTry
from commerce.payments.port import BadStatement, ProviderUnavailable, StatementEntry
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services import reconciliation, sorting
from commerce.payments.services.reconciliation import ask_again, day_of, reconcile, reconcile_due
from project.kernel.clock import now
from project.kernel.errors import NotFound
from project.kernel.money import Money
from tests.commerce.payments.test_reconciliation import DAY, NEXT, lose, paid_on
from tests.support.comparing import compare
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
HOUR, DAYS = timedelta(hours=1), timedelta(days=1)


def answers(monkeypatch: pytest.MonkeyPatch, *statement: StatementEntry, error: Exception | None = None) -> None:
    def statement_of(self: SandboxProvider, *, day: date) -> list[StatementEntry]:
        if error:
            raise error
        return list(statement)

    monkeypatch.setattr(SandboxProvider, "statement", statement_of)


def entry(key: str = "k1", amount: int = 1000, currency: str = "CNY") -> StatementEntry:
    return StatementEntry(kind="paid", key=key, amount=Money(amount, currency))


def one_day() -> ReconciliationDay:
    return ReconciliationDay.objects.get(provider="sandbox", day=DAY)


def tried_at_all(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """How long after the day's end it is tried, until it is tried no more by itself."""
    over = datetime(NEXT.year, NEXT.month, NEXT.day, tzinfo=UTC)
    moment, pauses = over, []
    monkeypatch.setattr(reconciliation, "database_now", lambda: moment)
    while len(pauses) < 100:
        pauses.append(moment - over)
        day = reconcile(day=day_of(provider=SandboxProvider(), day=DAY))
        if day.next_try_at is None:
            return pauses
        moment = day.next_try_at
    raise AssertionError(pauses)


def test_days_that_are_over_are_compared_by_themselves() -> None:
    yesterday = now() - DAYS
    paid_on(yesterday)
    assert reconcile_due() == 7
    assert ReconciliationRow.objects.values_list("day", "result").get() == (yesterday.date(), "ok")
    assert reconcile_due() == 0
    assert list(providers.all_offered()) == ["sandbox"]


def test_a_day_on_which_all_agrees_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    paid_on()
    assert tried_at_all(monkeypatch) == [timedelta()]
    assert ReconciliationTry.objects.values_list("state", "by").get() == ("compared", None)


def test_a_day_without_movements_is_looked_at_daily_at_first_and_four_times_in_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tried_at_all(monkeypatch) == [0 * DAYS, 1 * DAYS, 3 * DAYS, 7 * DAYS]


def test_so_is_a_day_with_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    lose(paid_on())
    assert tried_at_all(monkeypatch) == [0 * DAYS, 1 * DAYS, 3 * DAYS, 7 * DAYS]


def test_a_statement_that_is_not_to_be_had_is_asked_for_again_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, error=ProviderUnavailable("statement: 500"))
    hours = [0, 1, 3, 7, 15, *range(31, 24 * 7 + 1, 24)]
    assert tried_at_all(monkeypatch) == [hour * HOUR for hour in hours]
    day = one_day()
    assert (day.state, day.problem, day.compared_at, day.tries) == ("unavailable", "statement: 500", None, len(hours))
    assert day.attempts.count() == len(hours)


def test_a_statement_that_comes_late_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        answers(away, error=ProviderUnavailable())
        assert compare(SandboxProvider(), DAY).state == "unavailable"
    paid_on()
    compare(SandboxProvider(), DAY)
    assert (one_day().state, one_day().next_try_at, one_day().problem) == ("compared", None, "")
    assert list(one_day().attempts.order_by("pk").values_list("state", flat=True)) == ["unavailable", "compared"]


BAD = [
    pytest.param({"error": BadStatement("the table has no end")}, "unreadable", "the table has no end", id="cut off"),
    pytest.param({"error": BadStatement("a\x00b\n" + "c" * 500)}, "unreadable", "a b " + "c" * 196, id="a long story"),
    pytest.param({"error": ProviderUnavailable("statement: 404")}, "unavailable", "statement: 404", id="none"),
    pytest.param({"error": TypeError("a secret")}, "failed", "TypeError", id="an SDK that breaks"),
    pytest.param({"entries": [entry(amount=-1)]}, "unreadable", "-1 is beyond all amounts", id="below zero"),
    pytest.param({"entries": [entry(amount=2**63)]}, "unreadable", f"{2**63} is beyond all amounts", id="overflow"),
    pytest.param({"entries": [entry(key="")]}, "unreadable", "'' is no key", id="no key"),
    pytest.param({"entries": [entry(key="k" * 65)]}, "unreadable", f"'{'k' * 65}' is no key", id="a long key"),
    pytest.param({"entries": [entry(key="k\x00")]}, "unreadable", r"'k\x00' is no key", id="a NUL"),
    pytest.param({"entries": [entry(currency="yuan")]}, "unreadable", "'yuan' is no currency", id="no currency"),
    pytest.param({"entries": [entry(), entry(currency="")]}, "unreadable", "'' is no currency", id="none at all"),
]


@pytest.mark.parametrize(("bad", "state", "problem"), BAD)
@pytest.mark.parametrize("before", [True, False], ids=["compared before", "for the first time"])
def test_a_bad_statement_is_a_state_of_its_day_and_changes_nothing(
    bad: dict[str, Any], state: str, problem: str, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before:
        lose(paid_on())
        compare(SandboxProvider(), DAY)
    rows = list(ReconciliationRow.objects.values())
    compared_at = one_day().compared_at if before else None
    answers(monkeypatch, *bad.get("entries", []), error=bad.get("error"))
    assert compare(SandboxProvider(), DAY).state == state
    day = one_day()
    assert (day.problem, day.compared_at, day.streak) == (problem, compared_at, 1)
    assert list(ReconciliationRow.objects.values()) == rows
    assert day.tried_at is not None
    assert day.attempts.values_list("state", "problem").last() == (state, problem)


def test_more_movements_than_anybody_has_are_no_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "MOST_ENTRIES", 1)
    answers(monkeypatch, entry(), entry("k2"))
    assert compare(SandboxProvider(), DAY).problem == "more than 1 movements"
    assert not ReconciliationRow.objects.exists()


def test_what_breaks_while_sorting_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    paid_on()

    def breaks(*_: Any) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(sorting, "_note_changes", breaks)
    day = compare(SandboxProvider(), DAY)
    assert (day.state, day.problem, day.compared_at) == ("failed", "RuntimeError", None)
    assert not ReconciliationRow.objects.exists()


def test_one_provider_that_breaks_does_not_hold_up_the_others(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    answers(monkeypatch, error=RuntimeError())
    assert reconcile_due() == 7
    assert set(ReconciliationDay.objects.values_list("provider", "state")) == {
        ("sandbox", "failed"),
        ("wallet", "compared"),
    }


def test_a_provider_that_is_offered_no_more_is_compared_while_its_money_is_young(settings: Any) -> None:
    paid_on(now() - DAYS)
    settings.PAYMENT_PROVIDERS = []
    assert reconcile_due() == 7


def test_who_comes_second_keeps_out_of_the_way() -> None:
    paid_on()
    day = day_of(provider=SandboxProvider(), day=DAY)
    first, second = (ReconciliationDay.objects.get(pk=day.pk) for _ in range(2))
    assert reconcile(day=first).state == "compared"
    assert reconcile(day=second).tries == 1
    assert ReconciliationTry.objects.count() == 1


def test_staff_have_a_day_compared_again() -> None:
    staff = make_user(is_staff=True)
    charge = paid_on()
    ours = lose(charge)
    compare(SandboxProvider(), DAY)
    ReconciliationDay.objects.update(next_try_at=None)
    ask_again(day_id=one_day().pk, by=staff)
    assert one_day().asked_by == staff
    ours.pk = None
    ours.save(force_insert=True)
    due = ReconciliationDay.objects.filter(next_try_at__lte=now())
    assert [reconcile(day=day).state for day in due] == ["compared"]
    assert (one_day().asked_by, one_day().asked_at) == (None, None)
    assert list(one_day().attempts.order_by("pk").values_list("by", flat=True)) == [None, staff.pk]
    assert ReconciliationRow.objects.values_list("result").get() == ("ok",)


def test_who_asks_while_it_is_compared_gets_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    day, staff = day_of(provider=SandboxProvider(), day=DAY), make_user(is_staff=True)

    def slow(self: SandboxProvider, *, day: date) -> list[StatementEntry]:
        ask_again(day_id=one_day().pk, by=staff)
        return []

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(SandboxProvider, "statement", slow)
        reconcile(day=day)
    waits = one_day()
    assert waits.asked_by == staff
    assert waits.next_try_at is not None
    assert waits.next_try_at <= now()
    reconcile(day=waits)
    assert one_day().asked_by is None
    assert list(waits.attempts.order_by("pk").values_list("by", flat=True)) == [None, staff.pk]


def test_a_day_that_is_not_over_is_not_compared() -> None:
    staff = make_user(is_staff=True)
    today = day_of(provider=SandboxProvider(), day=now().date())
    with pytest.raises(DayNotOver):
        ask_again(day_id=today.pk, by=staff)
    with pytest.raises(NotFound):
        ask_again(day_id=today.pk + 1, by=staff)
    assert not ReconciliationDay.objects.filter(asked_by=staff).exists()
