"""The life of a drop: scheduled → open → closed. Each step happens once, by the database's clock."""

from __future__ import annotations

import logging
from typing import Literal

from django.db import transaction
from django.db.models import Q

from commerce.promotions.cards import DropCloseReason
from commerce.promotions.events import DropClosed, DropEvent, DropOpened
from commerce.promotions.models import CouponDrop
from commerce.promotions.selectors import RUNNING, drop_of
from project.kernel.clock import database_now
from project.kernel.errors import NotFound, NotOpen
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)
State = CouponDrop.State


def open_due_drops() -> int:
    """Open what is scheduled and due; returns how many. A claim needs no open row: it goes by the clock."""
    due = CouponDrop.objects.filter(state=State.SCHEDULED, starts_at__lte=database_now())
    return sum(_try_step(drop_id, to=State.OPEN) for drop_id in due.order_by("pk").values_list("pk", flat=True))


def close_due_drops() -> int:
    """Close what is over, and what somebody stopped the coupon of; returns how many."""
    now = database_now()
    due = CouponDrop.objects.filter(
        Q(ends_at__lte=now) | Q(coupon__ends_at__lte=now) | Q(coupon__stopped_at__isnull=False), state__in=RUNNING
    )
    rows = due.order_by("pk").values_list("pk", "coupon__stopped_at")
    return sum(
        _try_step(drop_id, to=State.CLOSED, reason="stopped" if stopped_at else "ended") for drop_id, stopped_at in rows
    )


def stop_drop(*, drop_id: int) -> CouponDrop:
    """End a drop now; what was given stays good. Raises NotFound, NotOpen when it is over already."""
    if not CouponDrop.objects.filter(pk=drop_id).exists():
        raise NotFound
    if not _step(drop_id, to=State.CLOSED, reason="stopped"):
        raise NotOpen
    return CouponDrop.objects.get(pk=drop_id)


def stop_drops_in(*, channel: str) -> int:
    """End all drops of a channel that has ended itself; returns how many."""
    return _stop_all(Q(channel=channel))


def stop_drops_of(*, coupon_id: int) -> int:
    """End all drops of a coupon that nobody shall get any more; returns how many."""
    return _stop_all(Q(coupon_id=coupon_id))


def _stop_all(which: Q) -> int:
    running = CouponDrop.objects.filter(which, state__in=RUNNING).order_by("pk")
    return sum(_step(drop_id, to=State.CLOSED, reason="stopped") for drop_id in running.values_list("pk", flat=True))


def _try_step(drop_id: int, *, to: str, reason: DropCloseReason | Literal[""] = "") -> bool:
    """One drop that cannot take its step must not hold up the others; it is tried again."""
    try:
        return _step(drop_id, to=to, reason=reason)
    except Exception:
        log.exception("drop %d does not become %s", drop_id, to)
        return False


def _step(drop_id: int, *, to: str, reason: DropCloseReason | Literal[""] = "") -> bool:
    """One step of a drop's life; False when somebody else has made it."""
    with transaction.atomic():
        drop = CouponDrop.objects.select_for_update().get(pk=drop_id)
        if drop.state == to or drop.state == State.CLOSED:
            return False
        drop.state = to
        drop.version += 1
        if to == State.CLOSED:
            drop.closed_at = database_now()
            drop.close_reason = reason
        drop.save(update_fields=["state", "version", "closed_at", "close_reason"])
        announce(DropClosed if to == State.CLOSED else DropOpened, drop)
        return True


def announce(event: type[DropEvent], drop: CouponDrop) -> None:
    publish_on_commit(event(drop=drop_of(drop.pk)))
