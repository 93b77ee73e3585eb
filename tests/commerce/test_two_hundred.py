"""Two hundred at once, out of several processes on PostgreSQL, round after round: as many get it as there is of it.

Some callers take the whole way of a request, most go to where it is decided: there the crowd is. How many rounds:
`--rounds`.
"""

from __future__ import annotations

from functools import partial

import pytest
from django.conf import settings as configured
from django.db import connection, transaction

from commerce.aftersales.models import Case
from commerce.aftersales.services import open_case
from commerce.catalog.models import Sku
from commerce.checkout.services import Wanted, place_order
from commerce.inventory import services as inventory
from commerce.inventory.models import Stock, StockMovement
from commerce.inventory.selectors import discrepancies
from commerce.orders import services as orders
from commerce.orders.models import Order, OrderEvent
from commerce.payments.models import LedgerEntry, Payment, Refund, SandboxCharge, Wallet, WalletEntry
from commerce.payments.sandbox import books as sandbox
from commerce.payments.sandbox import signing
from commerce.payments.sandbox.provider import body_of
from commerce.payments.selectors import balance_of
from commerce.payments.services import attempts, closing, refunds, webhooks
from commerce.payments.wallet import books as wallet
from commerce.promotions import services as promotions
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.ids import new_key
from project.kernel.money import Money
from tests.support.buying import address_of, charge_of, decide, deliver, lapse_order, order_sku, pay
from tests.support.crowd import CALLERS, Crowd
from tests.support.factories import make_product, make_sku, make_user
from tests.support.promoting import make_coupon

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

PRICE = 1000
# Callers of a round that take the whole way.
WHOLE = 5


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> range:
    return range(request.config.getoption("--rounds"))


@pytest.fixture
def buyer(transactional_db: None) -> User:
    return make_user(password=None)


@pytest.fixture
def sku(transactional_db: None) -> Sku:
    """Of this there is plenty."""
    return make_sku(price=PRICE, list_price=None, stock=1_000_000)


def test_the_last_unit(crowd: Crowd, rounds: range) -> None:
    """An order takes it, or it is promised to somebody else, or written off."""
    product, buyers = make_product(), [make_user(password=None) for _ in range(WHOLE)]
    addresses = {buyer.pk: address_of(buyer.pk) for buyer in buyers}
    for _ in rounds:
        sku = make_sku(product=product, price=PRICE, stock=1)
        answers = crowd.race(
            [partial(order, buyer_id=buyer, sku_id=sku.pk, address_id=at) for buyer, at in addresses.items()]
            + [partial(promise, sku_id=sku.pk, reference=f"promise:{n}") for n in range(100)]
            + [partial(write_off, sku_id=sku.pk, reference=f"broken:{n}") for n in range(100 - WHOLE)]
        )
        assert answers.pop("out_of_stock") == CALLERS - 1
        assert answers.total() == 1
        left = (0, 0) if answers["written_off"] else (1, 1)
        assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == left
        assert StockMovement.objects.filter(sku=sku).exclude(kind="receive").count() == 1
        assert Order.objects.filter(lines__sku=sku).count() == answers["pending_payment"]
    assert discrepancies() == []


def order(*, buyer_id: int, sku_id: int, address_id: int, off: int = 0, coupons: list[int] | None = None) -> str:
    (made,) = place_order(
        shopper_id=buyer_id,
        wanted=Wanted(lines=[(sku_id, 1)]),
        address_id=address_id,
        expected_total=PRICE - off,
        coupons=coupons,
    )
    return made.state


def promise(*, sku_id: int, reference: str) -> str:
    inventory.reserve(sku_id=sku_id, quantity=1, reference=reference)
    return "promised"


def write_off(*, sku_id: int, reference: str) -> str:
    inventory.write_off(sku_id=sku_id, quantity=1, reference=reference)
    return "written_off"


def test_a_coupon_that_can_be_used_once(crowd: Crowd, rounds: range, buyer: User, sku: Sku) -> None:
    """It becomes part of one purchase."""
    address_id, coupon = address_of(buyer.pk), make_coupon(off=100, per_user=10_000)
    for number in rounds:
        grant = promotions.take(user_id=buyer.pk, coupon_id=coupon.pk, ordinal=number + 1)
        checkout = partial(order, buyer_id=buyer.pk, sku_id=sku.pk, address_id=address_id, off=100, coupons=[grant.pk])
        others = [f"{number}:{n}" for n in range(CALLERS - WHOLE)]
        answers = crowd.race(
            [checkout] * WHOLE
            + [partial(lock_coupon, owner_id=buyer.pk, grant_id=grant.pk, purchase=other) for other in others]
        )
        assert answers.pop("coupon_not_usable") == CALLERS - 1
        assert answers.total() == 1
        made = list(Order.objects.filter(state="pending_payment").values_list("purchase", flat=True))
        assert len(made) == answers["pending_payment"]
        grant.refresh_from_db()
        assert grant.state == "locked"
        assert grant.reference in (made or others)
        Order.objects.update(state="closed")
    assert Stock.objects.get(sku=sku).reserved == Order.objects.count()


