"""What the seller decides and does."""

from __future__ import annotations

from typing import Any

from commerce.aftersales import reasons
from commerce.aftersales.errors import DeclineForbidden, MoreThanLeft, ReplacementGone
from commerce.aftersales.models import Case
from commerce.aftersales.services import replacing
from commerce.aftersales.services.steps import SELLER, TIME, Kind, State, make_it_money, move, refund, with_order
from commerce.inventory import services as inventory
from commerce.orders.models import Order


def approve(*, case_id: int, by_id: int | None, instead: bool = False) -> Case:
    """The seller agrees; nobody in particular when the time is over.

    What is to be sent in exchange is held from now on. Where there is none, the seller may offer the money `instead`,
    and time does. Raises NotFound, IllegalCaseTransition, ReplacementGone.
    """

    def go_on(case: Case, order: Order) -> None:
        by = SELLER if by_id else TIME
        if case.kind == Kind.REFUND_ONLY:
            refund(case, order, by=by, actor_id=by_id)
            return
        said: dict[str, Any] = {}
        if case.kind == Kind.EXCHANGE and not _held(case, or_money=by_id is None, instead=instead):
            make_it_money(case)
            said = {"instead": str(case.kind)}
        move(case, to=State.AWAITING_RETURN, by=by, actor_id=by_id, data=said)

    return with_order(case_id, (State.REQUESTED,), go_on)


def decline(*, case_id: int, by_id: int, text: str) -> Case:
    """The seller does not agree, and says why. Raises NotFound, IllegalCaseTransition, DeclineForbidden."""

    def refuse(case: Case, order: Order) -> None:
        if case.reason == reasons.NO_REASON:
            raise DeclineForbidden
        move(case, to=State.DECLINED, by=SELLER, actor_id=by_id, data={"text": text})

    return with_order(case_id, (State.REQUESTED,), refuse)


def take_back(*, case_id: int, by_id: int | None, good_quantity: int | None = None) -> Case:
    """The goods are back, `good_quantity` of them fit to be sold again (None: nobody looked, so none).

    Money goes back, or the seller sends others. Raises NotFound, IllegalCaseTransition, MoreThanLeft.
    """

    def take(case: Case, order: Order) -> None:
        good = _checked(case, good_quantity)
        by = SELLER if by_id else TIME
        if case.kind == Kind.EXCHANGE:
            move(case, to=State.RECEIVED_BACK, by=by, actor_id=by_id, data={"good_quantity": good})
        else:
            refund(case, order, by=by, actor_id=by_id, data={"good_quantity": good})
        if good:
            inventory.receive(sku_id=case.own_sku_id, quantity=good, reference=case.reference, by_id=by_id)

    return with_order(case_id, (State.RETURNED,), take)


def pay_instead(*, case_id: int, by_id: int | None, good_quantity: int | None = None) -> Case:
    """Nothing more is sent in exchange: it is the money. Of what was sent already, `good_quantity` came back fit to be
    sold again. Raises NotFound, IllegalCaseTransition, MoreThanLeft.
    """

    def pay(case: Case, order: Order) -> None:
        good = _checked(case, good_quantity)
        was_sent, sku_id = case.state == State.RESENT, case.replacement_sku_id
        if was_sent:
            said = {"instead": str(Kind.RETURN_AND_REFUND), "good_quantity": good}
        else:
            said = {"instead": str(Kind.RETURN_AND_REFUND)}
        case.amount, case.points = case.share, case.points_share
        case.save(update_fields=["amount", "points"])
        refund(case, order, by=SELLER if by_id else TIME, actor_id=by_id, data=said)
        if not was_sent:
            replacing.release(case)
        elif good:
            inventory.receive(sku_id=sku_id, quantity=good, reference=case.replacement_reference, by_id=by_id)

    return with_order(case_id, (State.RECEIVED_BACK, State.RESENT), pay)


def _held(case: Case, *, or_money: bool, instead: bool) -> bool:
    if instead:
        return False
    try:
        replacing.hold(case)
    except ReplacementGone:
        if not or_money:
            raise
        return False
    return True


def _checked(case: Case, good_quantity: int | None) -> int:
    good = good_quantity or 0
    if not 0 <= good <= case.quantity:
        raise MoreThanLeft(detail={"max_quantity": case.quantity, "max_amount": case.amount})
    return good
