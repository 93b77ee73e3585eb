from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from commerce.catalog.models import Product
from commerce.shipping.errors import NotDelivered
from commerce.shipping.freight import Rule, Template, flat, freight_of
from commerce.shipping.models import FreightRule, FreightTemplate, ProductFreight
from commerce.shipping.selectors import Sent, delivery_of, freight_for
from tests.support.buying import api
from tests.support.factories import make_product, make_sku, make_user

TIBET = {"region": "西藏自治区 拉萨市"}
SHANGHAI = {"region": "上海市 徐汇区"}

amounts = st.integers(0, 10**6)
rules = st.builds(
    Rule,
    first=st.integers(1, 5000),
    first_price=amounts,
    further=st.integers(1, 5000),
    further_price=amounts,
    free_from=st.none() | amounts,
)


@given(rule=rules, fewer=amounts, more=amounts, goods_total=amounts)
def test_more_units_never_cost_less(rule: Rule, fewer: int, more: int, goods_total: int) -> None:
    template = Template(rules=(rule,))
    less, much = (freight_of(template, "31", amount=units, goods_total=goods_total) for units in sorted((fewer, more)))
    assert less is not None
    assert much is not None
    assert 0 <= less <= much


@pytest.mark.parametrize(("units", "cost"), [(0, 0), (1, 1000), (2, 1000), (3, 1300), (5, 1600)])
def test_first_units_and_each_further(units: int, cost: int) -> None:
    template = Template(rules=(Rule(first=2, first_price=1000, further=2, further_price=300),))
    assert freight_of(template, "", amount=units, goods_total=0) == cost


def test_the_closest_rule_counts() -> None:
    template = Template(
        rules=(Rule(first_price=5), Rule(regions=("33",), first_price=4), Rule(regions=("3301", "US"), first_price=3))
    )
    costs = [freight_of(template, place, amount=1, goods_total=0) for place in ("330106", "3302", "31", "US", "")]
    assert costs == [3, 4, 5, 3, 5]


def test_free_from_an_amount() -> None:
    template = Template(rules=(Rule(first_price=800, free_from=9900),))
    assert [freight_of(template, "", amount=1, goods_total=total) for total in (9899, 9900)] == [800, 0]


def test_not_delivered() -> None:
    template = Template(rules=(Rule(regions=("54",), delivered=False), Rule(regions=("31",))))
    assert freight_of(template, "5401", amount=1, goods_total=0) is None
    assert freight_of(template, "11", amount=1, goods_total=0) is None
    assert freight_of(flat(600), "5401", amount=1, goods_total=0) == 600


def make_template(name: str = "parcels", **fields: object) -> FreightTemplate:
    template = FreightTemplate.objects.create(name=name, **fields)
    FreightRule.objects.create(template=template, first_price=800, further_price=200, free_from=9900)
    FreightRule.objects.create(template=template, regions=["54", "65"], delivered=False)
    return template


def sent(product: Product, quantity: int = 1, total: int = 100, currency: str = "CNY") -> Sent:
    return Sent(product_id=product.pk, quantity=quantity, total=total, currency=currency)


@pytest.mark.django_db
def test_a_basket_pays_once_a_template(settings: Settings) -> None:
    settings.FREIGHT_MINOR = 500
    template, heavy = make_template(), make_template("heavy", basis="weight")
    FreightRule.objects.filter(template=heavy).update(first=1000, further=500)
    a, b, stone, plain = (make_product() for _ in range(4))
    ProductFreight.objects.create(product=a, template=template)
    ProductFreight.objects.create(product=b, template=template)
    ProductFreight.objects.create(product=stone, template=heavy, weight=900)
    assert freight_for([sent(a), sent(b, 2)], SHANGHAI) == 800 + 2 * 200
    assert freight_for([sent(a, 1, 9000), sent(b, 1, 900)], SHANGHAI) == 0
    assert freight_for([sent(stone, 2)], None) == 800 + 2 * 200
    assert freight_for([sent(plain, 7), sent(a)], SHANGHAI) == 500 + 800
    assert freight_for([sent(a, currency="USD")], SHANGHAI) == 500
    with pytest.raises(NotDelivered) as refusal:
        freight_for([sent(a), sent(plain)], TIBET)
    assert refusal.value.detail == {"products": [a.pk]}


