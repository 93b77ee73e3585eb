"""Claims of drops, many in one transaction. The database decides; the order of arrival is kept.

Locks: drop, then coupon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from commerce.promotions.errors import CouponLimitReached, CouponOver
from commerce.promotions.events import CouponGranted, DropClosed, DropCounted
from commerce.promotions.models import Coupon, CouponDrop, CouponGrant, NewGrant
from commerce.promotions.selectors import SCOPE, coupon_card, drop_state, new_grant_card
from commerce.promotions.services.giving import usable_until
from project.kernel.clock import database_now, to_ms
from project.kernel.errors import DomainError, NotFound, NotOpen, SoldOut
from project.kernel.events import Event
from project.kernel.rows import insert
from project.realtime.outbox import publish_on_commit

State = CouponDrop.State


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRequest:
    drop_id: int
    user_id: int
    key: str

    @property
    def thing(self) -> int:
        return self.drop_id

    @property
    def claimant(self) -> int:
        return self.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAnswer:
    """`position` counts a drop's winners from 1; `usable_until` in ms since the epoch."""

    grant_id: int
    position: int
    usable_until: int


def claim_coupons(requests: Sequence[DropRequest]) -> list[DropAnswer | DomainError]:
    """Decide on claims in the order of their arrival, inside the caller's transaction.

    The same key of the same person again gets the same coupon, from whatever process. A number of queries that does
    not depend on how many claims there are.
    """
    return _Batch(requests).decide()


class _Batch:
    def __init__(self, requests: Sequence[DropRequest]) -> None:
        self.requests = requests
        drop_ids = {request.drop_id for request in requests}
        drops = CouponDrop.objects.select_for_update().filter(pk__in=drop_ids).order_by("pk")
        self.drops = {drop.pk: drop for drop in drops}
        coupon_ids = {drop.coupon_id for drop in self.drops.values()}
        coupons = Coupon.objects.select_for_update().filter(pk__in=coupon_ids).order_by("pk")
        self.coupons = {coupon.pk: coupon for coupon in coupons}
        # The clock is read under the locks: who waited for them may come too late.
        self.now = database_now()
        self.grants: dict[tuple[int, int], list[CouponGrant | NewGrant]] = defaultdict(list)
        owners = {request.user_id for request in requests}
        for grant in CouponGrant.objects.filter(coupon__in=coupon_ids, owner__in=owners):
            self.grants[grant.coupon_id, grant.owner_id].append(grant)
        self.won: list[NewGrant] = []

    def decide(self) -> list[DropAnswer | DomainError]:
        decisions: list[CouponGrant | NewGrant | DomainError] = []
        for request in self.requests:
            try:
                decisions.append(self._decide(request))
            except DomainError as refusal:
                decisions.append(refusal)
        self._write()
        return [decision if isinstance(decision, DomainError) else _answer(decision) for decision in decisions]

    def _decide(self, request: DropRequest) -> CouponGrant | NewGrant:
        drop = self.drops.get(request.drop_id)
        if drop is None:
            raise NotFound
        coupon = self.coupons[drop.coupon_id]
        mine = self.grants[coupon.pk, request.user_id]
        if known := next((grant for grant in mine if grant.drop_id == drop.pk), None):
            if known.drop_key != request.key:
                raise CouponLimitReached(detail={"per_user": 1})
            return known
        if drop.given >= drop.quantity or (coupon.total is not None and coupon.granted >= coupon.total):
            raise SoldOut
        over = coupon.stopped_at is not None or coupon.ends_at <= self.now
        if drop.state == State.CLOSED or over or not drop.starts_at <= self.now < drop.ends_at:
            raise NotOpen
        ordinal = max((grant.ordinal for grant in mine), default=0) + 1
        if ordinal > coupon.per_user:
            raise CouponLimitReached(detail={"per_user": coupon.per_user})
        until = usable_until(coupon, self.now)
        if until <= self.now:
            raise CouponOver
        drop.given += 1
        coupon.granted += 1
        grant = NewGrant(
            coupon_id=coupon.pk,
            owner_id=request.user_id,
            ordinal=ordinal,
            usable_until=until,
            granted_at=self.now,
            drop_id=drop.pk,
            drop_key=request.key,
            position=drop.given,
        )
        mine.append(grant)
        self.won.append(grant)
        return grant

    def _write(self) -> None:
        if not self.won:
            return
        insert(CouponGrant, self.won)
        granted = [self.coupons[coupon_id] for coupon_id in sorted({grant.coupon_id for grant in self.won})]
        prefetch_related_objects(granted, *SCOPE)
        cards = {coupon.pk: coupon_card(coupon) for coupon in granted}
        events: list[Event] = [
            CouponGranted(
                user_to=grant.owner_id,
                grant=new_grant_card(grant, cards[grant.coupon_id]),
                drop=grant.drop_id,
                position=grant.position,
            )
            for grant in self.won
        ]
        for coupon in granted:
            coupon.save(update_fields=["granted"])
        for drop_id in sorted({grant.drop_id for grant in self.won}):
            drop = self.drops[drop_id]
            drop.version += 1
            if drop.given == drop.quantity:
                # Nothing comes back: it is over as soon as the last one is given.
                drop.state, drop.close_reason, drop.closed_at = State.CLOSED, "gone", self.now
                events.append(DropClosed(drop=drop_state(drop, self.coupons[drop.coupon_id], cards[drop.coupon_id])))
            else:
                events.append(DropCounted(drop=drop_id, version=drop.version, given=drop.given))
            drop.save(update_fields=["given", "version", "state", "close_reason", "closed_at"])
        publish_on_commit(*events)


def _answer(grant: CouponGrant | NewGrant) -> DropAnswer:
    assert grant.position is not None
    return DropAnswer(grant_id=grant.id, position=grant.position, usable_until=to_ms(grant.usable_until))
