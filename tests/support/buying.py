"""From a claim or a SKU to an order, a payment and what its provider does: the steps that tests of buying share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from commerce.catalog.models import Sku
from commerce.checkout.services import Wanted, place_order
from commerce.flash_sales.models import Claim, FlashSale
from commerce.flash_sales.services import ClaimAnswer, ClaimRequest, claim_batch
from commerce.orders.models import Order
from commerce.payments.models import Payment, SandboxCharge
from commerce.payments.sandbox import books, signing
from commerce.payments.sandbox.provider import body_of
from commerce.payments.services.attempts import start_payment
from commerce.shipping.selectors import addresses_of
from commerce.shipping.services import addresses
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.ids import new_key
from tests.support.factories import make_sale, make_sku, make_user

DETAILS: dict[str, Any] = {
    "name": "李雷",
    "phone": "+86 138-0013-8000",
    "country": "CN",
    "region": ["上海市", "市辖区", "徐汇区"],
    "line": "漕溪北路 1 号",
    "postcode": "",
}
# The same, as an order keeps it.
ADDRESS = {"name": "李雷", "phone": "+86 138-0013-8000", "region": "上海市 徐汇区", "line": "漕溪北路 1 号"}
WEBHOOKS = "/api/payments/webhooks/sandbox/"


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def make_claim(*, shopper: User, sale: FlashSale | None = None, quantity: int = 1) -> Claim:
    sale = sale or make_sale(limit=quantity)
    sku_id = sale.allotments.get().sku_id
    request = ClaimRequest(sale_id=sale.pk, sku_id=sku_id, quantity=quantity, shopper_id=shopper.pk, key=new_key())
    with transaction.atomic():
        (answer,) = claim_batch([request])
    if not isinstance(answer, ClaimAnswer):
        raise answer
    return Claim.objects.get(pk=answer.claim_id)


def address_of(user_id: int) -> int:
    """Where this person has things sent; the same whenever it is asked for."""
    known = addresses_of(user_id).first()
    return (known or addresses.add_address(owner_id=user_id, details=DETAILS)).pk


@transaction.atomic
def order_claim(claim: Claim) -> Order:
    (order,) = place_order(
        shopper_id=claim.shopper_id,
        wanted=Wanted(claim_id=claim.pk),
        address_id=address_of(claim.shopper_id),
        expected_total=claim.price * claim.quantity,
    )
    return order


@transaction.atomic
def order_sku(*, buyer: User | None = None, sku: Sku | None = None, quantity: int = 1, channel: str = "") -> Order:
    sku, buyer = sku or make_sku(), buyer or make_user()
    (order,) = place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(lines=[(sku.pk, quantity)]),
        address_id=address_of(buyer.pk),
        expected_total=sku.price * quantity,
        channel=channel,
    )
    return order


def pay(order: Order) -> Payment:
    """An attempt to pay, begun."""
    return start_payment(buyer_id=order.buyer_id, number=order.number, key=new_key())


def charge_of(payment: Payment) -> SandboxCharge:
    return SandboxCharge.objects.get(merchant_key=payment.provider_key)


def decide(payment: Payment, *, paid: bool = True) -> SandboxCharge:
    """What the buyer says on the provider's page. The webhook is not delivered by this."""
    return books.decide(charge=charge_of(payment), paid=paid)


def deliver(charge: SandboxCharge, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """The provider's webhook, as it would come; answers the HTTP response."""
    return post_webhook(body_of(charge) if body is None else body, headers=headers)


def post_webhook(body: bytes, *, headers: dict[str, str] | None = None) -> Any:
    signed = {signing.HEADER: signing.sign(body=body, secret=settings.SANDBOX_WEBHOOK_SECRET, at=now())}
    return Client(headers=signed if headers is None else headers).post(
        WEBHOOKS, data=body, content_type="application/json"
    )


def lapse(payment: Payment) -> None:
    """The attempt's time is over, here and at the provider."""
    past = now() - timedelta(seconds=1)
    Payment.objects.filter(pk=payment.pk).update(expires_at=past)
    SandboxCharge.objects.filter(merchant_key=payment.provider_key).update(expires_at=past)


def lapse_order(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(expires_at=now() - timedelta(seconds=1))