def lock_coupon(*, owner_id: int, grant_id: int, purchase: str) -> str:
    with transaction.atomic():
        promotions.lock(owner_id=owner_id, grant_ids=[grant_id], purchase=purchase)
    return "locked"


def test_a_wallet(crowd: Crowd, rounds: range, buyer: User, sku: Sku) -> None:
    """What is in it is enough for three; the other payments take nothing."""
    staff, unpaid = make_user(is_staff=True), [order_sku(buyer=buyer, sku=sku) for _ in range(WHOLE)]
    change = 0
    for number in rounds:
        wallet.credit(user_id=buyer.pk, amount=Money(4 * PRICE - 1 - change, "CNY"), reference=f"{number}", by=staff)
        answers = crowd.race(
            [partial(pay_from_wallet, buyer_id=buyer.pk, number=one.number) for one in unpaid]
            + [partial(take, user_id=buyer.pk, reference=f"{number}:{n}") for n in range(CALLERS - WHOLE)]
        )
        assert answers.pop("balance_too_low") == CALLERS - 3
        assert answers.total() == 3
        change = PRICE - 1
        assert Wallet.objects.get().balance == change
        paid = set(Order.objects.filter(pk__in=[one.pk for one in unpaid], state="paid"))
        assert len(paid) == answers["succeeded"]
        unpaid = [one for one in unpaid if one not in paid] + [order_sku(buyer=buyer, sku=sku) for _ in paid]
    entries = list(WalletEntry.objects.order_by("pk").values_list("amount", "balance"))
    balances = [0, *(balance for _, balance in entries)]
    assert [amount for amount, _ in entries] == [b - a for a, b in zip(balances, balances[1:], strict=False)]
    assert LedgerEntry.objects.count() == Order.objects.filter(state="paid").count()
    assert discrepancies() == []


def pay_from_wallet(*, buyer_id: int, number: str) -> str:
    return attempts.start_payment(buyer_id=buyer_id, number=number, key=new_key(), provider="wallet").state


def take(*, user_id: int, reference: str) -> str:
    wallet.take(user_id=user_id, amount=Money(PRICE, "CNY"), reference=f"pay:{reference}", order_number="")
    return "taken"


def test_a_double_refund(crowd: Crowd, rounds: range, buyer: User, sku: Sku) -> None:
    """The buyer asks, staff ask, workers send: what was paid goes back once."""
    for _ in rounds:
        paid = order_sku(buyer=buyer, sku=sku)
        payment = pay(paid)
        assert deliver(decide(payment)).status_code == 200
        asks = partial(ask, buyer_id=buyer.pk, number=paid.number, line_id=paid.lines.get().pk)
        answers = crowd.race(
            [asks] * WHOLE
            + [refunds.send_refunds] * WHOLE
            + [partial(give_back, order_id=paid.pk, reference="the same")] * 20
            + [partial(give_back, order_id=paid.pk, reference=f"staff:{n}") for n in range(20)]
            + [partial(owe, payment=payment, reference=f"{n}") for n in range(CALLERS - 2 * WHOLE - 40)]
        )
        crowd.race([refunds.send_refunds] * WHOLE)
        payment.refresh_from_db()
        refund = Refund.objects.get(payment=payment)
        assert (refund.amount, refund.state, payment.refunded) == (PRICE, "done", PRICE)
        assert balance_of(order_id=paid.pk) == 0
        assert charge_of(payment).refunded == PRICE
        assert Case.objects.filter(order=paid).count() == answers["refunding"] <= 1
        assert OrderEvent.objects.filter(order=paid, type="order.refunded").count() == 1
    assert LedgerEntry.objects.filter(kind="refunded").count() == len(rounds)
    assert discrepancies() == []


def ask(*, buyer_id: int, number: str, line_id: int) -> str:
    return open_case(
        buyer_id=buyer_id, number=number, line_id=line_id, kind="refund_only", quantity=1, reason="changed_mind"
    ).state


