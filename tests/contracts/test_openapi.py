"""The API does what its OpenAPI document says: for requests made up from the document, right and wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import schemathesis
from django.conf import settings as configured
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck
from hypothesis import settings as made_up
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chat.conversations.models import JoinRequest
from chat.conversations.services import create_group, create_invite, open_direct
from commerce.aftersales.models import Case
from commerce.cart import services as cart
from commerce.payments.models import ReconciliationRow
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services.top_ups import start_top_up
from commerce.reviews.models import Review
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

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENTRY = {
    "name": "李雷",
    "phone": "13800138000",
    "country": "CN",
    "region": ["上海市", "市辖区", "徐汇区"],
    "line": "漕溪北路 1 号",
    "postcode": "",
}

# Beside the examples that are made of the bounds of each field.
EXAMPLES = 10
described = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
described.app = get_wsgi_application()


@pytest.fixture(autouse=True)
def one_connection(db: None) -> Iterator[None]:
    """A request's end does not close the connection whose transaction the test is in (as in Django's own client)."""
    moments = (request_started, request_finished)
    for moment in moments:
        moment.disconnect(close_old_connections)
    yield
    for moment in moments:
        moment.connect(close_old_connections)


@dataclass
class Caller:
    """Who asks, with every how manyeth of an operation's examples, and how many there have been."""

    headers: dict[str, str]
    existing: dict[str, Any]
    every: int
    examples: int = 0


@pytest.fixture
def people(settings: Any) -> list[Caller]:
    """Of guests most is refused before it is looked at, of buyers what the studio is asked: they ask less."""
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    buyer, staff = make_user(), make_user(roles=["host"], is_staff=True, is_superuser=True)
    of_buyer = things_of(buyer)
    return [
        Caller(headers_of(None), of_buyer, every=10),
        Caller(headers_of(buyer), of_buyer, every=2),
        Caller(headers_of(staff), things_of(staff), every=1),
    ]


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
        "payment_id": pay(order).pk,
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


@described.parametrize()
@made_up(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_each_operation_is_as_described(case: Any, people: list[Caller]) -> None:
    """As made up, and then for things that exist."""
    for caller in people:
        caller.examples += 1
        if caller.examples % caller.every != 1 % caller.every:
            continue
        case.call_and_validate(headers=caller.headers, checks=CHECKS)
        if made_up_path := case.path_parameters:
            case.path_parameters = {name: caller.existing[name] for name in made_up_path}
            case.call_and_validate(headers=caller.headers, checks=CHECKS)
            case.path_parameters = made_up_path


def headers_of(caller: User | None) -> dict[str, str]:
    """The cookies of a session and what proves that the request comes from our own page."""
    client = Client()
    if caller:
        client.force_login(caller)
    token = "a" * 32
    cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {configured.CSRF_COOKIE_NAME: token}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": token}
