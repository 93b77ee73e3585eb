"""Claims, many in one transaction. The database decides; the order of arrival is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from chat.conversations.belonging import those_shut_out
from commerce.catalog.selectors import sku_cards
from commerce.flash_sales.errors import AlreadyHolding, ClaimExpired, LimitReached
from commerce.flash_sales.events import ClaimWon, StockChanged
from commerce.flash_sales.models import Allotment, Claim, FlashSale, NewClaim
from commerce.flash_sales.selectors import claim_card, stock_of
from commerce.flash_sales.services.holds import release_lapsed_of_locked_sales
from project.kernel.clock import database_now, to_ms
from project.kernel.errors import DomainError, NotFound, NotOpen, SoldOut
from project.kernel.events import Event
from project.kernel.rows import insert
from project.realtime.outbox import publish_on_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    sale_id: int
    sku_id: int
    quantity: int
    shopper_id: int
    key: str

    @property
    def thing(self) -> tuple[int, int]:
        return self.sale_id, self.sku_id

    @property
    def claimant(self) -> int:
        return self.shopper_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAnswer:
    """`expires_at` in ms since the epoch; `position` counts a sale's winners from 1."""

    claim_id: int
    position: int
    expires_at: int


def claim_batch(requests: Sequence[ClaimRequest]) -> list[ClaimAnswer | DomainError]:
    """Decide on claims in the order of their arrival, inside the caller's transaction.

    The same key of the same shopper again gets the same claim, from whatever process. A number of queries that does
    not depend on how many claims there are.
    """
    return _Batch(requests).decide()


class _Batch:
    def __init__(self, requests: Sequence[ClaimRequest]) -> None:
        self.requests = requests
        sale_ids = sorted({request.sale_id for request in requests})
        locked = FlashSale.objects.select_for_update().filter(pk__in=sale_ids).order_by("pk")
        self.sales = {sale.pk: sale for sale in locked}
        # The clock is read under the lock: who waited for it may come too late.
        self.now = database_now()
        lapsed = release_lapsed_of_locked_sales(list(self.sales), now=self.now, announce=False)
        self.changed = {claim.sale_id for claim in lapsed}
        self.allotments = {(one.sale_id, one.sku_id): one for one in Allotment.objects.filter(sale__in=self.sales)}
        self.claims: dict[tuple[int, int], list[Claim | NewClaim]] = defaultdict(list)
        shoppers = {request.shopper_id for request in requests}
        for claim in Claim.objects.filter(sale__in=self.sales, shopper__in=shoppers):
            self.claims[claim.sale_id, claim.shopper_id].append(claim)
        # Asked here, under the lock: who has won once may come again, and may have left the group since.
        self.shut_out = those_shut_out(
            {(self.sales[one.sale_id].channel, one.shopper_id) for one in requests if one.sale_id in self.sales}
        )
        self.won: list[NewClaim] = []

    def decide(self) -> list[ClaimAnswer | DomainError]:
        decisions: list[Claim | NewClaim | DomainError] = []
        for request in self.requests:
            try:
                decisions.append(self._decide(request))
            except DomainError as refusal:
                decisions.append(refusal)
        self._write()
        return [
            decision
            if isinstance(decision, DomainError)
            else ClaimAnswer(claim_id=decision.id, position=decision.position, expires_at=to_ms(decision.expires_at))
            for decision in decisions
        ]

    def _decide(self, request: ClaimRequest) -> Claim | NewClaim:
        mine = self.claims[request.sale_id, request.shopper_id]
        if known := next((claim for claim in mine if claim.key == request.key), None):
            if known.state == Claim.State.RELEASED:
                raise ClaimExpired
            return known
        sale = self.sales.get(request.sale_id)
        allotment = self.allotments.get((request.sale_id, request.sku_id))
        if sale is None or allotment is None or (sale.channel, request.shopper_id) in self.shut_out:
            raise NotFound
        if sale.state == FlashSale.State.CLOSED or not sale.starts_at <= self.now < sale.ends_at:
            raise NotOpen
        if any(claim.state == Claim.State.HELD for claim in mine):
            raise AlreadyHolding
        had = sum(
            claim.quantity
            for claim in mine
            if claim.state != Claim.State.RELEASED and claim.allotment_id == allotment.pk
        )
        if had + request.quantity > allotment.per_customer_limit:
            raise LimitReached
        if allotment.remaining < request.quantity:
            raise SoldOut
        return self._win(request, sale, allotment)

    def _win(self, request: ClaimRequest, sale: FlashSale, allotment: Allotment) -> NewClaim:
        allotment.held += request.quantity
        sale.last_position += 1
        claim = NewClaim(
            sale_id=sale.pk,
            allotment_id=allotment.pk,
            shopper_id=request.shopper_id,
            key=request.key,
            quantity=request.quantity,
            price=allotment.price,
            currency=allotment.currency,
            position=sale.last_position,
            created_at=self.now,
            expires_at=_hold_until(self.now),
        )
        self.claims[sale.pk, request.shopper_id].append(claim)
        self.won.append(claim)
        self.changed.add(sale.pk)
        return claim

    def _write(self) -> None:
        if not self.changed:
            return
        insert(Claim, self.won)
        changed = [one for one in self.allotments.values() if one.sale_id in self.changed]
        taken = {claim.allotment_id for claim in self.won}
        # One by one: nearly always it is one SKU of one sale, and for that bulk_update costs more.
        for one in changed:
            if one.pk in taken:
                Allotment.objects.filter(pk=one.pk).update(held=one.held)
        for sale_id in self.changed:
            sale = self.sales[sale_id]
            sale.version += 1
            FlashSale.objects.filter(pk=sale_id).update(version=sale.version, last_position=sale.last_position)
        cards = sku_cards({one.sku_id for one in changed})
        card_of = {one.pk: cards[one.sku_id] for one in changed}
        events: list[Event] = [
            ClaimWon(shopper_to=claim.shopper_id, claim=claim_card(claim, card_of[claim.allotment_id]))
            for claim in self.won
        ]
        for sale_id in sorted(self.changed):
            items = stock_of(one for one in changed if one.sale_id == sale_id)
            events.append(StockChanged(sale=sale_id, version=self.sales[sale_id].version, items=items))
        publish_on_commit(*events)


def _hold_until(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.HOLD_SECS)