def give_back(*, order_id: int, reference: str) -> str:
    with transaction.atomic():
        locked = orders.lock_order(order_id=order_id)
        refunds.request_refund(order=locked, amount=PRICE, reference=reference, reason="goodwill")
    return "promised"


def owe(*, payment: Payment, reference: str) -> str:
    with transaction.atomic():
        refunds.promise(payment=payment, amount=PRICE, reference=reference, reason="goodwill")
    return "promised"


def test_a_cancellation_against_the_money(crowd: Crowd, rounds: range, buyer: User, sku: Sku) -> None:
    """Paid and its units sold, or closed, never charged, and its units free."""
    for _ in rounds:
        unpaid = order_sku(buyer=buyer, sku=sku)
        payment = pay(unpaid)
        charge = charge_of(payment)
        lapse_order(unpaid)
        crowd.race(
            [partial(decide_charge, token=charge.token), partial(close_charge, key=charge.merchant_key)] * 90
            + [partial(pay_and_tell, token=charge.token)] * WHOLE
            + [partial(give_up, buyer_id=buyer.pk, number=unpaid.number)] * WHOLE
            + [partial(look, buyer_id=buyer.pk, payment_id=payment.pk)] * WHOLE
            + [closing.close_due_orders] * WHOLE
        )
        unpaid.refresh_from_db()
        payment.refresh_from_db()
        is_paid = charge_of(payment).state == "succeeded"
        if is_paid:
            assert (unpaid.state, payment.state) == ("paid", "succeeded")
        else:
            assert (unpaid.state, payment.state) in (("closed", "closed"), ("closed", "failed"))
        assert balance_of(order_id=unpaid.pk) == (PRICE if is_paid else 0)
        ends = OrderEvent.objects.filter(order=unpaid, type__in=["order.paid", "order.closed"])
        assert ends.count() == 1
        moved = set(StockMovement.objects.filter(reference=unpaid.number).values_list("kind", flat=True))
        assert moved == {"reserve", "sell" if is_paid else "release"}
        assert Stock.objects.get(sku=sku).reserved == 0
    assert not Refund.objects.exists()
    assert discrepancies() == []


def decide_charge(*, token: str) -> SandboxCharge:
    """The buyer says yes on the provider's page."""
    charge = sandbox.charge_by_token(token)
    assert charge
    return sandbox.decide(charge=charge, paid=True)


def close_charge(*, key: str) -> None:
    sandbox.close_charge(key)


def pay_and_tell(*, token: str) -> str:
    charge = decide_charge(token=token)
    if charge.state != "succeeded":
        return charge.state
    body = body_of(charge)
    signed = {signing.HEADER: signing.sign(body=body, secret=configured.SANDBOX_WEBHOOK_SECRET, at=now())}
    return webhooks.receive(provider_name="sandbox", body=body, headers=signed).outcome


def give_up(*, buyer_id: int, number: str) -> str:
    return closing.cancel_order(buyer_id=buyer_id, number=number).state


def look(*, buyer_id: int, payment_id: int) -> str:
    """What the page that waits for the money does."""
    return attempts.check_payment(buyer_id=buyer_id, payment_id=payment_id).state


# --- The crowd itself -------------------------------------------------------------------------------------------------


def test_a_crowd_finds_what_reads_first_and_writes_later(crowd: Crowd, buyer: User) -> None:
    """The race that all of the above rules out is there for those who walk into it."""
    one = Wallet.objects.create(user=buyer, currency="CNY")
    taken = []
    for _ in range(5):
        Wallet.objects.update(balance=PRICE)
        taken.append(crowd.race([partial(read_then_write, wallet_id=one.pk)] * CALLERS)["taken"])
    assert max(taken) > 1


def read_then_write(*, wallet_id: int) -> str:
    with transaction.atomic():
        one = Wallet.objects.get(pk=wallet_id)
        if one.balance < PRICE:
            return "balance_too_low"
        one.balance -= PRICE
        one.save()
    return "taken"


def test_a_crowd_finds_a_deadlock(crowd: Crowd, buyer: User) -> None:
    ids = [Wallet.objects.create(user=buyer, currency=currency).pk for currency in ("CNY", "USD")]
    crowd.expected_deadlocks = 1
    with pytest.raises(AssertionError, match="1 of 2 calls broke(.|\n)*deadlock detected"):
        crowd.race([partial(lock_in_turn, ids=ids), partial(lock_in_turn, ids=ids[::-1])])


def lock_in_turn(*, ids: list[int]) -> None:
    with transaction.atomic():
        for one in ids:
            Wallet.objects.filter(pk=one).update(balance=1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.2)")
