from __future__ import annotations

import pytest

from commerce.aftersales import services
from commerce.aftersales.models import Case
from commerce.inventory.models import Stock
from commerce.orders.models import Order
from commerce.payments.models import Payment, Refund
from tests.commerce.aftersales.test_services import ask, bought
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("round", range(3))
def test_the_same_units_are_refunded_once_however_many_ask(round: int) -> None:
    order = bought((3000, 2), state="paid")
    line = order.lines.get()
    answers = at_once([lambda: ask(order, line, kind="refund_only", reason="changed_mind").state] * 30)
    assert answers["refunding"] == 2
    assert answers.total() == 30
    assert set(answers) == {"refunding", "aftersale_not_possible"}
    assert Payment.objects.get().refunded == sum(Refund.objects.values_list("amount", flat=True)) == 6000
    assert Order.objects.get().state == "closed"
    assert Stock.objects.values_list("on_hand", "reserved").get() == (10, 0)


@pytest.mark.parametrize("round", range(3))
def test_a_decision_is_made_once(round: int) -> None:
    order = bought((3000, 1))
    case, seller = ask(order, kind="refund_only", reason="quality"), make_user(is_staff=True)
    answers = at_once(
        [
            *[lambda: services.approve(case_id=case.pk, by_id=seller.pk).state] * 8,
            *[lambda: services.decline(case_id=case.pk, by_id=seller.pk, text="no").state] * 8,
            *[lambda: services.cancel(buyer_id=order.buyer_id, case_id=case.pk).state] * 8,
        ]
    )
    assert answers["illegal_case_transition"] == 23
    case.refresh_from_db()
    assert answers[case.state] == 1
    assert Refund.objects.count() == int(case.state == "refunding")
    assert Case.objects.count() == 1
