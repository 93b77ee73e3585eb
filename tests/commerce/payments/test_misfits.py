"""A top-up whose provider has another amount: nothing settles it, until staff credits what came in or sends it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from commerce.payments.errors import PaymentMismatch, PaymentsUnavailable, TopUpOver
from commerce.payments.models import LedgerEntry, ReconciliationRow, SandboxCharge, TopUp, TopUpDecision, WalletEntry
from commerce.payments.port import ChargeState, ProviderUnavailable
from commerce.payments.reconciling.selectors import about, rows_of
from commerce.payments.sandbox import books as sandbox
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.selectors import stuck_top_ups
from commerce.payments.services.misfits import Way, decide_top_up
from commerce.payments.services.top_ups import check_top_up, end_lapsed, settle_top_up, start_top_up
from commerce.payments.wallet import books
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import ChangedMeanwhile, Forbidden, Invalid
from project.kernel.money import Money
from tests.support.buying import api, deliver
from tests.support.comparing import compare
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def offered(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]


@pytest.fixture
def clerk() -> User:
    return make_user(is_staff=True)


@pytest.fixture
def odd() -> TopUp:
    """50.00 were ordered, and 45.00 came in."""
    return came_in(4500)


def came_in(amount: int) -> TopUp:
    top_up = start_top_up(user_id=make_user().pk, amount=5000, key="k")
    charge = SandboxCharge.objects.filter(merchant_key=top_up.provider_key)
    sandbox.decide(charge=charge.get(), paid=True)
    charge.update(amount=amount)
    return top_up


def booked() -> list[tuple[str, int]]:
    return list(LedgerEntry.objects.order_by("pk").values_list("kind", "amount"))


def state(top_up: TopUp) -> tuple[str, int]:
    top_up.refresh_from_db()
    return top_up.state, sum(one.amount for one in books.balances_of(top_up.user_id))


def act(browser: Client, action: str, top_up: TopUp, reason: str) -> str:
    body = {"action": action, "reason": reason, "_selected_action": [top_up.pk]}
    return browser.post("/admin/commerce_payments/topup/", body, follow=True).content.decode()


def test_staff_credits_what_came_in_once_and_says_why(odd: TopUp, admin_client: Client) -> None:
    compare(SandboxProvider(), now().date())
    assert ReconciliationRow.objects.get().result == "we_miss"
    assert "give a reason" in act(admin_client, "credit_what_came", odd, "  ")
    assert (state(odd), booked()) == (("started", 0), [])
    for _ in range(2):
        act(admin_client, "credit_what_came", odd, "Paid 45 by hand.")
    assert "decided otherwise" in act(admin_client, "send_back_what_came", odd, "Changed my mind.")
    assert (state(odd), booked()) == (("succeeded", 4500), [("paid", 4500)])
    decision = TopUpDecision.objects.get()
    assert (decision.way, decision.amount, decision.reason) == ("credited", 4500, "Paid 45 by hand.")
    assert WalletEntry.objects.get().by == decision.by
    assert "Paid 45 by hand." in LogEntry.objects.earliest("pk").change_message
    assert "Paid 45 by hand." in admin_client.get(f"/admin/commerce_payments/topup/{odd.pk}/change/").content.decode()
    compare(SandboxProvider(), now().date())
    assert ReconciliationRow.objects.get().result == "ok"


def test_staff_sends_back_what_came_in_until_the_provider_has_it(
    odd: TopUp, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise ProviderUnavailable

    asked = {"top_up_id": odd.pk, "way": Way.SENT_BACK, "reason": "Asked to.", "by": clerk}
    with monkeypatch.context() as during:
        during.setattr(SandboxProvider, "refund", lost)
        with pytest.raises(PaymentsUnavailable):
            decide_top_up(**asked)
    assert (state(odd), booked()) == (("closed", 0), [("paid", 4500)])
    # It may have arrived: it is not credited beside that.
    with pytest.raises(TopUpOver):
        decide_top_up(**{**asked, "way": Way.CREDITED})
    for _ in range(2):
        decide_top_up(**asked)
    assert (state(odd), booked()) == (("closed", 0), [("paid", 4500), ("refunded", 4500)])
    assert (SandboxCharge.objects.get().refunded, TopUpDecision.objects.count()) == (4500, 1)
    compare(SandboxProvider(), now().date())
    assert set(ReconciliationRow.objects.values_list("result", flat=True)) == {"ok"}
    [shown] = api(odd.user).get("/api/wallet/top-ups/").json()["results"]
    assert (shown["state"], shown["sent_back"], shown["amount"]["amount"]) == ("closed", True, 4500)
    # Both movements lead to it, and are found by its number.
    rows = rows_of(text=odd.number)
    assert (rows.count(), {one.top_up for one in about(rows).values()}) == (2, {odd})


@pytest.mark.parametrize("told", ["by webhook", "when asked", "when it lapses"])
def test_what_came_in_is_noted_however_it_is_heard_of(odd: TopUp, told: str) -> None:
    if told == "by webhook":
        assert deliver(SandboxCharge.objects.get()).status_code == 400
    elif told == "when asked":
        TopUp.objects.update(created_at=now() - timedelta(minutes=1))
        check_top_up(user_id=odd.user_id, top_up_id=odd.pk)
    else:
        TopUp.objects.update(expires_at=now() - timedelta(seconds=1))
        assert end_lapsed() == 0
    odd.refresh_from_db()
    assert (odd.came_in, odd.came_in_currency, odd.state) == (4500, "CNY", "started")
    assert list(stuck_top_ups()) == [odd]


def test_nothing_came_in_of_what_is_not_the_top_ups_own(odd: TopUp) -> None:
    charge = SandboxProvider().query(key=odd.provider_key)
    for other in (
        replace(charge, order_number="W0"),
        replace(charge, key="another"),
        replace(charge, amount=Money(0, "CNY")),
        replace(charge, amount=None),
        replace(charge, state=ChargeState.OPEN, amount=Money(1, "CNY")),
    ):
        with pytest.raises(PaymentMismatch):
            settle_top_up(top_up=odd, charge=other)
    odd.refresh_from_db()
    assert (odd.came_in, list(stuck_top_ups())) == (None, [])


def test_what_was_not_seen_is_not_decided_about(odd: TopUp, clerk: User) -> None:
    with pytest.raises(ChangedMeanwhile):
        decide_top_up(top_up_id=odd.pk, way=Way.CREDITED, reason="why", by=clerk, seen=Money(4400, "CNY"))
    assert (state(odd), booked(), TopUpDecision.objects.count()) == (("started", 0), [], 0)
    # Now it can be seen.
    assert odd.came_in == 4500
    decide_top_up(top_up_id=odd.pk, way=Way.CREDITED, reason="why", by=clerk, seen=Money(4500, "CNY"))
    assert (state(odd), list(stuck_top_ups())) == (("succeeded", 4500), [])


def test_what_fits_or_is_nobodys_is_not_decided(clerk: User) -> None:
    top_up = came_in(5000)
    for way, reason, by, error in [
        (Way.CREDITED, "why", clerk, TopUpOver),
        (Way.SENT_BACK, "why", clerk, TopUpOver),
        (Way.CREDITED, "", clerk, Invalid),
        (Way.CREDITED, "x" * 201, clerk, Invalid),
        (Way.CREDITED, "why", top_up.user, Forbidden),
    ]:
        with pytest.raises(error):
            decide_top_up(top_up_id=top_up.pk, way=way, reason=reason, by=by)
    SandboxCharge.objects.update(state="closed", amount=4500)
    with pytest.raises(TopUpOver):
        decide_top_up(top_up_id=top_up.pk, way=Way.CREDITED, reason="why", by=clerk)
    assert (state(top_up), booked(), TopUpDecision.objects.count()) == (("started", 0), [], 0)


def test_who_may_only_look_decides_nothing(odd: TopUp, clerk: User) -> None:
    clerk.user_permissions.add(Permission.objects.get(codename="view_topup"))
    browser = Client()
    browser.force_login(clerk)
    act(browser, "credit_what_came", odd, "why")
    assert (state(odd), booked(), LogEntry.objects.count()) == (("started", 0), [], 0)


def test_news_after_the_decision_change_nothing(odd: TopUp, clerk: User) -> None:
    charge = SandboxProvider().query(key=odd.provider_key)
    decide_top_up(top_up_id=odd.pk, way=Way.SENT_BACK, reason="why", by=clerk)
    with pytest.raises(PaymentMismatch):
        settle_top_up(top_up=odd, charge=charge)
    SandboxCharge.objects.update(amount=5000)
    settle_top_up(top_up=odd, charge=SandboxProvider().query(key=odd.provider_key))
    assert (state(odd), booked()) == (("closed", 0), [("paid", 4500), ("refunded", 4500)])


def test_whoever_topped_up_is_told_what_was_credited(odd: TopUp, clerk: User, published: Any) -> None:
    decide_top_up(top_up_id=odd.pk, way=Way.CREDITED, reason="why", by=clerk)
    credited = {"amount": 4500, "currency": "CNY"}
    told = [event for event in published.wires(f"user:{odd.user_id}") if event["type"] == "top_up.changed"]
    assert [(event["top_up"]["state"], event["top_up"]["amount"]) for event in told] == [("succeeded", credited)]
    [listed] = api(odd.user).get("/api/wallet/top-ups/").json()["results"]
    assert (listed["state"], listed["amount"]) == ("succeeded", credited)
    assert api(odd.user).get(f"/api/wallet/top-ups/{odd.pk}/").json() == listed


@pytest.mark.django_db(transaction=True)
def test_two_of_the_staff_at_once_decide_one_thing(odd: TopUp, clerk: User) -> None:
    def decide(way: Way) -> None:
        decide_top_up(top_up_id=odd.pk, way=way, reason="why", by=clerk)

    at_once([lambda way=way: decide(way) for way in (Way.CREDITED, Way.SENT_BACK)])  # type: ignore[misc]
    decision = TopUpDecision.objects.get()
    ended = (("succeeded", 4500), [("paid", 4500)])
    if decision.way == Way.SENT_BACK:
        ended = (("closed", 0), [("paid", 4500), ("refunded", 4500)])
    assert (state(odd), booked()) == ended
