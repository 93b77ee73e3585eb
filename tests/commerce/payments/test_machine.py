"""Whatever comes in whatever order (webhooks fifty times over, queries, cancellations, time, refunds, cases), an order
ends in one state that is legal, and no money, coupon or unit is lost or kept."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any, ClassVar

import pytest
from django.conf import settings as configured
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

from commerce.aftersales import services as aftersales
from commerce.aftersales.models import Case
from commerce.checkout.services import Wanted, place_order
from commerce.flash_sales.models import Allotment, Claim
from commerce.inventory.models import Stock, StockMovement
from commerce.inventory.selectors import discrepancies
from commerce.inventory.services import receive, reserve
from commerce.orders.models import Order, OrderEvent
from commerce.orders.services import lock_order
from commerce.payments.events import RefundDone
from commerce.payments.models import LedgerEntry, Payment, ProviderEvent, Refund, SandboxCharge, Wallet, WalletEntry
from commerce.payments.sandbox import books as sandbox
from commerce.payments.sandbox import signing
from commerce.payments.sandbox.provider import body_of
from commerce.payments.services import attempts, closing, refunds, webhooks
from commerce.payments.wallet import books as wallet
from commerce.promotions import services as promotions
from commerce.promotions.models import CouponGrant
from commerce.shipping.models import Shipment
from commerce.shipping.services import shipments
from project.kernel.clock import now
from project.kernel.errors import DomainError
from project.kernel.ids import new_key
from project.kernel.money import Money
from tests.support.buying import (
    address_of,
    decide,
    lapse,
    lapse_order,
    make_claim,
    order_claim,
)
from tests.support.factories import make_product, make_sale, make_sku, make_user
from tests.support.promoting import make_grant

pytestmark = pytest.mark.django_db

PRICE, OFF = 3900, 500
PURSE = 10_000
AFTERSALE = "aftersale"
# How far it has come before anything else happens.
SO_FAR = ["ordered", "started", "paid", "told", "shipped", "received", "from the purse"]
LEGAL = {
    ("pending_payment", "paid"),
    ("pending_payment", "closed"),
    ("closed", "paid"),
    ("paid", "shipped"),
    # All of the money goes back.
    ("paid", "closed"),
    ("shipped", "closed"),
    ("shipped", "received"),
    ("received", "closed"),
}
# In these states of an exchange the units for it are held.
HELD = ("awaiting_return", "returned", "received_back")
# How an exchange goes on from each of its states.
EXCHANGE = {
    "requested": ["approve", "instead", "choose", "decline", "cancel", "time"],
    "awaiting_return": ["send back", "cancel", "time"],
    "returned": ["take back", "time"],
    "received_back": ["resend", "pay instead", "time"],
    "resent": ["receive", "time", "pay instead"],
}


@pytest.fixture(autouse=True)
def providers(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    settings.SANDBOX_WEBHOOK_SECRET = "a secret of the sandbox"


class Buying(RuleBasedStateMachine):
    """One unit, one order for it, a coupon and a purse to pay with, and somebody else who would like it too."""

    order_id: int

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.seen = "pending_payment"
        self.came_in = 1
        self.good = 0

    # How many orders ended in each state, over all examples of a run.
    ends: ClassVar[Counter[str]] = Counter()

    def teardown(self) -> None:
        try:
            if hasattr(self, "order_id"):
                self.settle_everything()
        finally:
            transaction.set_rollback(True)
            self.rollback.__exit__(None, None, None)

    @initialize(
        bought=st.sampled_from(["by claim", "plainly", "with a coupon"]),
        purse=st.sampled_from([0, PURSE]),
        so_far=st.sampled_from(SO_FAR),
    )
    def place(self, bought: str, purse: int, so_far: str = "ordered") -> None:
        sku = make_sku(product=make_product(), price=PRICE, list_price=None, stock=0)
        receive(sku_id=sku.pk, quantity=1, reference=f"delivery:{sku.pk}")
        self.sku_id = sku.pk
        self.sale = make_sale(sku=sku, total=1) if bought == "by claim" else None
        buyer = make_user(password=None)
        self.purse = purse
        if purse:
            staff = make_user(is_staff=True, password=None)
            wallet.credit(user_id=buyer.pk, amount=Money(purse, "CNY"), reference=f"{buyer.pk}", by=staff)
        grant = make_grant(buyer, off=OFF) if bought == "with a coupon" else None
        self.grant_id = grant.pk if grant else None
        if self.sale:
            order = order_claim(make_claim(shopper=buyer, sale=self.sale))
        else:
            (order,) = place_order(
                shopper_id=buyer.pk,
                wanted=Wanted(lines=[(sku.pk, 1)]),
                address_id=address_of(buyer.pk),
                expected_total=PRICE - (OFF if grant else 0),
            )
        self.order_id = order.pk
        if so_far != "ordered":
            self.start(provider="wallet" if so_far == "from the purse" else "sandbox")
        if so_far in ("paid", "told", "shipped", "received"):
            self.decide(paid=True)
        if so_far in ("told", "shipped", "received"):
            self.webhooks(newest_first=False, times=1)
        if so_far in ("shipped", "received"):
            self.ship()
            self.seen = "shipped"
        if so_far == "received":
            self.receive()
            # For an exchange there has to be another one.
            self.goods_come_in()

    # --- What there is ---

    @property
    def order(self) -> Order:
        return Order.objects.get(pk=self.order_id)

    @property
    def payments(self) -> list[Payment]:
        return list(Payment.objects.filter(order_id=self.order_id).order_by("pk"))

    @property
    def charges(self) -> list[SandboxCharge]:
        return list(SandboxCharge.objects.filter(order_number=self.order.number).order_by("pk"))

    @property
    def told(self) -> list[SandboxCharge]:
        """Those that the provider has news of."""
        return [charge for charge in self.charges if charge.event_id]

    @property
    def cases(self) -> list[Case]:
        return list(Case.objects.filter(order_id=self.order_id).order_by("pk"))

    # --- Paying ---

    @rule(provider=st.sampled_from(["sandbox", "sandbox", "wallet"]))
    def start(self, provider: str) -> None:
        order = self.order
        with contextlib.suppress(DomainError):
            attempts.start_payment(buyer_id=order.buyer_id, number=order.number, key=new_key(), provider=provider)

    @precondition(lambda self: self.charges)
    @rule(paid=st.booleans())
    def decide(self, paid: bool) -> None:
        decide(Payment.objects.get(provider_key=self.charges[-1].merchant_key), paid=paid)

    @precondition(lambda self: self.told)
    @rule(newest_first=st.booleans(), times=st.sampled_from([1, 2]))
    def webhooks(self, newest_first: bool, times: int) -> None:
        for charge in self.told[::-1] if newest_first else self.told:
            for _ in range(times):
                tell(charge)
            assert ProviderEvent.objects.filter(event_id=charge.event_id).count() == 1

    @precondition(lambda self: self.payments)
    @rule()
    def query(self) -> None:
        payment = self.payments[-1]
        Payment.objects.filter(pk=payment.pk).update(created_at=now() - timedelta(minutes=1), asked_at=None)
        attempts.check_payment(buyer_id=self.order.buyer_id, payment_id=payment.pk)

    @rule(how=st.sampled_from(["cancelled", "attempt over", "order over"]))
    def it_ends(self, how: str) -> None:
        if how == "cancelled":
            with contextlib.suppress(DomainError):
                closing.cancel_order(buyer_id=self.order.buyer_id, number=self.order.number)
        elif how == "order over":
            lapse_order(self.order)
            closing.close_due_orders()
        elif self.payments:
            lapse(self.payments[-1])
            attempts.fail_lapsed()

    @precondition(lambda self: any(charge.state in ("closed", "declined") for charge in self.charges))
    @rule()
    def money_comes_late(self) -> None:
        """The provider took money for what it had called over."""
        charge = next(charge for charge in self.charges if charge.state in ("closed", "declined"))
        SandboxCharge.objects.filter(pk=charge.pk).update(
            state="succeeded", event_id=f"evt_{new_key()}", decided_at=now()
        )

    # --- Others ---

    @rule()
    def somebody_else_wants_it(self) -> None:
        with contextlib.suppress(DomainError), transaction.atomic():
            if self.sale:
                make_claim(shopper=make_user(password=None), sale=self.sale)
            else:
                reserve(sku_id=self.sku_id, quantity=1, reference=f"other:{new_key()}")

    @precondition(lambda self: self.grant_id)
    @rule()
    def the_coupon_goes_elsewhere(self) -> None:
        """If it is free, the buyer spends it on something else."""
        with contextlib.suppress(DomainError), transaction.atomic():
            promotions.lock(owner_id=self.order.buyer_id, grant_ids=[self.grant_id], purchase="elsewhere")  # type: ignore[list-item]

    # --- Money that goes back ---

    @rule()
    def refund(self) -> None:
        refunds.send_refunds()
        self.hear_of_refunds()

    def hear_of_refunds(self) -> None:
        """What the outbox would tell after a commit."""
        for case in self.cases:
            parts = Refund.objects.filter(payment__order_id=self.order_id, reference=case.reference)
            if parts and all(part.state == "done" for part in parts):
                amount = sum(part.amount for part in parts)
                aftersales.finish(RefundDone(order_id=self.order_id, reference=case.reference, amount=amount))

    @rule(amount=st.integers(1, 100_000), reference=st.sampled_from("ab"))
    def part_goes_back(self, amount: int, reference: str) -> None:
        """Somebody wants money back; the same demand twice, or more than there is, changes nothing."""
        with contextlib.suppress(DomainError), transaction.atomic():
            order = lock_order(order_id=self.order_id)
            if order.state == "paid":
                refunds.request_refund(order=order, amount=amount, reference=reference, reason=AFTERSALE)

    @precondition(lambda self: self.order.state in ("paid", "shipped", "received"))
    @rule(whole=st.booleans())
    def ask_for_it(self, whole: bool) -> None:
        """The buyer wants the money back, and the goods if they were sent: before they were, it is done at once."""
        order = self.order
        unsent = order.state == "paid"
        amount: dict[str, Any] = {} if whole or unsent else {"amount": 100}
        with contextlib.suppress(DomainError):
            aftersales.open_case(
                buyer_id=order.buyer_id,
                number=order.number,
                line_id=order.lines.get().pk,
                kind="refund_only",
                quantity=1,
                reason="changed_mind" if unsent else "quality",
                **amount,
            )

    @precondition(lambda self: any(case.state == "requested" and case.kind == "refund_only" for case in self.cases))
    @rule(step=st.sampled_from(["approve", "decline", "cancel", "time"]))
    def the_case_is_decided(self, step: str) -> None:
        case = next(case for case in self.cases if case.state == "requested" and case.kind == "refund_only")
        if step == "time":
            Case.objects.filter(pk=case.pk).update(deadline=now() - timedelta(seconds=1))
            aftersales.decide_due()
            return
        staff = make_user(is_staff=True, password=None)
        with contextlib.suppress(DomainError):
            if step == "approve":
                aftersales.approve(case_id=case.pk, by_id=staff.pk)
            elif step == "decline":
                aftersales.decline(case_id=case.pk, by_id=staff.pk, text="no")
            else:
                aftersales.cancel(buyer_id=self.order.buyer_id, case_id=case.pk)

    @precondition(lambda self: self.order.state == "paid")
    @rule()
    def ship(self) -> None:
        with contextlib.suppress(DomainError), transaction.atomic():
            shipments.ship(number=self.order.number, carrier_code="sf", key="k", tracking_number=f"SF{self.order_id}")

    @precondition(lambda self: self.order.state == "shipped")
    @rule()
    def receive(self) -> None:
        shipments.receive(buyer_id=self.order.buyer_id, number=self.order.number)

    # --- Another one for it ---

    @precondition(lambda self: self.came_in < 3)
    @rule()
    def goods_come_in(self) -> None:
        self.came_in += 1
        receive(sku_id=self.sku_id, quantity=1, reference=f"delivery:{self.sku_id}:{self.came_in}")

    @precondition(lambda self: self.order.state == "received")
    @rule()
    def ask_for_another(self) -> None:
        order = self.order
        with contextlib.suppress(DomainError):
            aftersales.open_case(
                buyer_id=order.buyer_id,
                number=order.number,
                line_id=order.lines.get().pk,
                kind="exchange",
                quantity=1,
                reason="damaged",
            )

    @precondition(lambda self: self.exchanging)
    @rule(data=st.data())
    def the_exchange_goes_on(self, data: st.DataObject) -> None:
        (case,) = self.exchanging
        self.go_on(case, data.draw(st.sampled_from(EXCHANGE[case.state])), good=data.draw(st.integers(0, 1)))

    def go_on(self, case: Case, step: str, *, good: int) -> None:
        if step == "time":
            Shipment.objects.filter(sent_for=case).update(state="delivered", delivered_at=now() - timedelta(days=20))
            Case.objects.filter(pk=case.pk).update(deadline=now() - timedelta(seconds=1))
            aftersales.decide_due()
            return
        buyer = {"buyer_id": self.order.buyer_id, "case_id": case.pk}
        seller = {"case_id": case.pk, "by_id": make_user(is_staff=True, password=None).pk}
        parcel = {"carrier": "sf", "number": f"SF{new_key()[:12]}"}
        steps: dict[str, Callable[[], Case]] = {
            "approve": lambda: aftersales.approve(**seller),
            "instead": lambda: aftersales.approve(**seller, instead=True),
            "choose": lambda: aftersales.choose(**buyer),
            "decline": lambda: aftersales.decline(**seller, text="no"),
            "cancel": lambda: aftersales.cancel(**buyer),
            "send back": lambda: aftersales.send_back(**buyer, **parcel),
            "take back": lambda: aftersales.take_back(**seller, good_quantity=good),
            "resend": lambda: aftersales.resend(**seller, **parcel),
            "receive": lambda: aftersales.receive(**buyer),
            "pay instead": lambda: aftersales.pay_instead(**seller, good_quantity=good),
        }
        sent = case.state == "resent"
        with contextlib.suppress(DomainError):
            steps[step]()
            if step == "take back" or (step == "pay instead" and sent):
                self.good += good

    @property
    def exchanging(self) -> list[Case]:
        return [case for case in self.cases if case.kind != "refund_only" and case.state in EXCHANGE]

    # --- What holds ---

    @property
    def given_back(self) -> int:
        """What was to go back of an order that was paid."""
        wanted = Refund.objects.filter(payment__order_id=self.order_id).exclude(reason=refunds.NO_GOODS)
        return sum(one.amount for one in wanted)

    @property
    def kept(self) -> int:
        """What the order's money should come to."""
        return (self.order.total if self.order.paid_at else 0) - self.given_back

    def went_from_the_purse(self) -> tuple[int, int]:
        """What the wallet paid and what came back into it."""
        entries = WalletEntry.objects.filter(order_number=self.order.number)
        paid, back = ([one.amount for one in entries if one.kind == kind] for kind in ("paid", "refunded"))
        return -sum(paid), sum(back)

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
        entries = LedgerEntry.objects.filter(payment__order_id=self.order_id)
        came = sum(entry.amount for entry in entries if entry.kind == "paid")
        went = sum(entry.amount for entry in entries if entry.kind == "refunded")
        due = sum(one.amount for one in Refund.objects.filter(payment__order_id=self.order_id, state="due"))
        assert came - went - due == self.kept >= 0
        assert all(0 <= one.refunded <= one.amount for one in self.payments)
        assert came == sum(one.amount for one in self.payments if one.state == "succeeded")
        spent, back = self.went_from_the_purse()
        assert went == sum(charge.refunded for charge in self.charges) + back
        if self.purse:
            assert Wallet.objects.get(user=self.order.buyer_id).balance == self.purse - spent + back >= 0

    @invariant()
    def the_unit_is_given_once(self) -> None:
        if not hasattr(self, "order_id"):
            return
        given = int(self.order.paid_at is not None)
        came_back = sum(case.quantity for case in self.cases if case.unshipped)
        if self.sale:
            allotment = Allotment.objects.get(sale=self.sale)
            mine = Claim.objects.get(order_line__order_id=self.order_id)
            assert allotment.sold == given
            assert (mine.state == "sold") is bool(given)
            assert allotment.held == Claim.objects.filter(sale=self.sale, state="held").count()
        resent = sum(case.quantity for case in self.cases if case.replacement_parcel_id)
        stock = Stock.objects.get(sku_id=self.sku_id)
        assert stock.on_hand == self.came_in - given + came_back - resent + self.good
        assert came_back <= given
        assert discrepancies() == []
        # Of a sale's unit, its own books tell.
        if not self.sale:
            held = sum(case.kind == "exchange" and case.state in HELD for case in self.cases)
            wanted = StockMovement.objects.filter(kind="reserve", reference__startswith="other:", sku=self.sku_id)
            assert stock.reserved == held + wanted.count() + int(self.order.state == "pending_payment")

    @invariant()
    def the_coupon_is_in_one_place(self) -> None:
        if not hasattr(self, "order_id") or self.grant_id is None:
            return
        order, grant = self.order, CouponGrant.objects.get(pk=self.grant_id)
        if order.state == "pending_payment":
            assert (grant.state, grant.reference) == ("locked", order.purchase)
        elif order.state == "closed":
            assert grant.state == "usable" or (grant.state, grant.reference) == ("locked", "elsewhere")
        else:
            assert (grant.state, grant.reference) == ("used", order.purchase)

    def everything_holds(self) -> None:
        self.the_state_is_legal()
        self.money_is_conserved()
        self.the_unit_is_given_once()
        self.the_coupon_is_in_one_place()

    def settle_everything(self) -> None:
        """In the end everything is delivered, asked for and sent back: then the books of both sides agree."""
        for payment in self.payments:
            lapse(payment)
        attempts.fail_lapsed()
        lapse_order(self.order)
        closing.close_due_orders()
        for charge in self.told:
            tell(charge)
        for _ in range(len(EXCHANGE) + 1):
            for case in self.cases:
                self.go_on(case, "time", good=0)
        Refund.objects.update(next_try_at=now() - timedelta(seconds=1))
        self.refund()
        self.everything_holds()
        order = self.order
        assert order.state in ("paid", "shipped", "received", "closed")
        assert not Refund.objects.filter(state="due").exists()
        assert not Payment.objects.filter(order=order, state="started").exists()
        assert {case.state for case in self.cases} <= {"refunded", "declined", "closed", "exchanged"}
        spent, back = self.went_from_the_purse()
        taken = sum(charge.amount - charge.refunded for charge in self.charges if charge.state == "succeeded")
        assert taken + spent - back == self.kept
        assert OrderEvent.objects.filter(order=order, type="order.paid").count() == int(order.paid_at is not None)
        assert discrepancies() == []
        self.ends[order.state] += 1
        states = {charge.merchant_key: charge.state for charge in self.charges}
        for payment in self.payments:
            if payment.provider == "sandbox":
                assert (payment.state == "succeeded") is (states[payment.provider_key] == "succeeded")


