from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from commerce.aftersales.models import Case, ReturnExclusion
from commerce.payments.models import Refund
from tests.commerce.aftersales.test_services import ask, bought
from tests.support.buying import api
from tests.support.factories import make_product, make_user

pytestmark = pytest.mark.django_db


def body_for(order: Any, **fields: Any) -> dict[str, Any]:
    line = order.lines.first()
    asked = {"order": order.number, "line": line.pk, "kind": "return_and_refund", "quantity": 1, "reason": "damaged"}
    return {**asked, **fields}


def test_what_may_be_asked_for_and_what_was() -> None:
    order = bought((3000, 2))
    client, line = api(order.buyer), order.lines.get()
    path = f"/api/orders/{order.number}/aftersales/"
    (options,) = client.get(path).json()["options"]
    assert (options["line"], options["max_quantity"], options["max_amount"]["amount"]) == (line.pk, 2, 6000)
    assert [choice["kind"] for choice in options["choices"]] == ["refund_only", "return_and_refund", "exchange"]
    assert options["without_reason_until"]
    answer = client.post("/api/aftersales/", body_for(order), headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 201
    assert client.post("/api/aftersales/", body_for(order), headers={"Idempotency-Key": "k1"}).json() == answer.json()
    assert Case.objects.count() == 1
    listed = client.get(path).json()
    assert (listed["cases"], listed["options"][0]["max_quantity"]) == ([answer.json()], 1)
    assert client.get("/api/aftersales/?filter=open").json()["results"] == [answer.json()]
    assert client.get(f"/api/aftersales/{answer.json()['id']}/").json() == answer.json()
    assert client.get("/api/aftersales/?filter=mine").status_code == 400


def test_who_looks_at_a_product_knows_whether_it_goes_back(client: Client) -> None:
    cup, bread, hidden = make_product(), make_product(), make_product(visible=False)
    for product in (bread, hidden):
        ReturnExclusion.objects.create(product=product, code="perishable")

    def terms(product: object) -> Any:
        return client.get(f"/api/aftersales/terms/?product={product}")

    assert terms(cup.pk).json() == {"days": 7, "not_returned": None}
    assert terms(bread.pk).json() == {"days": 7, "not_returned": "perishable"}
    assert terms(hidden.pk).status_code == 404
    for bad in ("", "x", "0", "-1", 2**63):
        assert (terms(bad).status_code, list(terms(bad).json()["error"]["fields"])) == (400, ["product"])
    assert client.get("/api/aftersales/terms/").status_code == 400


def test_from_the_request_to_the_refund_over_http() -> None:
    order = bought((3000, 1))
    buyer, seller = api(order.buyer), api(make_user(is_staff=True))
    case = buyer.post("/api/aftersales/", body_for(order), headers={"Idempotency-Key": "k1"}).json()
    studio, own = f"/api/studio/aftersales/{case['id']}/", f"/api/aftersales/{case['id']}/"
    assert [one["id"] for one in seller.get("/api/studio/aftersales/").json()["results"]] == [case["id"]]
    assert seller.get(studio).json() == case
    approved = seller.post(f"{studio}approve/", headers={"Idempotency-Key": "k1"}).json()
    assert approved["state"] == "awaiting_return"
    assert seller.get("/api/studio/aftersales/").json()["results"] == []
    sent = buyer.post(f"{own}send-back/", {"carrier": "sf", "number": "SF0001"}).json()
    assert (sent["state"], sent["sent_back"]["purpose"]) == ("returned", "return")
    assert (sent["sent_back"]["carrier"], sent["sent_back"]["number"]) == ("sf", "SF0001")
    assert sent["sent_back"]["lines"] == [{"line": order.lines.get().pk, "quantity": 1}]
    # A key answers what it answered, whatever became of the case since.
    assert seller.post(f"{studio}approve/", headers={"Idempotency-Key": "k1"}).json() == approved

    def take_back(key: str, good: int = 1) -> Any:
        return seller.post(f"{studio}take-back/", {"good_quantity": good}, headers={"Idempotency-Key": key})

    taken = take_back("k1").json()
    assert taken["state"] == "refunding"
    assert take_back("k1").json() == taken
    assert take_back("k1", good=0).status_code == 422
    assert Refund.objects.get().amount == 3000
    again = take_back("k2")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "illegal_case_transition")


def test_pictures_are_for_the_buyer_and_staff() -> None:
    order = bought((3000, 1))
    case = ask(order)
    upload = BytesIO()
    Image.new("RGB", (40, 30), "red").save(upload, "PNG")
    file = SimpleUploadedFile("x.svg", upload.getvalue(), "image/svg+xml")
    answer = api(order.buyer).post(f"/api/aftersales/{case.pk}/pictures/", {"picture": file}, format="multipart")
    assert answer.status_code == 201
    (path,) = answer.json()["pictures"]
    for who in (order.buyer, make_user(is_staff=True)):
        shown = api(who).get(path)
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
        assert b"".join(shown.streaming_content).startswith(b"RIFF")  # type: ignore[arg-type]
    assert api(make_user()).get(path).status_code == 404
    assert api(order.buyer).get(path.replace("/0/", "/1/")).status_code == 404
    bad = SimpleUploadedFile("x.png", b"no picture", "image/png")
    answer = api(order.buyer).post(f"/api/aftersales/{case.pk}/pictures/", {"picture": bad}, format="multipart")
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"picture": ["not_an_image"]})


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "gift"}, "kind"),
        ({"quantity": 0}, "quantity"),
        ({"reason": "because"}, "reason"),
        ({"text": "x" * 501}, "text"),
        ({"amount": 0}, "amount"),
        ({"line": "first"}, "line"),
    ],
)
def test_a_wrong_form_is_named(fields: dict[str, Any], wrong: str) -> None:
    order = bought((3000, 1))
    answer = api(order.buyer).post("/api/aftersales/", body_for(order, **fields), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [wrong])
    assert not Case.objects.exists()


def test_others_see_and_decide_nothing() -> None:
    order = bought((3000, 1))
    case, other = ask(order), api(make_user())
    for path in (f"/api/aftersales/{case.pk}/", f"/api/orders/{order.number}/aftersales/"):
        assert other.get(path).status_code == 404
    for step in ("cancel", "choose", "receive", "send-back"):
        body = {"replacement": None, "carrier": "sf", "number": "SF0001"}
        answer = other.post(f"/api/aftersales/{case.pk}/{step}/", body, format="json", headers={"Idempotency-Key": "k"})
        assert answer.status_code == 404
    for step in ("approve", "decline", "take-back", "resend", "pay-instead"):
        assert api(order.buyer).post(f"/api/studio/aftersales/{case.pk}/{step}/", {}).status_code == 403
    case.refresh_from_db()
    assert case.state == "requested"
