"""Who reacts to what, and which channel kind belongs to which app. The only place where upper and lower apps meet."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from chat.channels import posting
from chat.channels.guarding import Moderation
from chat.channels.lines import write_line
from chat.channels.moderating import DirectPlace, GroupPlace, GroupThing, MessageThing
from chat.channels.selectors import unread_totals
from chat.channels.topic import ConversationMethods, DirectTopic, GroupTopic
from chat.conversations import lines
from chat.conversations import reactions as conversations
from chat.conversations.belonging import belonging
from chat.conversations.events import ConversationRemoved, GroupChanged, JoinRequested
from chat.files import tasks as files
from chat.links import tasks as links
from chat.messages import guards, rooms, sharing
from chat.messages import reactions as mentions
from chat.messages.events import (
    MessageEdited,
    MessageHidden,
    MessageRecalled,
    MessageRestored,
    PeopleMentioned,
    PeopleUnmentioned,
)
from chat.messages.topic import ChatMethods
from chat.search import reactions as messages_index
from chat.search import tasks as messages_search
from commerce.aftersales import reactions as cases
from commerce.aftersales import tasks as aftersales
from commerce.aftersales.events import AftersaleChanged
from commerce.aftersales.services import finish as finish_case
from commerce.cart import selectors as carts
from commerce.catalog import sharing as products
from commerce.flash_sales import selectors as claims
from commerce.flash_sales import sharing as sales
from commerce.flash_sales import tasks as flash_sales
from commerce.flash_sales.topic import SaleTopic
from commerce.idempotency import tasks as idempotency
from commerce.inventory import reactions as keepers
from commerce.inventory.events import StockAlertChanged
from commerce.orders import reactions as buyers
from commerce.orders import sharing as bought
from commerce.orders.events import OrderChanged, OrderPaid
from commerce.orders.selectors import unpaid_orders
from commerce.payments import tasks as payments
from commerce.payments.events import RefundDone
from commerce.promotions import conditions, points
from commerce.promotions import sharing as drops
from commerce.promotions import tasks as promotions
from commerce.promotions.topic import DropTopic
from commerce.reviews.feed import REVIEWS
from commerce.search import tasks as search
from commerce.shipping import tasks as shipping
from commerce.shipping.events import ShipmentChanged
from community.accounts import identify
from community.accounts import reactions as accounts
from community.accounts import tasks as sessions
from community.accounts.events import SessionEnded
from community.moderation import known, places, things
from community.moderation import reactions as moderation
from community.moderation.events import AppealChanged, CaseChanged, HeldChanged, SanctionAdded
from community.moderation.selectors import sanctions, standing
from community.moderation.topic import DeskTopic, ModerationMethods
from community.notices import audiences
from community.notices import selectors as notices
from community.notices import tasks as inbox
from community.social import feed
from community.social import selectors as social
from community.social import tasks as social_tasks
from live.activities import reactions as offers
from live.activities.coupon_drop.topic import DropMethods
from live.activities.flash_sale.topic import SaleMethods
from live.room import personal, ticker
from live.room.following import followed
from live.room.personal import Part
from live.room.topic import ShowTopic, StudioTopic, UserTopic, WatchMethods
from live.room.watching import watched_secs
from live.shelf import reactions as shelf
from live.shelf.topic import ShelfMethods
from live.shows import moderating as show_rooms
from live.shows import reactions as shows
from live.shows import tasks as show_tasks
from live.shows.events import ShowEnded, ShowStarted
from live.shows.feed import SHOWS
from live.shows.selectors import room_of_show
from live.shows.topic import LikeMethods
from project.celery import app as celery
from project.kernel.events import Event
from project.realtime import identity, outbox, router
from project.realtime import tasks as realtime
from project.realtime.outbox import Reactor, display, effect
from project.realtime.topics import Caller, Methods

SUBSCRIBERS: dict[type[Event], list[Reactor]] = {
    SessionEnded: [effect(accounts.close_sockets)],
    SanctionAdded: [
        effect(moderation.close_doors),
        effect(offers.keep_out),
        effect(moderation.tell_person),
    ],
    CaseChanged: [effect(moderation.tell_reporters)],
    AppealChanged: [effect(moderation.tell_appellant)],
    HeldChanged: [effect(moderation.count_held)],
    ConversationRemoved: [
        effect(conversations.close_door),
        effect(offers.close_doors),
    ],
    GroupChanged: [effect(offers.stop_with_group)],
    JoinRequested: [effect(conversations.tell_staff)],
    PeopleMentioned: [effect(mentions.tell_mentioned)],
    PeopleUnmentioned: [effect(mentions.untell)],
    MessageEdited: [effect(messages_index.follow_edit)],
    MessageRecalled: [effect(mentions.follow), effect(messages_index.follow_recall)],
    MessageHidden: [effect(mentions.follow)],
    MessageRestored: [effect(mentions.follow)],
    ShowEnded: [effect(shelf.clear_pins), effect(offers.stop_with_show)],
    ShowStarted: [effect(shows.tell_followers)],
    RefundDone: [effect(finish_case)],
    OrderPaid: [display(ticker.announce), effect(buyers.tell_of_payment)],
    OrderChanged: [effect(buyers.tell_of_shipping)],
    AftersaleChanged: [effect(cases.tell_buyer)],
    ShipmentChanged: [effect(cases.follow_parcel)],
    StockAlertChanged: [effect(keepers.tell_keepers)],
}

TOPICS: list[Methods] = [
    ChatMethods(),
    ConversationMethods(),
    ModerationMethods(),
    DeskTopic(),
    GroupTopic(),
    DirectTopic(),
    SaleTopic(),
    DropTopic(),
    LikeMethods(),
    ShelfMethods(),
    SaleMethods(),
    WatchMethods(),
    DropMethods(),
    ShowTopic(),
    StudioTopic(),
    UserTopic(),
]

# Which channel has a conversation, and who may write there.
ROOMS: dict[str, rooms.Rule] = {"show": room_of_show, "group": posting.room_of_group, "dm": posting.room_of_direct}

# What is asked before a message gets its place.
GUARDS: list[guards.Guard] = [Moderation()]

# The channels that can be moderated, and what can be reported.
PLACES: dict[str, places.Place] = {"show": show_rooms.ShowPlace(), "group": GroupPlace(), "dm": DirectPlace()}
THINGS: dict[str, things.Thing] = {
    "message": MessageThing(room_channels=show_rooms.room_channels),
    "user": things.Person(),
    "group": GroupThing(),
}

# Who knows how far somebody is with what a drop asks for.
CONDITIONS: dict[str, conditions.Source] = {"watched": watched_secs, "followed": followed, "member": belonging}
# What a person finds who connects, by the name it has in the snapshot of `user:<id>`.
PERSONAL: dict[str, Part] = {
    "claims": Part(claims.open_claims, list),
    "orders": Part(unpaid_orders, list),
    "cart": Part(carts.cards_of, carts.never_used),
    "people": Part(social.standings, social.nobody),
    "unread": Part(unread_totals, int),
    "notices": Part(notices.inboxes, notices.never_used),
    "sanctions": Part(sanctions.held_to, list),
}

# Who makes cards of what people share in a chat, and says who may share it.
SHARERS: dict[str, sharing.Sharer] = {
    "product": products.share,
    "order": bought.share,
    "drop": drops.share,
    "sale": sales.share,
}

# Who is meant by an audience, `followers:7`.
AUDIENCES: dict[str, audiences.Walk] = {"followers": social.followers_of, mentions.AUDIENCE: mentions.mentioned_by}

# What happened with people whom one follows or is friends with.
FEED: dict[str, feed.Source] = {"show": SHOWS, "review": REVIEWS}


def still_valid(callers: Collection[Caller]) -> set[Caller]:
    return standing.still_welcome(identify.still_valid(callers))


IDENTITY = identity.Identity(
    from_token=identify.caller_from_token,
    from_cookie=identify.caller_from_session_key,
    still_valid=still_valid,
    is_barred=standing.is_barred,
    on_order=known.expire,
)


# Who keeps the points that people pay with: nobody yet.
POINTS: points.Book = points.Nobody()


# What Celery's beat starts, and how often.
BEAT: dict[str, Any] = {
    **realtime.BEAT,
    **flash_sales.BEAT,
    **promotions.BEAT,
    **idempotency.BEAT,
    **payments.BEAT,
    **search.BEAT,
    **shipping.BEAT,
    **aftersales.BEAT,
    **sessions.BEAT,
    **show_tasks.BEAT,
    **social_tasks.BEAT,
    **inbox.BEAT,
    **files.BEAT,
    **messages_search.BEAT,
    **links.BEAT,
}


def install() -> None:
    celery.conf.beat_schedule = BEAT
    identity.install(IDENTITY)
    outbox.install(SUBSCRIBERS)
    router.install(TOPICS)
    rooms.install(ROOMS)
    sharing.install(SHARERS)
    lines.install(write_line)
    guards.install(GUARDS)
    places.install(PLACES)
    things.install(THINGS)
    points.install(POINTS)
    conditions.install(CONDITIONS)
    personal.install(PERSONAL)
    audiences.install(AUDIENCES)
    feed.install(FEED)
