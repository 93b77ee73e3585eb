"""Topping the wallet up through a provider: credited once, whatever comes in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.payments import providers
from commerce.payments.errors import NotOffered, TooManyTopUps, TopUpOver
from commerce.payments.events import TopUpChanged, WalletChanged
from commerce.payments.models import LedgerEntry, ProviderEvent, ReconciliationRow, SandboxCharge, TopUp, WalletEntry
from commerce.payments.port import ProviderUnavailable
from commerce.payments.sandbox import books as sandbox
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services import top_ups
from commerce.payments.services.top_ups import start_top_up
from commerce.payments.wallet import books
from commerce.payments.wallet.provider import WalletProvider
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import DomainError, Invalid, KeyReused, NotFound
from project.kernel.money import Money
from tests.support.announced import Announced
from tests.support.buying import api, deliver, order_sku
from tests.support.comparing import compare
from tests.support.factories import make_sku, make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db
TOP_UPS = "/api/wallet/top-ups/"


@pytest.fixture(autouse=True)
def offered(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]


@pytest.fixture
def user() -> User:
    return make_user()


def begin(user: User, amount: int = 5000, *, key: str = "k1", **body: Any) -> Any:
    return api(user).post(TOP_UPS, {"amount": amount, **body}, headers={"Idempotency-Key": key})


def charge_of(top_up: TopUp) -> SandboxCharge:
    return SandboxCharge.objects.get(merchant_key=top_up.provider_key)


def decide(top_up: TopUp, *, paid: bool = True) -> SandboxCharge:
    return sandbox.decide(charge=charge_of(top_up), paid=paid)


def lapse(top_up: TopUp) -> None:
    past = now() - timedelta(seconds=1)
    TopUp.objects.filter(pk=top_up.pk).update(expires_at=past)
    SandboxCharge.objects.filter(merchant_key=top_up.provider_key).update(expires_at=past)


def ask(top_up: TopUp) -> TopUp:
    """The page asks, and some time has gone by."""
    TopUp.objects.filter(pk=top_up.pk).update(created_at=now() - timedelta(minutes=1), asked_at=None)
    return top_ups.check_top_up(user_id=top_up.user_id, top_up_id=top_up.pk)


def balance(user: User) -> int:
    return sum(one.amount for one in books.balances_of(user.pk))


def state(top_up: TopUp) -> str:
    top_up.refresh_from_db()
    return top_up.state


def credited() -> tuple[int, int]:
    return LedgerEntry.objects.count(), WalletEntry.objects.filter(kind="topped_up").count()


def test_money_that_the_provider_has_is_in_the_wallet_once(user: User) -> None:
    answer = begin(user)
    assert (answer.status_code, answer.json()["state"]) == (201, "started")
    assert begin(user).json() == answer.json()
    top_up = TopUp.objects.get()
    assert (top_up.number[0], top_up.amount, balance(user)) == ("W", 5000, 0)
    charge = decide(top_up)
    for _ in range(3):
        assert deliver(charge).status_code == 200
    assert (state(top_up), balance(user), credited()) == ("succeeded", 5000, (1, 1))
    entry = api(user).get("/api/wallet/entries/").json()["results"][0]
    assert (entry["kind"], entry["amount"]["amount"], entry["balance"]["amount"]) == ("topped_up", 5000, 5000)
    assert [one["state"] for one in api(user).get(TOP_UPS).json()["results"]] == ["succeeded"]


def test_it_pays_for_an_order(user: User) -> None:
    top_up = start_top_up(user_id=user.pk, amount=1000, key="k")
    deliver(decide(top_up))
    order = order_sku(buyer=user, sku=make_sku(price=1000))
    body = {"order": order.number, "provider": "wallet"}
    assert api(user).post("/api/payments/", body, headers={"Idempotency-Key": "k"}).json()["state"] == "succeeded"
    assert balance(user) == 0


def test_what_the_wallet_page_is_told(user: User, settings: Any) -> None:
    assert api(user).get("/api/wallet/").json() == {
        "balances": [],
        "top_up": {
            "providers": ["sandbox"],
            "least": {"amount": 100, "currency": "CNY"},
            "most": {"amount": 500_000, "currency": "CNY"},
        },
    }
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    assert api(user).get("/api/wallet/").json()["top_up"] is None


def assert_refused(error: type[DomainError], act: Callable[[], object]) -> None:
    before = TopUp.objects.count(), SandboxCharge.objects.count(), WalletEntry.objects.count()
    with pytest.raises(error):
        act()
    assert (TopUp.objects.count(), SandboxCharge.objects.count(), WalletEntry.objects.count()) == before


@pytest.mark.parametrize("amount", [0, 99, 500_001])
def test_too_little_and_too_much_are_refused(user: User, amount: int) -> None:
    assert_refused(Invalid, lambda: start_top_up(user_id=user.pk, amount=amount, key="k"))
    # Nothing stands under the key: it begins a top-up that is within the bounds.
    assert start_top_up(user_id=user.pk, amount=100, key="k").amount == 100


@pytest.mark.parametrize("provider", ["wallet", "wechat", "gone"])
def test_only_what_is_set_up_tops_up_and_never_the_wallet_itself(user: User, provider: str) -> None:
    assert_refused(NotOffered, lambda: start_top_up(user_id=user.pk, amount=100, key="k", provider=provider))


def test_where_nobody_pays_from_wallets_nobody_tops_up(user: User, settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    assert_refused(NotOffered, lambda: start_top_up(user_id=user.pk, amount=100, key="k"))


def test_the_same_key_is_the_same_top_up_and_no_other_amount(user: User) -> None:
    first = start_top_up(user_id=user.pk, amount=100, key="k")
    assert start_top_up(user_id=user.pk, amount=100, key="k") == first
    assert_refused(KeyReused, lambda: start_top_up(user_id=user.pk, amount=101, key="k"))
    assert start_top_up(user_id=make_user().pk, amount=100, key="k") != first


def test_nobody_keeps_many_of_them_open(user: User) -> None:
    made = [start_top_up(user_id=user.pk, amount=100, key=str(number)) for number in range(5)]
    assert_refused(TooManyTopUps, lambda: start_top_up(user_id=user.pk, amount=100, key="6"))
    top_ups.cancel_top_up(user_id=user.pk, top_up_id=made[0].pk)
    start_top_up(user_id=user.pk, amount=100, key="6")


def test_somebody_elses_is_not_there(user: User) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    other = make_user()
    assert_refused(NotFound, lambda: top_ups.check_top_up(user_id=other.pk, top_up_id=top_up.pk))
    assert_refused(NotFound, lambda: top_ups.cancel_top_up(user_id=other.pk, top_up_id=top_up.pk))
    client = api(other)
    assert client.get(f"{TOP_UPS}{top_up.pk}/").status_code == 404
    answer = client.post(f"{TOP_UPS}{top_up.pk}/cancel/", headers={"Idempotency-Key": "k"})
    assert (answer.status_code, client.get(TOP_UPS).json()["results"]) == (404, [])
    assert state(top_up) == "started"


def test_declined_is_failed_and_cancelled_is_closed(user: User) -> None:
    declined, dropped = (start_top_up(user_id=user.pk, amount=100, key=key) for key in "ab")
    deliver(decide(declined, paid=False))
    answer = api(user).post(f"{TOP_UPS}{dropped.pk}/cancel/", headers={"Idempotency-Key": "k"})
    assert answer.json()["state"] == "closed"
    assert (state(declined), state(dropped), balance(user), credited()) == ("failed", "closed", 0, (0, 0))
    assert charge_of(dropped).state == "closed"


def test_what_was_paid_cannot_be_cancelled(user: User) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    decide(top_up)
    # The webhook is on its way: the provider says that money was faster, and it is credited.
    with pytest.raises(TopUpOver):
        top_ups.cancel_top_up(user_id=user.pk, top_up_id=top_up.pk)
    assert (state(top_up), balance(user)) == ("succeeded", 100)


def test_time_ends_it_and_money_that_comes_late_is_credited_all_the_same(user: User) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    lapse(top_up)
    assert (top_ups.end_lapsed(), top_ups.end_lapsed(), state(top_up)) == (1, 0, "failed")
    SandboxCharge.objects.update(state="succeeded", event_id="evt_late")
    for _ in range(2):
        assert deliver(charge_of(top_up)).status_code == 200
    assert (state(top_up), balance(user), credited()) == ("succeeded", 100, (1, 1))


def test_a_lost_webhook_is_found_by_asking(user: User) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    decide(top_up)
    assert ask(top_up).state == "succeeded"
    assert (ask(top_up).state, balance(user), credited()) == ("succeeded", 100, (1, 1))


def test_a_provider_that_does_not_answer_decides_nothing(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: SandboxProvider, **_: Any) -> str:
        raise ProviderUnavailable

    with monkeypatch.context() as during:
        during.setattr(SandboxProvider, "start", away)
        assert begin(user).status_code == 503
    top_up = TopUp.objects.get()
    assert (top_up.state, top_up.pay_url) == ("started", "")
    # The same key goes on with it.
    assert begin(user).json()["id"] == top_up.pk
    assert TopUp.objects.get().pay_url


@pytest.mark.parametrize("changes", [{"amount": 1}, {"currency": "USD"}, {"order_number": "W1"}])
def test_a_charge_that_does_not_fit_credits_nothing(user: User, changes: dict[str, Any]) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    charge = decide(top_up)
    for name, value in changes.items():
        setattr(charge, name, value)
    answer = deliver(charge)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "payment_mismatch")
    assert (state(top_up), balance(user), credited()) == ("started", 0, (0, 0))
    assert ProviderEvent.objects.get().outcome == "mismatch"


def test_another_providers_webhook_does_not_settle_it(user: User) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    charge = decide(top_up)
    TopUp.objects.update(provider="wechat")
    deliver(charge)
    assert (ProviderEvent.objects.get().outcome, credited()) == ("unknown_payment", (0, 0))


@pytest.mark.django_db(transaction=True)
def test_all_devices_of_the_person_hear_of_it(user: User, published: Announced) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    deliver(decide(top_up))
    steps = [event for event in published if isinstance(event, TopUpChanged)]
    assert [(one.user_to, one.top_up["state"], one.top_up["version"]) for one in steps] == [
        (user.pk, "started", 1),
        (user.pk, "succeeded", 2),
    ]
    (changed,) = published.of(WalletChanged)
    assert isinstance(changed, WalletChanged)
    assert (changed.channels(), changed.wallet) == (
        [f"user:{user.pk}"],
        {"balance": {"amount": 100, "currency": "CNY"}, "version": 1},
    )


def test_the_reconciliation_knows_it(user: User) -> None:
    top_up = start_top_up(user_id=user.pk, amount=100, key="k")
    deliver(decide(top_up))
    today = now().date()
    compare(SandboxProvider(), today)
    compare(WalletProvider(), today)
    rows = ReconciliationRow.objects.values_list("provider", "kind", "key", "result", "ours", "theirs")
    assert list(rows) == [("sandbox", "paid", top_up.provider_key, "ok", 100, 100)]


def test_an_entry_of_the_ledger_is_of_one_thing(user: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(kind="paid", amount=1, currency="CNY", reference="x")


STEPS = ["webhook", "query", "cancel", "time", "decline or pay", "late"]


@given(data=st.data())
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_comes_in_whatever_order_it_is_credited_once(data: st.DataObject) -> None:
    with transaction.atomic():
        person = make_user(password=None)
        top_up = start_top_up(user_id=person.pk, amount=700, key="k")
        for step in data.draw(st.lists(st.sampled_from(STEPS), max_size=10)):
            _take(step, top_up, data)
            assert (state(top_up) == "succeeded") == (balance(person) == 700)
        _take("time", top_up, data)
        if charge_of(top_up).event_id:
            assert deliver(charge_of(top_up)).status_code == 200
        came = charge_of(top_up).state == "succeeded"
        assert (state(top_up) == "succeeded") is came
        assert balance(person) == 700 * came
        assert LedgerEntry.objects.filter(top_up=top_up).count() == int(came)
        assert WalletEntry.objects.filter(wallet__user=person).count() == int(came)
        transaction.set_rollback(True)


def _take(step: str, top_up: TopUp, data: st.DataObject) -> None:
    charge = charge_of(top_up)
    match step:
        case "decline or pay":
            decide(top_up, paid=data.draw(st.booleans()))
        case "webhook" if charge.event_id:
            assert deliver(charge).status_code == 200
        case "query":
            ask(top_up)
        case "cancel":
            try:
                top_ups.cancel_top_up(user_id=top_up.user_id, top_up_id=top_up.pk)
            except TopUpOver:
                assert state(top_up) in ("succeeded", "failed")
        case "time":
            lapse(top_up)
            top_ups.end_lapsed()
        case "late" if charge.state in ("closed", "declined"):
            SandboxCharge.objects.filter(pk=charge.pk).update(state="succeeded", event_id=f"evt_late_{charge.pk}")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_webhooks_queries_and_a_cancellation_at_once_credit_it_once(user: User, round: int) -> None:
    assert connection.vendor == "postgresql"
    top_up = start_top_up(user_id=user.pk, amount=700, key="k")
    charge = decide(top_up)
    TopUp.objects.update(created_at=now() - timedelta(minutes=1))
    through = providers.provider_of("sandbox")
    calls: list[Callable[[], object]] = [lambda: deliver(charge).status_code] * 16
    calls += [lambda: top_ups.settle_top_up(top_up=top_up, charge=through.query(key=top_up.provider_key)).state] * 16
    calls += [lambda: top_ups.cancel_top_up(user_id=user.pk, top_up_id=top_up.pk).state] * 4
    calls += [lambda: top_ups.end_lapsed()] * 4
    seen = at_once(calls)
    assert (seen[200], seen["succeeded"], seen["top_up_over"]) == (16, 16, 4)
    assert (state(top_up), balance(user), credited()) == ("succeeded", 700, (1, 1))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_one_top_up(user: User) -> None:
    seen = at_once([lambda: start_top_up(user_id=user.pk, amount=700, key="k").pk] * 30)
    assert list(seen.values()) == [30]
    assert (TopUp.objects.count(), SandboxCharge.objects.count()) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_topping_up_and_paying_at_once_add_up(user: User) -> None:
    books.credit(user_id=user.pk, amount=Money(10_000, "CNY"), reference="1", by=make_user(is_staff=True))
    made = [start_top_up(user_id=user.pk, amount=100, key=str(n)) for n in range(5)]
    charges = [decide(one) for one in made]
    calls: list[Callable[[], object]] = [lambda charge=charge: deliver(charge).status_code for charge in charges * 2]  # type: ignore[misc]
    calls += [
        lambda n=n: books.take(user_id=user.pk, amount=Money(500, "CNY"), reference=f"pay:{n}", order_number="1").kind  # type: ignore[misc]
        for n in range(10)
    ]
    assert at_once(calls) == {200: 10, "paid": 10}
    assert balance(user) == 10_000 + 500 - 5000
    assert sum(WalletEntry.objects.values_list("amount", flat=True)) == balance(user)
