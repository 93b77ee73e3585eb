from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from commerce.orders import services as orders
from commerce.orders.errors import IllegalTransition
from commerce.orders.models import Order, OrderLine
from commerce.shipping import selectors
from commerce.shipping.carriers import simulated, webhook
from commerce.shipping.errors import NumberTaken, ShipsTooMany
from commerce.shipping.events import ShipmentChanged
from commerce.shipping.models import CarrierNotice, Shipment, ShipmentLine, SimulatedParcel, TrackingEvent
from commerce.shipping.services import shipments
from project.kernel.clock import now, to_ms
from project.kernel.errors import Invalid
from tests.support.announced import Announced
from tests.support.buying import api, order_sku
from tests.support.factories import make_sku, make_user

TEXT = {"zh": "文", "en": "text"}


def paid_order(*, quantity: int = 3) -> Order:
    order = order_sku(sku=make_sku(stock=10), quantity=quantity)
    with transaction.atomic():
        assert orders.pay_order(order=orders.lock_order(order_id=order.pk))
    order.refresh_from_db()
    return order


def line_of(order: Order) -> OrderLine:
    return order.lines.get()


def send(order: Order, number: str = "SF0001", units: int | None = None) -> Shipment:
    lines = None if units is None else {line_of(order).pk: units}
    return shipments.ship(number=order.number, carrier_code="sf", key="k", lines=lines, tracking_number=number)


def tell(
    number: str = "SF0001",
    state: str = "delivered",
    *,
    id: str = "e1",
    at: datetime | None = None,
    carrier: str = "sf",
    signature: str | None = None,
) -> Any:
    """The carrier's webhook, as it would come; answers the HTTP response."""
    body = json.dumps(
        {"id": id, "number": number, "state": state, "at": to_ms(at or now()), "place": TEXT, "text": TEXT}
    ).encode()
    if signature is None:
        signature = webhook.sign(body=body, carrier=carrier, at=now())
    return Client(headers={webhook.HEADER: signature}).post(
        f"/api/shipping/webhooks/{carrier}/", data=body, content_type="application/json"
    )


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def history(order: Order) -> list[str]:
    return [event.type for event in order.events.all()]


@pytest.mark.django_db
def test_the_last_units_make_an_order_shipped(published: Announced) -> None:
    order = paid_order(quantity=3)
    published.clear()
    first = send(order, "SF0001", 2)
    assert (state_of(order), selectors.left_to_ship(order)) == ("paid", {line_of(order).pk: 1})
    send(order, "SF0002")
    assert (state_of(order), selectors.left_to_ship(order)) == ("shipped", {line_of(order).pk: 0})
    assert [row.quantity for row in ShipmentLine.objects.order_by("pk")] == [2, 1]
    changed, *_ = published.of(ShipmentChanged)
    assert isinstance(changed, ShipmentChanged)
    assert (changed.user_to, changed.shipment) == (order.buyer_id, selectors.card_of(first))


@pytest.mark.django_db
def test_no_more_is_shipped_than_was_bought(published: Announced) -> None:
    order = paid_order(quantity=3)
    send(order, "SF0001", 2)
    published.clear()
    line = line_of(order).pk
    with pytest.raises(ShipsTooMany) as refusal:
        send(order, "SF0002", 2)
    assert refusal.value.detail == {"lines": [{"line": line, "left": 1}]}
    with pytest.raises(Invalid):
        shipments.ship(number=order.number, carrier_code="sf", key="k", lines={line + 999: 1}, tracking_number="SF0003")
    with pytest.raises(NumberTaken):
        send(order, "SF0001", 1)
    assert (state_of(order), Shipment.objects.count()) == ("paid", 1)
    assert published == []


@pytest.mark.django_db
def test_refunded_units_are_not_shipped() -> None:
    order = paid_order(quantity=3)
    orders.note_refunded_units(order=order, line_id=line_of(order).pk, quantity=1)
    send(order)
    assert (ShipmentLine.objects.get().quantity, state_of(order)) == (2, "shipped")


@pytest.mark.django_db
def test_the_rest_refunded_makes_an_order_shipped() -> None:
    order = paid_order(quantity=3)
    assert not shipments.finish_if_shipped(order=order)
    send(order, units=2)
    orders.note_refunded_units(order=order, line_id=line_of(order).pk, quantity=1)
    assert shipments.finish_if_shipped(order=orders.lock_order(order_id=order.pk))
    assert state_of(order) == "shipped"


