"""A book of points, as a loyalty app would keep one: rows of wallets in a currency of their own, so that the database
decides who spends them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from commerce.payments.errors import BalanceTooLow
from commerce.payments.models import Wallet, WalletEntry
from commerce.payments.wallet import books
from commerce.promotions.errors import PointsShort
from commerce.promotions.points import Offer
from project.kernel.money import Money

POINTS = "PTS"


@dataclass(frozen=True)
class PointsBook:
    """Each `step` points pay `worth` of `pays`."""

    step: int = 1
    worth: int = 1
    pays: str = "CNY"
    funded_by: str = "house"

    def earn(self, user_id: int, points: int) -> None:
        books.put(user_id=user_id, amount=Money(points, POINTS), kind="credited", reference=f"earned:{user_id}")

    def balance(self, user_id: int) -> int:
        wallet = Wallet.objects.filter(user_id=user_id, currency=POINTS).first()
        return wallet.balance if wallet else 0

    def kept(self, reference: str) -> int:
        """What an order has of its buyer's points."""
        moved = WalletEntry.objects.filter(order_number=reference).aggregate(sum=Sum("amount"))
        return -int(moved["sum"] or 0)

    def offer(self, *, user_id: int, currency: str) -> Offer | None:
        if currency != self.pays:
            return None
        return Offer(balance=self.balance(user_id), step=self.step, worth=self.worth, funded_by=self.funded_by)

    def lock(self, *, user_id: int, points: int, reference: str) -> None:
        try:
            books.take(
                user_id=user_id, amount=Money(points, POINTS), reference=f"lock:{reference}", order_number=reference
            )
        except BalanceTooLow:
            raise PointsShort from None

    def use(self, *, user_id: int, points: int, reference: str) -> bool:
        if self.kept(reference) == points:
            return True
        try:
            books.take(
                user_id=user_id, amount=Money(points, POINTS), reference=f"late:{reference}", order_number=reference
            )
        except BalanceTooLow:
            return False
        return True

    def release(self, *, user_id: int, points: int, reference: str) -> None:
        assert self.kept(reference) == points
        self._put(user_id, points, f"release:{reference}", reference)

    def give_back(self, *, user_id: int, points: int, reference: str, key: str) -> None:
        self._put(user_id, points, f"back:{key}", reference)
        assert self.kept(reference) >= 0, "more went back than was spent"

    def _put(self, user_id: int, points: int, key: str, order: str) -> None:
        books.put(user_id=user_id, amount=Money(points, POINTS), kind="refunded", reference=key, order_number=order)
