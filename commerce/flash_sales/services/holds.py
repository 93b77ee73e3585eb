"""What becomes of a hold: extended while it is being paid, then sold or released, each once.

Everything that changes an allotment holds the lock of its sale's row. Locks: sale, claim, order, payment.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import F

from commerce.flash_sales import errors
from commerce.flash_sales.events import ClaimExpired, ClaimSettled, StockChanged
from commerce.flash_sales.models import Allotment, Claim, FlashSale
from commerce.flash_sales.selectors import claim_cards, lapsed, stock_of
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from project.kernel.clock import database_now
from project.kernel.errors import NotFound
from project.kernel.events import Event
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)
State = Claim.State


def lock_claim(*, claim_id: int) -> Claim:
    """Lock the claim's sale, then the claim. Raises NotFound."""
    sale_id = Claim.objects.filter(pk=claim_id).values_list("sale_id", flat=True).first()
    if sale_id is None:
        raise NotFound
    FlashSale.objects.select_for_update().get(pk=sale_id)
    return Claim.objects.select_for_update(of=("self",)).select_related("allotment", "sale").get(pk=claim_id)


def extend_hold(*, claim: Claim, until: datetime) -> None:
    """Money may come until then, and the hold no longer lapses by itself. The claim is locked. Raises ClaimExpired."""
    changed = Claim.objects.filter(pk=claim.pk, state=State.HELD).update(expires_at=until, paying_since=database_now())
    if not changed:
        raise errors.ClaimExpired
    claim.refresh_from_db()


def settle_claim(*, claim: Claim) -> bool:
    """The units were paid for: held → sold. The claim is locked.

    Units that were released meanwhile are taken again if there are free ones: of the sale while it runs, of the stock
    when it is over. False when there are none, or when the claim was sold before.
    """
    claim = lock_claim(claim_id=claim.pk)
    allotment = Allotment.objects.get(pk=claim.allotment_id)
    reference = f"claim:{claim.pk}"
    if claim.state == State.SOLD:
        return False
    if claim.state == State.HELD:
        allotment.held -= claim.quantity
    elif allotment.remaining < claim.quantity:
        return False
    elif allotment.returned_at is not None:
        try:
            inventory.reserve(sku_id=allotment.sku_id, quantity=claim.quantity, reference=f"{reference}:again")
        except OutOfStock:
            return False
    allotment.sold += claim.quantity
    allotment.save(update_fields=["held", "sold"])
    inventory.sell(sku_id=allotment.sku_id, quantity=claim.quantity, reference=reference)
    claim.state = State.SOLD
    claim.settled_at = database_now()
    claim.release_reason = ""
    claim.save(update_fields=["state", "settled_at", "release_reason"])
    _announce(claim.sale_id, [ClaimSettled(shopper_to=claim.shopper_id, claim=claim_cards([claim])[0])])
    return True


def release_claim(*, claim: Claim, reason: str) -> bool:
    """The units go back, once; False when they are sold or released already."""
    with transaction.atomic():
        claim = lock_claim(claim_id=claim.pk)
        if claim.state != State.HELD:
            return False
        release_locked([claim], reason=reason)
        return True


def release_lapsed_holds() -> int:
    """Release what was neither paid nor is being paid; returns how many."""
    released = 0
    due = Claim.objects.filter(lapsed(database_now()))
    for sale_id in sorted(set(due.values_list("sale_id", flat=True))):
        try:
            with transaction.atomic():
                FlashSale.objects.select_for_update().get(pk=sale_id)
                released += len(release_lapsed_of_locked_sales([sale_id], now=database_now(), announce=True))
        except Exception:  # one sale must not hold up the others
            log.exception("the lapsed holds of sale %d stay", sale_id)
    return released


def release_lapsed_of_locked_sales(sale_ids: list[int], *, now: datetime, announce: bool) -> list[Claim]:
    # Nearly always there are none: then this is one small query.
    due = Claim.objects.select_for_update().filter(lapsed(now), sale_id__in=sale_ids)
    claims = list(due.prefetch_related("allotment").order_by("pk"))
    release_locked(claims, reason="lapsed", announce=announce)
    return claims


def release_locked(claims: list[Claim], *, reason: str, announce: bool = True) -> None:
    """Release held claims whose sales are locked."""
    if not claims:
        return
    moment = database_now()
    returned: Counter[int] = Counter()
    for claim in claims:
        claim.state = State.RELEASED
        claim.release_reason = reason
        claim.settled_at = moment
        returned[claim.allotment_id] += claim.quantity
    # By SKU, as everybody who takes or gives several.
    for claim in sorted(claims, key=lambda claim: claim.allotment.sku_id):
        if claim.allotment.returned_at is not None:
            inventory.release(sku_id=claim.allotment.sku_id, quantity=claim.quantity, reference=f"claim:{claim.pk}")
    for allotment_id, quantity in sorted(returned.items()):
        Allotment.objects.filter(pk=allotment_id).update(held=F("held") - quantity)
    Claim.objects.bulk_update(claims, ["state", "release_reason", "settled_at"])
    expired: list[Event] = [
        ClaimExpired(shopper_to=claim.shopper_id, claim=card)
        for claim, card in zip(claims, claim_cards(claims), strict=True)
    ]
    if not announce:
        publish_on_commit(*expired)
        return
    for sale_id in sorted({claim.sale_id for claim in claims}):
        _announce(sale_id, [])
    publish_on_commit(*expired)


def _announce(sale_id: int, events: list[Event]) -> None:
    """Give the locked sale its next version, and say what is left."""
    FlashSale.objects.filter(pk=sale_id).update(version=F("version") + 1)
    version = FlashSale.objects.values_list("version", flat=True).get(pk=sale_id)
    items = stock_of(Allotment.objects.filter(sale_id=sale_id).order_by("pk"))
    publish_on_commit(*events, StockChanged(sale=sale_id, version=version, items=items))
