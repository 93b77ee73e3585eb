"""What the buyer finds in the inbox about orders and cases."""

from __future__ import annotations

import pytest

from commerce.aftersales.cards import CaseCard
from commerce.aftersales.events import AftersaleChanged
from commerce.aftersales.reactions import tell_buyer
from commerce.orders import reactions as orders
from commerce.orders.events import OrderChanged
from commerce.orders.models import Order
from commerce.orders.selectors import state_of
from community.notices import selectors as notices
from tests.support.buying import order_sku
from tests.support.factories import make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return order_sku(sku=make_sku())


def words_of(order: Order) -> list[tuple[str, str, str]]:
    cards = notices.notice_cards(list(notices.notices_of(order.buyer_id).order_by("seq")))
    line = order.lines.get()
    assert all(card["title"] == {"zh": line.title_zh, "en": line.title_en} for card in cards)
    return [(card["kind"], card["about"], card["word"]) for card in cards]


def case(order: Order, state: str) -> AftersaleChanged:
    card: CaseCard = {
        "id": 3,
        "order": order.number,
        "line": order.lines.get().pk,
        "kind": "refund_only",
        "state": state,  # type: ignore[typeddict-item]
        "quantity": 1,
        "refund": {"amount": 1, "currency": "CNY"},
        "points": 0,
        "deadline": None,
        "version": 1,
    }
    return AftersaleChanged(user_to=order.buyer_id, case=card)


def test_a_case_is_told_where_others_move_it(order: Order) -> None:
    for state in ["requested", "awaiting_return", "returned", "awaiting_return", "refunding", "refunded", "closed"]:
        tell_buyer(case(order, state))
    assert words_of(order) == [("case", "case:3", word) for word in ("awaiting_return", "refunding", "refunded")]


def test_an_order_is_told_once_when_it_ships(order: Order) -> None:
    for state in ("pending_payment", "shipped", "shipped", "received", "completed"):
        orders.tell_of_shipping(
            OrderChanged(user_to=order.buyer_id, order={**state_of(order), "state": state})  # type: ignore[typeddict-item]
        )
    assert words_of(order) == [("order", f"order:{order.number}", "shipped")]