@pytest.mark.django_db
def test_an_unpaid_order_is_not_shipped() -> None:
    order = order_sku()
    with pytest.raises(IllegalTransition):
        send(order)
    assert not Shipment.objects.exists()


@pytest.mark.django_db
def test_events_in_any_order_end_in_the_same_state(published: Announced) -> None:
    order = paid_order()
    shipment = send(order)
    start = now() - timedelta(hours=3)
    published.clear()
    for hours, id, state in ((2, "e3", "delivered"), (0, "e1", "picked_up"), (1, "e2", "in_transit")):
        assert tell(state=state, id=id, at=start + timedelta(hours=hours)).json() == {"received": True}
    shipment.refresh_from_db()
    assert (shipment.state, shipment.version) == ("delivered", 4)
    assert [event.state for event in shipment.events.all()] == ["picked_up", "in_transit", "delivered"]
    assert history(order)[-1] == "order.delivered"
    assert history(order).count("order.delivered") == 1
    last = published.of(ShipmentChanged)[-1]
    assert isinstance(last, ShipmentChanged)
    assert last.shipment == selectors.card_of(shipment)


@pytest.mark.django_db
def test_a_webhook_counts_once(published: Announced) -> None:
    shipment, at = send(paid_order()), now()
    assert tell(at=at).status_code == 200
    published.clear()
    assert tell(at=at).status_code == 200
    shipment.refresh_from_db()
    assert (shipment.version, TrackingEvent.objects.count(), CarrierNotice.objects.count()) == (2, 1, 1)
    assert published == []


@pytest.mark.django_db
def test_a_webhook_nobody_signed(published: Announced) -> None:
    shipment = send(paid_order())
    published.clear()
    old = webhook.sign(body=b"{}", carrier="sf", at=now() - timedelta(minutes=6))
    other = webhook.sign(body=b"{}", carrier="jd", at=now())
    for signature in ("", "t=1,v1=ab", "t=é,v1=é", other):
        answer = tell(signature=signature)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_carrier_signature")
    stale = Client(headers={webhook.HEADER: old}).post(
        "/api/shipping/webhooks/sf/", data=b"{}", content_type="application/json"
    )
    assert stale.json()["error"]["code"] == "bad_carrier_signature"
    assert tell(state="lost").json()["error"]["code"] == "invalid"
    assert tell(at=now() + timedelta(days=2)).json()["error"]["code"] == "invalid"
    assert tell(carrier="nobody").status_code == 404
    shipment.refresh_from_db()
    assert (shipment.version, CarrierNotice.objects.count()) == (1, 0)
    assert published == []


@pytest.mark.django_db
def test_a_notice_that_was_faster_than_its_parcel() -> None:
    at = now()
    tell(at=at)
    assert CarrierNotice.objects.get().outcome == "unknown_parcel"
    shipment = send(paid_order())
    tell(at=at)
    shipment.refresh_from_db()
    assert (shipment.state, CarrierNotice.objects.get().outcome) == ("delivered", "done")


@pytest.mark.django_db
def test_the_simulated_carrier_delivers(settings: Any) -> None:
    settings.DEMO = True
    order = paid_order()
    shipment = shipments.ship(number=order.number, carrier_code="simulated", key="k")
    assert shipments.move_simulated() == 0
    SimulatedParcel.objects.update(next_at=now() - timedelta(hours=1))
    assert [shipments.move_simulated() for _ in range(5)] == [1, 1, 1, 1, 0]
    shipment.refresh_from_db()
    states = [event.state for event in shipment.events.all()]
    assert states == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
    assert (shipment.state, history(order)[-1]) == ("delivered", "order.delivered")
    tracked = simulated.SimulatedCarrier().track(number=shipment.number)
    assert [each.event_id for each in tracked] == [event.event_id for event in shipment.events.all()]
    assert not shipments.record_tracking(shipment_id=shipment.pk, seen=tracked)


@pytest.mark.django_db
def test_the_buyer_receives() -> None:
    order = paid_order()
    send(order)
    path = f"/api/orders/{order.number}/receive/"
    assert api(make_user()).post(path).status_code == 404
    assert state_of(order) == "shipped"
    assert [api(order.buyer).post(path).json()["state"] for _ in range(2)] == ["received", "received"]
    assert history(order).count("order.received") == 1


