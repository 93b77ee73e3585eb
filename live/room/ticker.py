"""The purchase ticker: the room sees that somebody has bought, and not who."""

from __future__ import annotations

from commerce.orders.events import OrderPaid
from community.accounts.models import User
from live.room.events import OrderTicked
from live.shows.models import Show


def announce(paid: OrderPaid) -> list[OrderTicked]:
    """For a paid order that came from a show on air. The channel is what the buyer's client said it was."""
    kind, _, id_text = paid.channel.partition(":")
    if kind != "show" or not id_text.isascii() or not id_text.isdecimal() or len(id_text) > 18:
        return []
    show_id = int(id_text)
    if not Show.objects.filter(pk=show_id, state=Show.State.LIVE).exists():
        return []
    name = User.objects.filter(pk=paid.buyer_id).values_list("display_name", flat=True).first()
    return [
        OrderTicked(at=paid.at, buyer=masked(name or ""), title=paid.title, quantity=paid.quantity, show_to=show_id)
    ]


def masked(name: str) -> str:
    """The first character and two stars: `小**`."""
    return f"{name.strip()[:1]}**"
