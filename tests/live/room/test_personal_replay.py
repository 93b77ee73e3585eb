"""`user:<id>`: snapshot plus events equals a fresh snapshot, for each event that tells of a part of it, in any order.

What one's people are is replayed in `tests/community/social`, the list of conversations in the front end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from commerce.cart import services as carts
from commerce.flash_sales.services import release_claim
from commerce.orders.services import close_order
from community.accounts.models import Role, User
from community.moderation.services.appeals import appeal, decide_appeal
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.notices import services as notices
from community.notices.content import Content
from community.notices.models import Notice
from live.room.personal import personal_snapshots
from tests.support.announced import Announced
from tests.support.buying import decide, deliver, make_claim, order_claim, order_sku, pay
from tests.support.factories import make_sku, make_user

pytestmark = pytest.mark.django_db

Step = Callable[[], object]

ABOUT_ONESELF = {
    "cart.changed",
    "claim.expired",
    "claim.settled",
    "claim.won",
    "notice.added",
    "notice.read",
    "notice.removed",
    "order.changed",
    "order.paid",
    "sanction.added",
    "sanction.changed",
    "sanction.lifted",
}
PARTS = ("claims", "orders", "cart", "notices", "sanctions")


def fresh(me: User) -> dict[str, Any]:
    snapshot = personal_snapshots([me.pk])[me.pk]
    return {name: deepcopy(value) for name, value in snapshot.items() if name in PARTS}


def comparable(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Of orders, the snapshot has the oldest first, which their cards do not tell."""
    return replay(snapshot, [])


