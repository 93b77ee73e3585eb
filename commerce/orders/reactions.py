"""What the buyer finds in the inbox about an order."""

from commerce.orders.events import OrderChanged, OrderPaid
from commerce.orders.selectors import title_of
from community.notices.content import Content
from community.notices.services import notify


def tell_of_payment(paid: OrderPaid) -> None:
    _tell(paid.user_to, paid.order["number"], "paid")


def tell_of_shipping(changed: OrderChanged) -> None:
    """Once an order, also when it comes in several parcels."""
    if changed.order["state"] == "shipped":
        _tell(changed.user_to, changed.order["number"], "shipped")


def _tell(buyer_id: int, number: str, word: str) -> None:
    notify(
        user_ids=[buyer_id],
        kind="order",
        key=f"order:{number}:{word}",
        content=Content(people=[], about=f"order:{number}", title=title_of(number), word=word),
    )