def tell(charge: SandboxCharge) -> None:
    """The provider's webhook comes."""
    body = body_of(charge)
    signed = {signing.HEADER: signing.sign(body=body, secret=configured.SANDBOX_WEBHOOK_SECRET, at=now())}
    assert webhooks.receive(provider_name="sandbox", body=body, headers=signed).outcome == webhooks.DONE


STEPS: dict[str, Callable[[Buying], object]] = {
    "fifty webhooks": lambda buying: buying.webhooks(newest_first=False, times=50),
    "a query": lambda buying: buying.query(),
    "a cancellation": lambda buying: buying.it_ends(how="cancelled"),
    "a timeout": lambda buying: [buying.it_ends(how=how) for how in ("attempt over", "order over")],
}


@pytest.mark.parametrize("late", [False, True], ids=["paid in time", "paid late"])
@pytest.mark.parametrize("steps", list(permutations(STEPS)), ids=", ".join)
def test_money_may_come_in_any_order_of_things(steps: tuple[str, ...], late: bool) -> None:
    """In time, so that the order is paid whatever comes first; or after the provider had called it over."""
    buying = Buying()
    buying.place(bought="with a coupon", purse=0)
    buying.start(provider="sandbox")
    if late:
        sandbox.close_charge(buying.charges[0].merchant_key)
        buying.money_comes_late()
    else:
        buying.decide(paid=True)
    for step in steps:
        STEPS[step](buying)
        buying.everything_holds()
    assert buying.order.state == "paid"
    buying.teardown()


def test_every_order_of_things_ends_well() -> None:
    ended = run(examples=40)
    assert (ended.total() >= 40, len(ended) > 1) == (True, True), ended


def run(*, examples: int) -> Counter[str]:
    """How many orders ended in each state."""
    Buying.ends.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Buying,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            database=None,
            # A dozen steps can be read as they are; shrinking them would outlast the test's time.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    return Buying.ends