@pytest.mark.django_db
def test_the_promise_of_a_product(settings: Settings) -> None:
    settings.FREIGHT_MINOR = 500
    linked, plain = make_product(), make_product()
    ProductFreight.objects.create(product=linked, template=make_template(ships_within_hours=24))
    client = api(make_user())
    promised = {
        "delivered": True,
        "ships_within_hours": 24,
        "days": {"min": 2, "max": 5},
        "freight": {"amount": 800, "currency": "CNY"},
        "free_from": {"amount": 9900, "currency": "CNY"},
    }
    assert client.get(f"/api/shipping/promise/?product={linked.pk}&region=310104").json() == promised
    assert client.get(f"/api/shipping/promise/?product={linked.pk}").json() == promised
    assert client.get(f"/api/shipping/promise/?product={linked.pk}&region=西藏自治区 拉萨市").json() == {
        "delivered": False,
        "ships_within_hours": None,
        "days": None,
        "freight": None,
        "free_from": None,
    }
    assert client.get(f"/api/shipping/promise/?product={plain.pk}").json()["freight"]["amount"] == 500
    hidden = make_product(visible=False)
    assert client.get(f"/api/shipping/promise/?product={hidden.pk}").status_code == 404
    refused = client.get("/api/shipping/promise/?product=x").json()
    assert refused["error"] == {"code": "invalid", "fields": {"product": ["invalid"]}}


@pytest.mark.django_db
def test_prices_in_another_currency_are_not_those_of_the_product(settings: Settings) -> None:
    settings.FREIGHT_MINOR = 500
    heavy = make_template(basis="weight", ships_within_hours=24)
    product = make_sku(price=100, currency="USD").product
    make_sku(product=product, price=900, currency="CNY")
    ProductFreight.objects.create(product=product, template=heavy, weight=5000)
    client = api(make_user())
    promised = client.get(f"/api/shipping/promise/?product={product.pk}&region=310104").json()
    assert promised == {
        "delivered": True,
        "ships_within_hours": 24,
        "days": {"min": 2, "max": 5},
        "freight": {"amount": 500, "currency": "USD"},
        "free_from": None,
    }
    assert freight_for([sent(product, currency="USD")], SHANGHAI) == promised["freight"]["amount"]
    assert client.get(f"/api/shipping/promise/?product={product.pk}&region=540102").json()["delivered"] is False
    with pytest.raises(NotDelivered):
        freight_for([sent(product, currency="USD")], TIBET)


@pytest.mark.django_db
def test_a_basket_arrives_with_its_slowest(settings: Settings) -> None:
    slow, quick, plain = make_product(), make_product(), make_product()
    for product, hours, days in ((slow, 72, (4, 9)), (quick, 24, (1, 2))):
        template = make_template(f"in {hours} h", ships_within_hours=hours)
        template.rules.filter(delivered=True).update(days_min=days[0], days_max=days[1])
        ProductFreight.objects.create(product=product, template=template)

    def delivery(*products: Product, address: dict[str, str] = SHANGHAI) -> dict[str, Any] | None:
        return delivery_of(product_ids=[product.pk for product in products], address=address)

    assert delivery(quick) == {"ships_within_hours": 24, "days": {"min": 1, "max": 2}}
    assert delivery(quick, plain) == {"ships_within_hours": 48, "days": {"min": 2, "max": 5}}
    assert delivery(quick, plain, slow) == {"ships_within_hours": 72, "days": {"min": 4, "max": 9}}
    assert delivery(plain, address=TIBET) == {"ships_within_hours": 48, "days": {"min": 2, "max": 5}}
    assert delivery(quick, plain, address=TIBET) is None
