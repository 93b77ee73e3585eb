"""Cards of what people share in a chat: a product, an order. Chat knows none of these things.

The apps above own them: `project/wiring.py` gives the table from the word before the colon to who makes the card.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from chat.messages.cards import ShareCard


class Share(NamedTuple):
    """Somebody would like to show a thing (`id` as its owner reads it) to others."""

    user_id: int
    id: str


class Sharer(Protocol):
    def __call__(self, shares: Collection[Share], /) -> Mapping[Share, ShareCard]:
        """The cards, as the things are now; those that there are not, or that this user may not show, are missing.

        A number of queries that does not depend on how many they are.
        """


_sharers: dict[str, Sharer] = {}


def install(sharers: Mapping[str, Sharer]) -> None:
    """Take over the table of who makes cards."""
    _sharers.clear()
    _sharers.update(sharers)


def cards_of(wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], ShareCard]:
    """Cards by (user id, `product:12`); what there is not, or may not be shown, is missing."""
    by_kind: dict[str, set[Share]] = {}
    for user_id, about in wanted:
        kind, _, id = about.partition(":")
        if kind in _sharers and id:
            by_kind.setdefault(kind, set()).add(Share(user_id, id))
    return {
        (share.user_id, f"{kind}:{share.id}"): card
        for kind, shares in by_kind.items()
        for share, card in _sharers[kind](shares).items()
    }
