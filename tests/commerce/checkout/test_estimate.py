"""What the cart says that it costs is what checkout asks, before coupons, points and freight."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.catalog.models import Sku
from commerce.promotions import members
from community.accounts.models import User
from project.kernel.money import Money
from tests.support.buying import api
from tests.support.factories import make_sku, make_user
from tests.support.promoting import make_grant, make_threshold

pytestmark = pytest.mark.django_db
PATH = "/api/checkout/estimate/"


@pytest.fixture
def shopper() -> User:
    return make_user()


@pytest.fixture
def pay_as_member(monkeypatch: pytest.MonkeyPatch) -> Callable[[User, Sku, int], None]:
    def set_price(user: User, sku: Sku, price: int) -> None:
        def prices(user_id: int, sku_ids: Collection[int]) -> Mapping[int, Money]:
            own = user_id == user.pk and sku.pk in sku_ids
            return {sku.pk: Money(price, sku.currency)} if own else {}

        monkeypatch.setattr(members, "_source", prices)

    return set_price


def lines(*units: tuple[Sku, int]) -> list[dict[str, int]]:
    return [{"sku": sku.pk, "quantity": quantity} for sku, quantity in units]


def cny(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}


def test_it_says_how_much_is_missing_and_what_is_off_then() -> None:
    cup, pot = make_sku(price=10000), make_sku(price=48000)
    ladder = make_threshold((50000, 10000), (90000, 20000))
    name = {"zh": ladder.name_zh, "en": ladder.name_en}
    (below,) = APIClient().post(PATH, {"lines": lines((pot, 1))}, format="json").json()
    assert below == {
        "goods_total": cny(48000),
        "total": cny(48000),
        "discounts": [],
        "hints": [{"name": name, "missing": cny(2000), "off": cny(10000)}],
    }
    (reached,) = APIClient().post(PATH, {"lines": lines((pot, 1), (cup, 1))}, format="json").json()
    assert (reached["goods_total"], reached["total"]) == (cny(58000), cny(48000))
    assert [(one["key"], one["amount"]) for one in reached["discounts"]] == [(f"threshold:{ladder.pk}", 10000)]
    assert reached["hints"] == [{"name": name, "missing": cny(32000), "off": cny(20000)}]


@pytest.mark.parametrize("quantity", [1, 2, 3, 7])
def test_it_is_what_checkout_asks_without_coupons(
    shopper: User, pay_as_member: Callable[[User, Sku, int], None], quantity: int
) -> None:
    cup, pot = make_sku(price=9990), make_sku(price=19900)
    pay_as_member(shopper, cup, 8990)
    make_threshold((9990, 990), repeats=True, most_off=3000, precedence=1).products.set([cup.product])
    make_threshold((19900, 2000), (39900, 6000))
    make_grant(shopper, off=700)
    wanted = lines((cup, quantity), (pot, 2))
    (estimate,) = api(shopper).post(PATH, {"lines": wanted}, format="json").json()
    quote = api(shopper).post("/api/checkout/quote/", {"lines": wanted, "coupons": []}, format="json").json()
    for name in ("goods_total", "discounts", "hints"):
        assert estimate[name] == quote[name]
    assert estimate["total"]["amount"] == quote["total"]["amount"] - quote["freight_total"]["amount"]
    assert "member" in {one["kind"] for one in estimate["discounts"]}
    (of_guest,) = APIClient().post(PATH, {"lines": wanted}, format="json").json()
    assert "member" not in {one["kind"] for one in of_guest["discounts"]}


def test_each_currency_is_summed_by_itself() -> None:
    yuan, dollar = make_sku(price=10000), make_sku(price=500, currency="USD")
    make_threshold((500, 100), currency="USD")
    sums = APIClient().post(PATH, {"lines": lines((yuan, 1), (dollar, 2))}, format="json").json()
    assert [one["total"] for one in sums] == [cny(10000), {"amount": 900, "currency": "USD"}]


def test_what_is_not_for_sale_is_left_out(shopper: User) -> None:
    sku, gone = make_sku(price=1000), make_sku(sellable=False)
    wanted = [*lines((sku, 1), (gone, 1)), {"sku": 10**9, "quantity": 1}]
    (estimate,) = api(shopper).post(PATH, {"lines": wanted}, format="json").json()
    assert estimate["total"] == cny(1000)
    assert api(shopper).post(PATH, {"lines": lines((gone, 1))}, format="json").json() == []


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [{"sku": 0, "quantity": 1}],
        [{"sku": 1, "quantity": 0}],
        [{"sku": 1, "quantity": 100}],
        [{"sku": 1}],
        [{"sku": 1, "quantity": 1}, {"sku": 1, "quantity": 2}],
        [{"sku": number, "quantity": 1} for number in range(1, 122)],
    ],
)
def test_lines_that_make_no_sense_are_refused(wanted: list[dict[str, int]]) -> None:
    answer = APIClient().post(PATH, {"lines": wanted}, format="json")
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["lines"])
