from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.checkout.pricing import Item, price
from project.kernel.money import Money


def yuan(amount: int) -> Money:
    return Money(amount, "CNY")


amounts = st.integers(min_value=0, max_value=10**12).map(yuan)
items = st.builds(
    Item,
    sku_id=st.integers(min_value=1),
    quantity=st.integers(min_value=1, max_value=99),
    price=amounts,
    list_price=st.none() | amounts,
    activity_price=st.none() | amounts,
)


@given(items=st.lists(items, min_size=1, max_size=20), freight=st.integers(min_value=0, max_value=10**6))
def test_lines_add_up_to_the_total(items: list[Item], freight: int) -> None:
    priced = price(items, freight=freight)
    assert [line.total.amount for line in priced.lines] == [
        line.unit_price.amount * line.quantity for line in priced.lines
    ]
    assert priced.goods_total == sum(line.total.amount for line in priced.lines)
    assert priced.total == yuan(priced.goods_total - priced.discount_total + freight)
    assert all(line.total.amount >= 0 for line in priced.lines)
    assert all(line.list_price is None or line.list_price.amount > line.unit_price.amount for line in priced.lines)


def test_the_price_of_an_activity_stands_alone() -> None:
    item = Item(sku_id=1, quantity=2, price=yuan(3900), list_price=yuan(8900), activity_price=yuan(1900))
    (line,) = price([item], freight=0).lines
    assert (line.unit_price, line.list_price, line.total) == (yuan(1900), yuan(8900), yuan(3800))


def test_without_a_list_price_the_usual_price_is_struck_through_in_an_activity() -> None:
    (line,) = price([Item(sku_id=1, quantity=1, price=yuan(3900), activity_price=yuan(1900))], freight=0).lines
    assert line.list_price == yuan(3900)


def test_nothing_is_struck_through_that_is_not_dearer() -> None:
    (line,) = price([Item(sku_id=1, quantity=1, price=yuan(3900), list_price=yuan(3900))], freight=0).lines
    assert line.list_price is None


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([], id="nothing"),
        pytest.param([Item(sku_id=1, quantity=0, price=yuan(1))], id="no unit"),
        pytest.param([Item(sku_id=1, quantity=-1, price=yuan(1))], id="less than no unit"),
        pytest.param(
            [Item(sku_id=1, quantity=1, price=yuan(1)), Item(sku_id=2, quantity=1, price=Money(1, "USD"))],
            id="two currencies",
        ),
    ],
)
def test_what_cannot_be_priced_is_refused(items: list[Item]) -> None:
    with pytest.raises(ValueError, match="nothing to price|do not add up"):
        price(items, freight=0)
