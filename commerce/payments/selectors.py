from __future__ import annotations

from typing import cast

from django.db.models import Prefetch, Q, QuerySet, Sum

from commerce.orders.models import Order
from commerce.payments.cards import TopUpCard, TopUpStateName
from commerce.payments.models import LedgerEntry, Payment, Refund, TopUp, TopUpDecision
from project.kernel.errors import NotFound
from project.kernel.money import Money


def own_payment(*, buyer_id: int, payment_id: int) -> Payment:
    """Raises NotFound, also for somebody else's payment."""
    payments = Payment.objects.select_related("order").filter(order__buyer_id=buyer_id)
    payment = payments.filter(pk=payment_id).first()
    if payment is None:
        raise NotFound
    return payment


def payments_of(number: str) -> QuerySet[Payment]:
    """The attempts to pay an order, oldest first, with what of them goes back. Raises NotFound."""
    if not Order.objects.filter(number=number).exists():
        raise NotFound
    refunds = Prefetch("refunds", Refund.objects.select_related("payment__order").order_by("pk"))
    return Payment.objects.filter(order__number=number).prefetch_related(refunds).order_by("pk")


def refused_refunds() -> QuerySet[Refund]:
    """Those that are owed, and that their provider refuses for good."""
    return Refund.objects.select_related("payment__order").filter(state=Refund.State.FAILED)


def stuck_payments() -> QuerySet[Payment]:
    """Open attempts about which their provider says what does not fit."""
    return Payment.objects.select_related("order").filter(state=Payment.State.STARTED).exclude(problem="")


def stuck_top_ups() -> QuerySet[TopUp]:
    """Those that came in with another amount than was ordered, and that staff has not decided about; and what staff
    sends back while the provider has not said yes.
    """
    undecided = Q(decision=None) & ~Q(state=TopUp.State.SUCCEEDED)
    on_its_way = Q(decision__way=TopUpDecision.Way.SENT_BACK, decision__done_at=None)
    odd = TopUp.objects.select_related("user", "decision__by").filter(came_in__isnull=False)
    return odd.filter(undecided | on_its_way)


def balance_of(*, order_id: int) -> int:
    """What came in for an order minus what went back, in minor units."""
    entries = LedgerEntry.objects.filter(payment__order_id=order_id)
    sums = {row["kind"]: row["sum"] for row in entries.values("kind").annotate(sum=Sum("amount")).order_by()}
    return int(sums.get(LedgerEntry.Kind.PAID, 0)) - int(sums.get(LedgerEntry.Kind.REFUNDED, 0))


def top_ups_of(user_id: int) -> QuerySet[TopUp]:
    """The user's own, newest first."""
    return TopUp.objects.select_related("decision").filter(user_id=user_id)


def own_top_up(*, user_id: int, top_up_id: int) -> TopUp:
    """Raises NotFound, also for somebody else's."""
    top_up = top_ups_of(user_id).filter(pk=top_up_id).first()
    if top_up is None:
        raise NotFound
    return top_up


def card_of_top_up(top_up: TopUp) -> TopUpCard:
    return {
        "id": top_up.pk,
        "number": top_up.number,
        "state": cast(TopUpStateName, str(top_up.state)),
        "amount": amount_of(top_up).as_dict(),
        "version": top_up.version,
    }


def was_sent_back(top_up: TopUp) -> bool:
    """Whether staff sent back, or is sending back, what came in."""
    decision = getattr(top_up, "decision", None)
    return decision is not None and decision.way == TopUpDecision.Way.SENT_BACK


def amount_of(top_up: TopUp) -> Money:
    """What was ordered; of one that came in with another amount, about which staff has decided, that."""
    decision = getattr(top_up, "decision", None)
    return Money(decision.amount, decision.currency) if decision else Money(top_up.amount, top_up.currency)
