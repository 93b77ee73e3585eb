"""Every POST that moves money or stock takes an `Idempotency-Key`; every other one is named here, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from commerce.aftersales.models import Case
from commerce.idempotency.models import IdempotencyRecord
from commerce.idempotency.services import begin
from commerce.inventory.models import StockMovement
from commerce.orders.models import Order, OrderEvent
from commerce.payments.models import LedgerEntry, Payment, Refund, TopUp
from commerce.payments.services.top_ups import start_top_up
from commerce.shipping.models import Shipment
from community.accounts.models import User
from project.kernel.clock import now
from tests.commerce.aftersales.test_services import ask, bought
from tests.commerce.payments.test_misfits import came_in
from tests.support.buying import address_of, api, order_sku, pay
from tests.support.factories import make_sku, make_user

pytestmark = pytest.mark.django_db

MOVE_NOTHING = {
    "addresses": "entries of an address book",
    "addresses/<>/default": "which entry is the first",
    "aftersales/<>/choose": "what somebody would like instead",
    "aftersales/<>/pictures": "what is shown for a case",
    "aftersales/<>/receive": "says that goods arrived",
    "aftersales/<>/send-back": "says that goods are on their way, and they are counted when they arrive",
    "cart/lines": "what somebody means to buy",
    "cart/merge": "what somebody means to buy; a merge has a key of its own",
    "cart/preview": "a question",
    "cart/remove": "what somebody means to buy",
    "cart/select": "what somebody means to buy",
    "checkout/estimate": "a question",
    "checkout/quote": "a question",
    "coupons/<>/take": "the ordinal names which one it is: again answers the same",
    "coupons/redeem": "as when it is taken",
    "orders/<>/receive": "says that goods arrived",
    "payments/webhooks/<>": "the provider's event id is its key",
    "reviews": "opinions",
    "reviews/<>/follow-up": "opinions",
    "reviews/<>/pictures": "opinions",
    "shipping/webhooks/<>": "the carrier's event is its key",
    "shows": "what is going to be shown",
    "shows/<>/end": "ends once, and with it its sales",
    "shows/<>/go-live": "begins once",
    "shows/<>/shelf": "what is shown",
    "shows/<>/stream-key": "a key",
    "studio/aftersales/<>/decline": "moves nothing",
    "studio/coupons": "terms, of which nobody has any yet",
    "studio/coupons/<>/give": "as when one is taken",
    "studio/coupons/<>/stop": "ends once",
    "studio/freight": "terms",
    "studio/reconciliation/days/<>/rerun": "a question to the provider",
    "studio/reconciliation/rows/<>/notes": "what somebody found",
    "studio/reviews/<>/hide": "opinions",
    "studio/reviews/<>/reply": "opinions",
    "studio/reviews/<>/unhide": "opinions",
    "studio/thresholds": "terms",
    "studio/thresholds/<>/stop": "ends once",
}


def posts(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The paths under /api/ that take a POST, and their handlers. What stands below commerce cannot move any of its
    things."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from posts(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/"):
            view = getattr(pattern.callback, "view_class", None)
            handler = getattr(view, "post", None)
            if handler and view.__module__.split(".")[0] in ("commerce", "live"):
                yield re.sub(r"<[^>]*>", "<>", path.removeprefix("api/")).rstrip("/"), handler


def test_every_door_that_moves_something_takes_a_key() -> None:
    without = {path for path, handler in posts() if not hasattr(handler, "idempotency_scope")}
    assert without == MOVE_NOTHING.keys()
    scopes = [handler.idempotency_scope for path, handler in posts() if path not in MOVE_NOTHING]
    assert len(scopes) == len(set(scopes)) >= 9


def test_the_document_says_which_take_one() -> None:
    described = {
        re.sub(r"{[^}]*}", "<>", path.removeprefix("/api/")).rstrip("/")
        for path, operations in SchemaGenerator().get_schema(request=None, public=True)["paths"].items()
        if any(
            one["name"] == "Idempotency-Key" and one["required"]
            for one in operations.get("post", {}).get("parameters", [])
        )
    }
    # Doors below commerce may take one, too.
    here = {path for path, _ in posts()}
    assert described & here == here - MOVE_NOTHING.keys()


def an_order(user: User) -> tuple[str, Any, Any]:
    sku = make_sku(price=1000)
    body = {"lines": [{"sku": sku.pk, "quantity": 1}], "address": address_of(user.pk), "expected_total": 1000}
    return "checkout/", body, {**body, "channel": "show:1"}


def a_payment(user: User) -> tuple[str, Any, Any]:
    first, second = order_sku(buyer=user), order_sku(buyer=user)
    return "payments/", {"order": first.number}, {"order": second.number}


def a_cancellation(user: User) -> tuple[str, Any, Any]:
    return f"orders/{order_sku(buyer=user).number}/cancel/", None, {"why": "another body"}


def a_case(user: User) -> tuple[str, Any, Any]:
    order = bought((3000, 1))
    Order.objects.update(buyer=user)
    body = {
        "order": order.number,
        "line": order.lines.get().pk,
        "kind": "return_and_refund",
        "quantity": 1,
        "reason": "damaged",
    }
    return "aftersales/", body, {**body, "reason": "quality"}


def an_end_of_a_case(user: User) -> tuple[str, Any, Any]:
    case = ask(bought((3000, 1)))
    Order.objects.update(buyer=user)
    return f"aftersales/{case.pk}/cancel/", None, {"why": "another body"}


def an_agreement(user: User) -> tuple[str, Any, Any]:
    case = ask(bought((3000, 1)), kind="refund_only", reason="quality")
    return f"studio/aftersales/{case.pk}/approve/", None, {"why": "another body"}


def a_return(user: User) -> tuple[str, Any, Any]:
    case = ask(bought((3000, 1)))
    Case.objects.update(state="returned")
    return f"studio/aftersales/{case.pk}/take-back/", {"good_quantity": 1}, {"good_quantity": 0}


def an_exchange(user: User) -> tuple[str, Any, Any]:
    case = ask(bought((3000, 1)), kind="exchange")
    Case.objects.update(state="received_back")
    body = {"carrier": "sf", "number": "SF0001"}
    return f"studio/aftersales/{case.pk}/resend/", body, {**body, "number": "SF0002"}


def no_exchange(user: User) -> tuple[str, Any, Any]:
    case = ask(bought((3000, 1)), kind="exchange")
    Case.objects.update(state="received_back")
    return f"studio/aftersales/{case.pk}/pay-instead/", {"good_quantity": 0}, {"good_quantity": 1}


def a_parcel(user: User) -> tuple[str, Any, Any]:
    order = bought((3000, 2), state="paid")
    body = {"carrier": "sf", "number": "SF0001", "lines": [{"line": order.lines.get().pk, "quantity": 1}]}
    return f"studio/orders/{order.number}/ship/", body, {**body, "number": "SF0002"}


def an_arrival(user: User) -> tuple[str, Any, Any]:
    body = {"quantity": 3, "reason": "delivery"}
    return f"studio/stock/{make_sku().pk}/receive/", body, {**body, "quantity": 4}


def a_loss(user: User) -> tuple[str, Any, Any]:
    body = {"quantity": 3, "reason": "broken"}
    return f"studio/stock/{make_sku().pk}/write-off/", body, {**body, "reason": "lost"}


def a_top_up(user: User) -> tuple[str, Any, Any]:
    return "wallet/top-ups/", {"amount": 5000}, {"amount": 6000}


def an_end_of_a_top_up(user: User) -> tuple[str, Any, Any]:
    top_up = start_top_up(user_id=user.pk, amount=5000, key="k")
    return f"wallet/top-ups/{top_up.pk}/cancel/", None, {"why": "another body"}


def a_refused_refund(user: User, *, step: str = "send-again", body: Any = None) -> tuple[str, Any, Any]:
    payment = pay(order_sku())
    refund = Refund.objects.create(
        payment=payment, key="r", reference="r", state="failed", amount=1, currency="CNY", next_try_at=now()
    )
    return f"studio/money/refunds/{refund.pk}/{step}/", body, {"note": "another body"}


def a_refund_in_cash(user: User) -> tuple[str, Any, Any]:
    return a_refused_refund(user, step="paid-otherwise", body={"note": "in cash"})


def a_payment_that_does_not_fit(user: User) -> tuple[str, Any, Any]:
    payment = pay(order_sku())
    Payment.objects.update(problem="another amount")
    return f"studio/money/payments/{payment.pk}/give-up/", None, {"why": "another body"}


def a_top_up_that_does_not_fit(user: User) -> tuple[str, Any, Any]:
    body = {"way": "credited", "reason": "why", "amount": 4500, "currency": "CNY"}
    return f"studio/money/top-ups/{came_in(4500).pk}/decide/", body, {**body, "way": "sent_back"}


DOORS = {
    "checkout": an_order,
    "payments": a_payment,
    "orders/<>/cancel": a_cancellation,
    "aftersales": a_case,
    "aftersales/<>/cancel": an_end_of_a_case,
    "studio/aftersales/<>/approve": an_agreement,
    "studio/aftersales/<>/take-back": a_return,
    "studio/aftersales/<>/resend": an_exchange,
    "studio/aftersales/<>/pay-instead": no_exchange,
    "studio/orders/<>/ship": a_parcel,
    "studio/money/payments/<>/give-up": a_payment_that_does_not_fit,
    "studio/money/refunds/<>/paid-otherwise": a_refund_in_cash,
    "studio/money/refunds/<>/send-again": a_refused_refund,
    "studio/money/top-ups/<>/decide": a_top_up_that_does_not_fit,
    "studio/stock/<>/receive": an_arrival,
    "studio/stock/<>/write-off": a_loss,
    "wallet/top-ups": a_top_up,
    "wallet/top-ups/<>/cancel": an_end_of_a_top_up,
}
MOVED = [Case, LedgerEntry, Order, OrderEvent, Payment, Refund, Shipment, StockMovement, TopUp]


@pytest.fixture
def user(settings: Any) -> User:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    settings.SANDBOX_WEBHOOK_SECRET = "a secret of the sandbox"
    return make_user(is_staff=True, is_superuser=True)


def post(client: APIClient, path: str, body: Any, *, key: str | None = "k") -> tuple[int, Any]:
    answer = client.post(f"/api/{path}", body, format="json", headers={"Idempotency-Key": key} if key else {})
    return answer.status_code, answer.json()


def rows() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in MOVED]


def test_all_of_them_are_tried() -> None:
    assert DOORS.keys() == {path for path, _ in posts()} - MOVE_NOTHING.keys()


@pytest.mark.parametrize("door", DOORS)
def test_a_key_has_one_effect(door: str, user: User) -> None:
    """The same key and body answer the same, another body is a 422, a request under way a 409, none a 400."""
    path, body, other = DOORS[door](user)
    client, scope = api(user), dict(posts())[door].idempotency_scope
    before = rows()
    assert post(client, path, body, key=None) == (
        400,
        {"error": {"code": "invalid", "fields": {"Idempotency-Key": ["required"]}}},
    )
    under_way = begin(user_id=user.pk, scope=scope, key="k", path=f"/api/{path}", body={} if body is None else body)
    assert post(client, path, body) == (409, {"error": {"code": "in_progress"}})
    assert rows() == before
    under_way.delete()

    first = post(client, path, body)
    assert first[0] in (200, 201), first
    after = rows()
    assert after != before
    assert post(client, path, body) == first
    assert post(client, path, other) == (422, {"error": {"code": "key_reused"}})
    assert rows() == after
    assert IdempotencyRecord.objects.filter(scope=scope).count() == 1