def replay(snapshot: dict[str, Any], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a device makes of them, as `frontend/src/shared/realtime/personal.ts` does."""
    cart, inbox = snapshot["cart"], snapshot["notices"]
    claims = {claim["id"]: claim for claim in snapshot["claims"]}
    orders = {order["number"]: order for order in snapshot["orders"]}
    sanctions = {sanction["id"]: sanction for sanction in snapshot["sanctions"]}
    for event in events:
        match event["type"].partition(".")[0]:
            case "cart":
                if event["cart"]["version"] >= cart["version"]:
                    cart = event["cart"]
            case "claim":
                claim = event["claim"]
                known = claims.get(claim["id"])
                if known is None or known["state"] == "held" or claim["state"] != "held":
                    claims[claim["id"]] = claim
            case "order":
                _keep(orders, event["order"], event["order"]["number"])
            case "sanction":
                _keep(sanctions, event["sanction"], event["sanction"]["id"])
            case "notice":
                if event["inbox"]["version"] >= inbox["version"]:
                    inbox = event["inbox"]
            case unknown:
                raise AssertionError(f"no device knows {unknown}")
    held = [claim for _, claim in sorted(claims.items()) if claim["state"] == "held"]
    return {
        # While it is paid for, a hold goes on for as long as its order says.
        "claims": [{name: value for name, value in claim.items() if name != "expires_at"} for claim in held],
        "orders": [order for _, order in sorted(orders.items()) if order["state"] == "pending_payment"],
        "cart": cart,
        "notices": inbox,
        "sanctions": [sanction for _, sanction in sorted(sanctions.items())[::-1] if sanction["lifted_at"] is None],
    }


def _keep(kept: dict[Any, dict[str, Any]], card: dict[str, Any], name: Any) -> None:
    if name not in kept or card["version"] >= kept[name]["version"]:
        kept[name] = card


def tell(me: User, key: str) -> None:
    notices.notify(user_ids=[me.pk], kind="mention", key=key, content=Content(people=[]))


def steps_of(me: User, mod: User, other_mod: User) -> Iterator[tuple[str, Step]]:
    """What happens to a person; each step is made when the one before was taken."""
    held: dict[str, Any] = {}
    cup = make_sku()

    def keep(name: str, made: Any) -> None:
        held[name] = made

    def hold_to(name: str, kind: Any) -> None:
        keep(name, add_sanction(by=mod.pk, user_id=me.pk, scope="site", kind=kind, reason="spam", secs=600))

    yield "units are won", lambda: keep("claim", make_claim(shopper=me))
    yield "others are", lambda: keep("lost", make_claim(shopper=me))
    yield "these go back", lambda: release_claim(claim=held["lost"], reason="lapsed")
    yield "those are ordered", lambda: keep("order", order_claim(held["claim"]))
    yield "payment is begun", lambda: keep("payment", pay(held["order"]))
    yield "it is paid", lambda: deliver(decide(held["payment"]))
    yield "another order", lambda: keep("other", order_sku(buyer=me))
    yield "it is closed", lambda: close_order(order=held["other"], reason="cancelled")
    yield "a line in the cart", lambda: carts.put(shopper_id=me.pk, sku_id=cup.pk, quantity=2)
    yield "more of it", lambda: carts.change_line(shopper_id=me.pk, sku_id=cup.pk, quantity=5)
    yield "none", lambda: carts.remove(shopper_id=me.pk, sku_ids=[cup.pk])
    yield "a notice", lambda: tell(me, "one")
    yield "two more", lambda: (tell(me, "two"), tell(me, "three"))
    yield "one is read", lambda: notices.mark_read(user_id=me.pk, notice_id=Notice.objects.get(key="one").pk)
    yield "one is taken back", lambda: notices.retract(user_id=me.pk, key="two")
    yield "all are read", lambda: notices.mark_all_read(user_id=me.pk, through=10**6)
    yield "a warning", lambda: hold_to("warning", "warning")
    yield "a mute", lambda: hold_to("mute", "mute")
    yield "another", lambda: hold_to("other mute", "mute")
    yield "that is lifted", lambda: lift_sanction(by=mod.pk, sanction_id=held["other mute"].pk)
    yield (
        "an appeal",
        lambda: keep("appeal", appeal(user_id=me.pk, sanction_id=held["mute"].pk, text="It was a joke.")),
    )
    yield "it helps", lambda: decide_appeal(by=other_mod.pk, appeal_id=held["appeal"].pk, overturn=True)
    yield (
        "another appeal",
        lambda: keep("appeal", appeal(user_id=me.pk, sanction_id=held["warning"].pk, text="So was this.")),
    )
    yield "it does not", lambda: decide_appeal(by=other_mod.pk, appeal_id=held["appeal"].pk, overturn=False)


@pytest.fixture(autouse=True)
def sandbox(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    settings.SANDBOX_WEBHOOK_SECRET = "a secret of the sandbox"


@pytest.fixture
def people(db: None) -> tuple[User, User, User]:
    """Oneself, and two moderators."""
    return make_user(), make_user(roles=[Role.Name.MODERATOR]), make_user(roles=[Role.Name.MODERATOR])


def test_every_step_can_be_replayed(people: tuple[User, User, User], published: Announced) -> None:
    me = people[0]
    types = set()
    for name, step in steps_of(*people):
        before = fresh(me)
        published.clear()
        step()
        events = heard(published, me)
        after = fresh(me)
        assert events, name
        assert replay(before, events) == comparable(after), name
        # A snapshot taken between COMMIT and publish has it already: the event changes nothing then.
        assert replay(after, events) == comparable(after), name
        types |= {event["type"] for event in events}
    assert types == ABOUT_ONESELF


@pytest.mark.parametrize("seed", range(10))
def test_events_may_come_in_any_order_to_a_snapshot_of_any_moment(
    people: tuple[User, User, User], published: Announced, seed: int
) -> None:
    moments = []
    for name, step in steps_of(*people):
        moments.append((name, fresh(people[0])))
        step()
    events = heard(published, people[0])
    Random(seed).shuffle(events)
    for name, snapshot in moments:
        assert replay(snapshot, events) == comparable(fresh(people[0])), name


def heard(published: Announced, me: User) -> list[dict[str, Any]]:
    return [event for event in published.wires(f"user:{me.pk}") if event["type"] in ABOUT_ONESELF]
