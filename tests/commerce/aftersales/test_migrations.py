"""What was there before keeps its meaning, on the way back too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commerce.aftersales import services
from commerce.aftersales.models import Case
from commerce.shipping.models import Shipment
from project.kernel.clock import now
from tests.commerce.aftersales.test_exchanges import another, exchanged, resent
from tests.commerce.aftersales.test_services import ask, bought
from tests.support.migrating import migrated_back

APP = "commerce_aftersales"
AGREED = ((APP, "0007_of_what_came_last"), ("commerce_orders", "0007_times_of_the_database"))
BEFORE = ((APP, "0002_points"), ("commerce_shipping", "0001_initial"))
NOTED = ("return_carrier", "return_number", "resend_carrier", "resend_number")


@pytest.mark.django_db(transaction=True)
def test_noted_numbers_become_parcels_and_parcels_noted_numbers() -> None:
    order = bought((3000, 3))
    known = resent(order)
    at = now() - timedelta(days=30)
    with migrated_back(*BEFORE) as then:
        case = then.get_model("commerce_aftersales", "Case")
        assert case.objects.values_list("state", *NOTED).get() == ("exchanged", "sf", "SF0001", "sf", "SF0002")
        # What is left is the order's own parcel.
        assert then.get_model("commerce_shipping", "Shipment").objects.values_list("number").get() == (f"SF{order.pk}",)
        about = {"order_id": order.pk, "line_id": known.line_id, "quantity": 1, "share": 3000, "amount": 3000}
        together = case.objects.create(
            **about, kind="return_and_refund", state="returned", return_carrier="sf", return_number="SF0001"
        )
        together.events.create(state="returned", by="buyer", data={"carrier": "sf", "number": "SF0001"})
        together.events.update(at=at)
        by_hand = case.objects.create(
            **about,
            kind="exchange",
            state="exchanged",
            return_carrier="by bicycle, over the hill",
            return_number="7" * 60,
            # That of the order's own parcel: a slip of the pen is no parcel.
            resend_carrier="sf",
            resend_number=f"SF{order.pk}",
        )
        bare = case.objects.create(**about, kind="refund_only", state="requested")
    sent = {one.pk: one for one in Case.objects.select_related("return_parcel", "replacement_parcel")}
    parcel, replacement = sent[known.pk].return_parcel, sent[known.pk].replacement_parcel
    assert parcel is not None
    assert replacement is not None
    assert (replacement.carrier, replacement.number, replacement.purpose) == ("sf", "SF0002", "replacement")
    # Both went back in one parcel: each with its units.
    assert sent[together.pk].return_parcel == parcel
    assert (parcel.order_id, parcel.lines.get().quantity) == (order.pk, 2)
    hand = sent[by_hand.pk].return_parcel
    assert hand is not None
    assert (hand.carrier, hand.number, hand.purpose) == ("by bicycle, over the", "7" * 40, "return")
    assert (sent[by_hand.pk].replacement_parcel, sent[together.pk].replacement_parcel) == (None, None)
    assert (sent[bare.pk].return_parcel, sent[bare.pk].replacement_parcel) == (None, None)
    assert sorted(Shipment.objects.values_list("purpose", flat=True)) == ["order", "replacement", "return", "return"]


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_after_an_exchange_is_about_what_came() -> None:
    order = bought((3000, 1))
    larger = another(order)
    first = exchanged(order, "SF0002", replacement_id=larger.pk)
    services.cancel(buyer_id=order.buyer_id, case_id=ask(order, kind="exchange").pk)
    second = ask(order, kind="exchange")
    with migrated_back((APP, "0005_numbers_are_gone")) as then:
        case = then.get_model(APP, "Case")
        # The same again was named on the way back; not naming any meant that of the line.
        assert case.objects.filter(replacement=larger.pk).count() == 3
        case.objects.filter(pk=second.pk).update(replacement=None)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.own_sku, first.replacement) == (order.lines.get().sku, larger)
    assert (second.own_sku, second.replacement) == (larger, order.lines.get().sku)


@pytest.mark.django_db(transaction=True)
def test_lines_of_before_keep_what_held_for_them() -> None:
    bread, cup = (bought((3000, 1)).lines.get() for _ in range(2))
    with migrated_back(*AGREED) as then:
        exclusions = then.get_model(APP, "ReturnExclusion").objects
        exclusions.create(product_id=bread.sku.product_id, code="perishable")
    for line, said in ((bread, "perishable"), (cup, "")):
        line.refresh_from_db()
        assert line.not_returned == said
