"""One of each thing that an address can name, for somebody."""

from __future__ import annotations

from datetime import date
from typing import Any

from chat.conversations.models import JoinRequest
from chat.conversations.services import create_group, create_invite, open_direct
from commerce.aftersales.models import Case
from commerce.cart import services as cart
from commerce.payments.models import ReconciliationRow, Refund
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services.top_ups import start_top_up
from commerce.reviews.models import Review
from commerce.shipping.models import FreightTemplate
from commerce.shipping.services.addresses import add_address
from community.accounts.models import User
from community.moderation.models import HeldMessage, Rule, Sanction
from community.moderation.services.appeals import appeal
from community.notices.models import Notice
from community.social import services as social
from live.shows.models import Show
from project.kernel.clock import now
from tests.support.buying import order_sku, pay
from tests.support.comparing import compare
from tests.support.factories import make_shelf_item, make_show, make_sku, make_user
from tests.support.promoting import make_coupon, make_threshold

ENTRY = {
    "name": "李雷",
    "phone": "13800138000",
    "country": "CN",
    "region": ["上海市", "市辖区", "徐汇区"],
    "line": "漕溪北路 1 号",
    "postcode": "",
}


def things_of(owner: User) -> dict[str, Any]:
    """By the name of a parameter in a path: what is there, the caller's own where it has an owner."""
    sku = make_sku(stock=100)
    cart.put(shopper_id=owner.pk, sku_id=sku.pk, quantity=1)
    show = make_show(host=owner, state=Show.State.SCHEDULED)
    order = order_sku(buyer=owner, sku=sku)
    person = make_user()
    social.ask(user_id=person.pk, other_id=owner.pk)
    group = create_group(founder_id=owner.pk, title="Tea")
    invite = create_invite(created_by=owner.pk, group_id=group.pk)
    day = compare(SandboxProvider(), date(2026, 11, 3))
    warning = Sanction.objects.create(user=owner, scope="site", kind="warning", reason="spam", starts_at=now())
    room = f"group:{group.pk}"
    return {
        "channel": f"show:{show.pk}",
        "sanction_id": warning.pk,
        "appeal_id": appeal(user_id=owner.pk, sanction_id=warning.pk, text="It was tea.").pk,
        "rule_id": Rule.objects.create(scope=room, title="No links", kind="link", action="flag").pk,
        "held_id": HeldMessage.objects.create(channel=room, author=person, text="Tea?", key="k", at=now()).pk,
        "user_id": person.pk,
        "notice_id": Notice.objects.get(user=owner, kind="friend_request").pk,
        "kind": "order",
        "product_id": sku.product_id,
        "show_id": show.pk,
        "item_id": make_shelf_item(show=show, product=sku.product).pk,
        "number": order.number,
        "payment_id": (payment := pay(order)).pk,
        "refund_id": Refund.objects.create(
            payment=payment,
            key=f"r{owner.pk}",
            reference="r",
            state="failed",
            amount=1,
            currency="CNY",
            next_try_at=now(),
        ).pk,
        "template_id": FreightTemplate.objects.create(name=f"Template of {owner.pk}").pk,
        "day_id": day.pk,
        "row_id": ReconciliationRow.objects.create(
            provider=day.provider, day=day.day, kind="paid", key=f"k{owner.pk}", result="we_miss", theirs=1, times=1
        ).pk,
        "top_up_id": start_top_up(user_id=owner.pk, amount=5000, key="k").pk,
        "provider": "sandbox",
        "address_id": add_address(owner_id=owner.pk, details=ENTRY).pk,
        "sku_id": sku.pk,
        "carrier": "sf",
        "case_id": Case.objects.create(
            order=order, line=order.lines.get(), kind="refund_only", quantity=1, reason="damaged", share=1, amount=1
        ).pk,
        "position": 0,
        "review_id": Review.objects.create(
            line=order.lines.get(), product=sku.product, author=owner, stars=5, created_at=now()
        ).pk,
        "coupon_id": make_coupon().pk,
        "threshold_id": make_threshold((10000, 1000)).pk,
        "group_id": group.pk,
        "conversation_id": group.pk,
        "member_user_id": make_user().pk,
        "invite_id": invite.pk,
        "code": invite.code,
        "request_id": JoinRequest.objects.create(group=group, user=make_user(), asked_at=now()).pk,
        "direct_id": open_direct(opened_by=make_user().pk, user_id=owner.pk).pk,
    }
