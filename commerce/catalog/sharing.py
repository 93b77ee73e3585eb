"""Cards of products in chats: anybody may show what is on sale."""

from __future__ import annotations

from collections.abc import Collection

from chat.messages.cards import ShareCard
from chat.messages.sharing import Share
from commerce.catalog.selectors import cards_of, products_on_sale
from project.kernel.ids import MOST_ID


def share(shares: Collection[Share], /) -> dict[Share, ShareCard]:
    """Five queries, however many they are."""
    ids = {int(one.id) for one in shares if _is_id(one.id)}
    products = {card["id"]: card for card in cards_of(list(products_on_sale().filter(pk__in=ids)))} if ids else {}
    found: dict[Share, ShareCard] = {}
    for one in shares:
        if _is_id(one.id) and (card := products.get(int(one.id))):
            found[one] = {
                "about": f"product:{card['id']}",
                "title": {"zh": card["title"]["zh"], "en": card["title"]["en"]},
                "picture": card["picture"],
                "amount": card["price"]["amount"],
                "currency": card["price"]["currency"],
            }
    return found


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18 and text == str(int(text)) and int(text) <= MOST_ID
