"""Whatever comes in whatever order (webhooks, queries, cancellations, time), an order ends in one state that is legal,
and no money is lost or kept."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from commerce.flash_sales.models import Allotment, Claim
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from commerce.inventory.services import receive, reserve
from commerce.orders.models import Order, OrderEvent
from commerce.orders.services import lock_order
from commerce.payments.models import LedgerEntry, Payment, Refund, SandboxCharge
from commerce.payments.services import attempts, closing, refunds
from project.kernel.clock import now
from project.kernel.errors import DomainError
from project.kernel.ids import new_key
from tests.support.buying import (
    charge_of,
    decide,
    deliver,
    lapse,
    lapse_order,
    make_claim,
    order_claim,
    order_sku,
    pay,
)
from tests.support.factories import make_product, make_sale, make_sku, make_user

AFTERSALE = "aftersale"
LEGAL = {
    ("pending_payment", "paid"),
    ("pending_payment", "closed"),
    ("closed", "paid"),
}


class Buying(RuleBasedStateMachine):
    """One unit, one order for it, and somebody else who would like it too."""

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.seen = "pending_payment"

    def teardown(self) -> None:
        try:
            if hasattr(self, "order_id"):
                self.settle_everything()
        finally:
            transaction.set_rollback(True)
            self.rollback.__exit__(None, None, None)

    @initialize(by_claim=st.booleans())
    def place(self, by_claim: bool) -> None:
        sku = make_sku(product=make_product(), stock=0)
        receive(sku_id=sku.pk, quantity=1, reference=f"delivery:{sku.pk}")
        self.sku_id = sku.pk
        self.sale = make_sale(sku=sku, total=1) if by_claim else None
        buyer = make_user(password=None)
        order = order_claim(make_claim(shopper=buyer, sale=self.sale)) if by_claim else order_sku(buyer=buyer, sku=sku)
        self.order_id = order.pk

    @property
    def order(self) -> Order:
        return Order.objects.get(pk=self.order_id)

    @property
    def payments(self) -> list[Payment]:
        return list(Payment.objects.filter(order_id=self.order_id).order_by("pk"))

    @property
    def charges(self) -> list[SandboxCharge]:
        return list(SandboxCharge.objects.filter(order_number=self.order.number).order_by("pk"))

    def last(self) -> Payment:
        return self.payments[-1]

    @rule()
    def start(self) -> None:
        with contextlib.suppress(DomainError):
            pay(self.order)

    @precondition(lambda self: self.payments)
    @rule(paid=st.booleans())
    def decide(self, paid: bool) -> None:
        decide(self.last(), paid=paid)

    @precondition(lambda self: any(charge.event_id for charge in self.charges))
    @rule(newest_first=st.booleans())
    def webhooks(self, newest_first: bool) -> None:
        for charge in self.charges[::-1] if newest_first else self.charges:
            if charge.event_id:
                assert deliver(charge).status_code == 200

    @precondition(lambda self: self.payments)
    @rule()
    def query(self) -> None:
        payment = self.last()
        Payment.objects.filter(pk=payment.pk).update(created_at=now() - timedelta(minutes=1), asked_at=None)
        attempts.check_payment(buyer_id=self.order.buyer_id, payment_id=payment.pk)

    @rule()
    def cancel(self) -> None:
        with contextlib.suppress(DomainError):
            closing.cancel_order(buyer_id=self.order.buyer_id, number=self.order.number)

    @precondition(lambda self: self.payments)
    @rule()
    def time_of_the_attempt_is_over(self) -> None:
        lapse(self.last())
        attempts.fail_lapsed()

    @rule()
    def time_of_the_order_is_over(self) -> None:
        lapse_order(self.order)
        closing.close_due_orders()

    @precondition(lambda self: any(charge.state in ("closed", "declined") for charge in self.charges))
    @rule()
    def money_comes_late(self) -> None:
        """The provider took money for what it had called over."""
        charge = next(charge for charge in self.charges if charge.state in ("closed", "declined"))
        SandboxCharge.objects.filter(pk=charge.pk).update(
            state="succeeded", event_id=f"evt_{new_key()}", decided_at=now()
        )

    @rule()
    def somebody_else_wants_it(self) -> None:
        try:
            with transaction.atomic():
                if self.sale:
                    make_claim(shopper=make_user(password=None), sale=self.sale)
                else:
                    reserve(sku_id=self.sku_id, quantity=1, reference=f"other:{new_key()}")
        except DomainError:
            pass

    @rule()
    def refund(self) -> None:
        refunds.send_refunds()

    @rule(amount=st.integers(1, 100_000), reference=st.sampled_from("ab"))
    def part_goes_back(self, amount: int, reference: str) -> None:
        """After-sales wants money back; the same demand twice, or more than there is, changes nothing."""
        with contextlib.suppress(DomainError), transaction.atomic():
            order = lock_order(order_id=self.order_id)
            if order.state == "paid":
                refunds.request_refund(order=order, amount=amount, reference=reference, reason=AFTERSALE)

    @property
    def given_back(self) -> int:
        return sum(one.amount for one in Refund.objects.filter(payment__order_id=self.order_id, reason=AFTERSALE))

    @invariant()
    def the_state_is_legal(self) -> None:
        if not hasattr(self, "order_id"):
            return
        state = self.order.state
        # One rule may take two steps: closed, and then paid by late money.
        assert state == self.seen or (self.seen, state) in LEGAL, (self.seen, state)
        self.seen = state

    @invariant()
    def money_is_conserved(self) -> None:
        if not hasattr(self, "order_id"):
            return
        order = self.order
        entries = LedgerEntry.objects.filter(payment__order=order)
        came = sum(entry.amount for entry in entries if entry.kind == "paid")
        went = sum(entry.amount for entry in entries if entry.kind == "refunded")
        due = sum(one.amount for one in Refund.objects.filter(payment__order=order, state="due"))
        assert came - went - due == (order.total if order.state == "paid" else 0) - self.given_back
        assert 0 <= self.given_back <= came
        assert all(0 <= one.refunded <= one.amount for one in self.payments)
        assert came == sum(one.amount for one in self.payments if one.state == "succeeded")
        assert went == sum(charge.refunded for charge in self.charges)

    @invariant()
    def the_unit_is_given_once(self) -> None:
        if not hasattr(self, "order_id"):
            return
        paid = self.order.state == "paid"
        stock = Stock.objects.get(sku_id=self.sku_id)
        if self.sale:
            allotment = Allotment.objects.get(sale=self.sale)
            mine = Claim.objects.get(order_line__order_id=self.order_id)
            assert allotment.sold == int(paid)
            assert (mine.state == "sold") is paid
            assert allotment.held == Claim.objects.filter(sale=self.sale, state="held").count()
        assert stock.on_hand == 1 - int(paid)

    def settle_everything(self) -> None:
        """In the end everything is delivered, asked for and sent back: then the books of both sides agree."""
        for payment in self.payments:
            lapse(payment)
        attempts.fail_lapsed()
        lapse_order(self.order)
        closing.close_due_orders()
        for charge in self.charges:
            if charge.event_id:
                assert deliver(charge).status_code == 200
        Refund.objects.update(next_try_at=now() - timedelta(seconds=1))
        refunds.send_refunds()
        self.the_state_is_legal()
        self.money_is_conserved()
        self.the_unit_is_given_once()
        order = self.order
        assert order.state in ("paid", "closed")
        assert not Refund.objects.filter(state="due").exists()
        assert not Payment.objects.filter(order=order, state="started").exists()
        taken = sum(charge.amount - charge.refunded for charge in self.charges if charge.state == "succeeded")
        assert taken == (order.total if order.state == "paid" else 0) - self.given_back
        assert OrderEvent.objects.filter(order=order, type="order.paid").count() == int(order.state == "paid")
        if self.sale is None:
            assert discrepancies() == []
        for payment in self.payments:
            assert (payment.state == "succeeded") is (charge_of(payment).state == "succeeded")


@pytest.mark.django_db
def test_every_order_of_things_ends_well() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Buying,
        settings=settings(
            max_examples=40,
            stateful_step_count=12,
            deadline=None,
            database=None,
            # A dozen steps can be read as they are; shrinking them would outlast the test's time.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
