from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments.models import LedgerEntry, Payment, Wallet, WalletEntry
from commerce.payments.selectors import balance_of
from commerce.payments.services import attempts, closing, refunds
from commerce.payments.services.attempts import start_payment
from commerce.payments.wallet import books
from commerce.payments.wallet.provider import WalletProvider
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import Forbidden, Invalid, KeyReused
from project.kernel.ids import new_key
from project.kernel.money import Money
from tests.support.buying import api, charge_of, order_sku, pay
from tests.support.factories import make_sku, make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def offered(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]


@pytest.fixture
def staff() -> User:
    return make_user(is_staff=True)


def rich(amount: int, *, staff: User) -> User:
    buyer = make_user(password=None)
    books.credit(user_id=buyer.pk, amount=Money(amount, "CNY"), reference=f"top-up:{buyer.pk}", by=staff)
    return buyer


def pay_from_wallet(order: Order, *, key: str = "k1") -> Any:
    body = {"order": order.number, "provider": "wallet"}
    return api(order.buyer).post("/api/payments/", body, headers={"Idempotency-Key": key})


def balance(user: User) -> int:
    return Wallet.objects.get(user=user).balance


def test_paying_from_the_wallet_is_done_at_once(staff: User) -> None:
    buyer = rich(1500, staff=staff)
    order = order_sku(buyer=buyer, sku=make_sku(price=1000))
    for _ in range(2):
        answer = pay_from_wallet(order)
        assert answer.status_code == 201
        assert (answer.json()["state"], answer.json()["provider"], answer.json()["pay_url"]) == (
            "succeeded",
            "wallet",
            "",
        )
    assert (Order.objects.get().state, balance(buyer), balance_of(order_id=order.pk)) == ("paid", 500, 1000)
    assert api(buyer).get("/api/wallet/").json()["balances"] == [{"amount": 500, "currency": "CNY"}]
    entries = api(buyer).get("/api/wallet/entries/").json()["results"]
    assert [(one["kind"], one["amount"]["amount"], one["balance"]["amount"], one["order"]) for one in entries] == [
        ("paid", -1000, 500, order.number),
        ("credited", 1500, 1500, ""),
    ]


def test_amounts_of_more_than_four_bytes_are_exact(staff: User) -> None:
    much = 10**14 + 7
    buyer = rich(much, staff=staff)
    books.credit(user_id=buyer.pk, amount=Money(much, "CNY"), reference="more", by=staff)
    assert balance(buyer) == 2 * much
    books.take(user_id=buyer.pk, amount=Money(much + 1, "CNY"), reference="less", order_number="")
    assert balance(buyer) == much - 1


def test_somebody_elses_wallet_is_not_there(staff: User) -> None:
    rich(1500, staff=staff)
    other = api(make_user())
    assert other.get("/api/wallet/").json()["balances"] == []
    assert other.get("/api/wallet/entries/").json()["results"] == []


def test_a_wallet_with_too_little_pays_nothing_and_another_way_is_open(staff: User) -> None:
    buyer = rich(999, staff=staff)
    order = order_sku(buyer=buyer, sku=make_sku(price=1000))
    answer = pay_from_wallet(order)
    assert answer.status_code == 409
    assert answer.json() == {"error": {"code": "balance_too_low", "detail": {"balance": 999}}}
    assert (Order.objects.get().state, Payment.objects.get().state, balance(buyer)) == (
        "pending_payment",
        "failed",
        999,
    )
    assert pay(order).provider == "sandbox"


def test_another_provider_ends_the_open_attempt(staff: User) -> None:
    buyer = rich(1000, staff=staff)
    order = order_sku(buyer=buyer, sku=make_sku(price=1000))
    first = pay(order)
    assert pay_from_wallet(order).status_code == 201
    first.refresh_from_db()
    assert (first.state, charge_of(first).state) == ("closed", "closed")
    assert Order.objects.get().state == "paid"