@pytest.mark.django_db
def test_what_was_not_shipped_is_not_received() -> None:
    order = paid_order()
    answer = api(order.buyer).post(f"/api/orders/{order.number}/receive/")
    assert (answer.status_code, answer.json()["error"]["code"], state_of(order)) == (409, "illegal_transition", "paid")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("shipped_days", "state", "delivered_days", "received"),
    [
        (11, "created", None, 1),
        (9, "created", None, 0),
        (20, "delivered", 11, 1),
        (20, "delivered", 9, 0),
        (20, "in_transit", None, 0),
        (31, "in_transit", None, 1),
        (40, "exception", None, 0),
        (40, "returned", None, 0),
    ],
)
def test_received_by_time(shipped_days: int, state: str, delivered_days: int | None, received: int) -> None:
    order = paid_order()
    send(order)
    Order.objects.filter(pk=order.pk).update(shipped_at=now() - timedelta(days=shipped_days))
    delivered_at = None if delivered_days is None else now() - timedelta(days=delivered_days)
    Shipment.objects.update(state=state, delivered_at=delivered_at)
    assert shipments.receive_due() == received
    assert state_of(order) == ("received" if received else "shipped")


@pytest.mark.django_db
def test_the_studio_ships() -> None:
    staff = api(make_user(is_staff=True))
    order = paid_order(quantity=3)
    (row,) = staff.get("/api/studio/shipping/to-ship/").json()["results"]
    assert (row["number"], row["address"], row["buyer"]["id"]) == (order.number, order.address, order.buyer_id)
    line = line_of(order).pk
    assert [(each["id"], each["shipped"], each["left"]) for each in row["lines"]] == [(line, 0, 3)]
    asked = {"carrier": "sf", "number": "SF0001", "lines": [{"line": line, "quantity": 1}]}
    path = f"/api/studio/orders/{order.number}/ship/"
    answers = [staff.post(path, asked, format="json", headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    (card,) = selectors.shipments_of([order.pk])[order.pk]
    assert [answer.json() for answer in answers] == [card, card]
    assert api(order.buyer).get(f"/api/orders/{order.number}/shipments/").json() == [card]
    assert staff.get("/api/studio/shipping/shipments/").json()["results"] == [card]
    (row,) = staff.get("/api/studio/shipping/to-ship/").json()["results"]
    assert ([each["left"] for each in row["lines"]], row["shipments"]) == ([2], [card])
    for bad in ({"carrier": "sf"}, {"carrier": "pigeon", "number": "P001"}, {**asked, "lines": [{"line": 0}]}):
        assert staff.post(path, bad, format="json", headers={"Idempotency-Key": "b"}).status_code == 400
    assert Shipment.objects.count() == 1
    assert [row["code"] for row in staff.get("/api/shipping/carriers/").json()] == [
        "sf", "jd", "zto", "yto", "ems", "other"
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_studio_sees_the_invoice_that_was_asked_for() -> None:
    order, plain = paid_order(), paid_order()
    invoice = {"kind": "personal", "title": "李雷", "email": "a@example.com"}
    with transaction.atomic():
        orders.request_invoice(order=orders.lock_order(order_id=order.pk), invoice=invoice)
    rows = api(make_user(is_staff=True)).get("/api/studio/shipping/to-ship/").json()["results"]
    assert {row["number"]: row["invoice"] for row in rows} == {order.number: invoice, plain.number: None}


@pytest.mark.django_db
def test_only_staff_ships() -> None:
    order = paid_order()
    client = api(order.buyer)
    answers = [
        client.get("/api/studio/shipping/to-ship/"),
        client.get("/api/studio/shipping/shipments/"),
        client.post(f"/api/studio/orders/{order.number}/ship/", {"carrier": "sf"}, headers={"Idempotency-Key": "a"}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert api(make_user()).get(f"/api/orders/{order.number}/shipments/").status_code == 404
    assert not Shipment.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_of_the_staff_ship_the_same_order_at_once() -> None:
    order = paid_order(quantity=3)
    together = Barrier(2)

    def work(number: str) -> str:
        try:
            connection.ensure_connection()
            together.wait()
            send(Order.objects.get(pk=order.pk), number, 2)
        except ShipsTooMany as refusal:
            return refusal.code
        else:
            return "shipped"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, ["SF0001", "SF0002"])) == ["shipped", "ships_too_many"]
    assert (ShipmentLine.objects.get().quantity, state_of(order)) == (2, "paid")
