"""What is shown in a room, in the studio, and to a person who connects. Times in ms since the epoch."""

from __future__ import annotations

from typing import TypedDict

from chat.messages.cards import ChatRules, MessageCard
from commerce.cart.cards import CartCard
from commerce.flash_sales.cards import ClaimCard, SaleState
from commerce.orders.cards import OrderCard
from commerce.promotions.cards import DropState
from community.moderation.cards import RoomRules, SanctionCard
from community.notices.cards import InboxCard
from community.social.cards import StandingCard
from live.media.cards import Playback
from live.shelf.cards import ItemCard
from live.shows.cards import ShowState
from project.kernel.money import MoneyJSON


class RoomSnapshot(TypedDict):
    """What has a version up to `show.version` is in it. `sales` and `drops` are scheduled or open; of `messages`, the
    newest is the last.
    """

    show: ShowState
    playback: Playback
    pinned: list[ItemCard]
    shelf_count: int
    sales: list[SaleState]
    drops: list[DropState]
    messages: list[MessageCard]
    last_seq: int
    viewers: int
    likes: int
    chat: ChatRules
    rules: RoomRules


class PersonalSnapshot(TypedDict):
    """Claims that are held, orders that are unpaid, how much is in the cart, how the person stands with others, how
    many messages in groups and direct chats, and how many notices, are unread, and what the person is held to.
    """

    claims: list[ClaimCard]
    orders: list[OrderCard]
    cart: CartCard
    people: StandingCard
    unread: int
    notices: InboxCard
    sanctions: list[SanctionCard]


class Figures(TypedDict):
    """A show up to now. `gmv`: what was paid, in the shop's currency; `claims`: how many were won."""

    viewers: int
    likes: int
    orders_paid: int
    gmv: MoneyJSON
    claims: int
    messages: int


class Point(TypedDict):
    """A minute: `at` is its beginning, `gmv` in minor units."""

    at: int
    viewers: int
    orders: int
    gmv: int


class StudioSnapshot(TypedDict):
    stats: Figures
    series: list[Point]