@pytest.mark.parametrize("name", ["gone", "wechat", "Wallet"])
def test_a_provider_that_is_not_offered_is_refused(name: str) -> None:
    order = order_sku()
    answer = api(order.buyer).post(
        "/api/payments/", {"order": order.number, "provider": name}, headers={"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "provider_not_offered"}})
    assert not Payment.objects.exists()


def test_what_is_offered_is_told(settings: Any) -> None:
    client = api(make_user())
    assert client.get("/api/payments/providers/").json() == {"providers": ["sandbox", "wallet"]}
    settings.PAYMENT_PROVIDERS = ["wallet", "wechat"]
    assert client.get("/api/payments/providers/").json() == {"providers": ["wallet"]}


def test_a_refund_goes_back_into_the_wallet_once(staff: User) -> None:
    buyer = rich(1000, staff=staff)
    order = order_sku(buyer=buyer, sku=make_sku(price=1000))
    pay_from_wallet(order)
    with transaction.atomic():
        locked = orders.lock_order(order_id=order.pk)
        refund = refunds.request_refund(order=locked, amount=400, reference="aftersale:1", reason="aftersale")
    assert refunds.send_refunds() == 1
    whole = Money(1000, "CNY")
    WalletProvider().refund(
        key=refund.payment.provider_key, refund_key=refund.key, amount=Money(400, "CNY"), paid=whole
    )
    assert (balance(buyer), balance_of(order_id=order.pk)) == (400, 600)


def test_money_taken_before_a_crash_is_found_by_asking(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = rich(1000, staff=staff)
    order = order_sku(buyer=buyer, sku=make_sku(price=1000))

    def crash(**_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as during:
        during.setattr(attempts, "settle", crash)
        with pytest.raises(RuntimeError):
            start_payment(buyer_id=buyer.pk, number=order.number, key="k", provider="wallet")
    payment = Payment.objects.get()
    assert (payment.state, balance(buyer)) == ("started", 0)
    Payment.objects.update(created_at=now() - timedelta(minutes=1))
    assert attempts.check_payment(buyer_id=buyer.pk, payment_id=payment.pk).state == "succeeded"
    assert Order.objects.get().state == "paid"


def test_only_staff_tops_up_and_once_a_reference(staff: User) -> None:
    user = make_user()
    amount = Money(100, "CNY")
    with pytest.raises(Forbidden):
        books.credit(user_id=user.pk, amount=amount, reference="1", by=user)
    with pytest.raises(Invalid):
        books.credit(user_id=user.pk, amount=Money(0, "CNY"), reference="1", by=staff)
    assert not WalletEntry.objects.exists()
    first = books.credit(user_id=user.pk, amount=amount, reference="1", by=staff)
    assert books.credit(user_id=user.pk, amount=amount, reference="1", by=staff) == first
    with pytest.raises(KeyReused):
        books.credit(user_id=user.pk, amount=Money(101, "CNY"), reference="1", by=staff)
    assert balance(user) == 100


def test_the_database_keeps_a_wallet_above_zero(staff: User) -> None:
    buyer = rich(10, staff=staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(user=buyer).update(balance=-1)
    assert balance(buyer) == 10


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_hundred_payments_at_once_never_overdraw(staff: User) -> None:
    buyer = rich(50_000, staff=staff)
    sku = make_sku(price=1000, stock=200)
    placed = [order_sku(buyer=buyer, sku=sku) for _ in range(200)]

    def some(mine: list[Order]) -> list[object]:
        seen: list[object] = []
        for order in mine:
            try:
                seen.append(
                    start_payment(buyer_id=buyer.pk, number=order.number, key=new_key(), provider="wallet").state
                )
            except Exception as refusal:
                seen.append(getattr(refusal, "code", repr(refusal)))
        return seen

    seen: list[object] = []
    at_once([lambda mine=placed[n::25]: seen.extend(some(mine)) for n in range(25)])  # type: ignore[misc]
    assert (seen.count("succeeded"), seen.count("balance_too_low")) == (50, 150)
    assert balance(buyer) == 0
    assert sum(WalletEntry.objects.values_list("amount", flat=True)) == 0
    assert min(WalletEntry.objects.values_list("balance", flat=True)) == 0
    assert Order.objects.filter(state="paid").count() == 50
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 50_000
    assert not Payment.objects.filter(state="started").exists()


def test_a_cancelled_order_takes_nothing_from_the_wallet(staff: User) -> None:
    buyer = rich(1000, staff=staff)
    order = order_sku(buyer=buyer, sku=make_sku(price=1000))
    closing.cancel_order(buyer_id=buyer.pk, number=order.number)
    assert pay_from_wallet(order).status_code == 409
    assert balance(buyer) == 1000
