from __future__ import annotations

from django.db.models import Sum

from commerce.payments.models import LedgerEntry, Payment
from project.kernel.errors import NotFound


def own_payment(*, buyer_id: int, payment_id: int) -> Payment:
    """Raises NotFound, also for somebody else's payment."""
    payment = Payment.objects.select_related("order").filter(pk=payment_id, order__buyer_id=buyer_id).first()
    if payment is None:
        raise NotFound
    return payment


def balance_of(*, order_id: int) -> int:
    """What came in for an order minus what went back, in minor units."""
    entries = LedgerEntry.objects.filter(payment__order_id=order_id)
    sums = {row["kind"]: row["sum"] for row in entries.values("kind").annotate(sum=Sum("amount")).order_by()}
    return int(sums.get(LedgerEntry.Kind.PAID, 0)) - int(sums.get(LedgerEntry.Kind.REFUNDED, 0))
